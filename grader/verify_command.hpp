#ifndef QKOAN_GRADER_VERIFY_COMMAND_HPP
#define QKOAN_GRADER_VERIFY_COMMAND_HPP
/// @file
/// `verify`: the course's suites on somebody's own library of kernels.

#include "arguments.hpp"
#include "session.hpp"

namespace qkoan {

/// Finds the functions of the contracts that LIB.so exports, judges each by its suite (what else a suite
/// needs is taken from our solution, or in a student edition from the student's file), and races those
/// that are right with our solution. Prints the
/// verdicts with the largest errors, in bounds and in floats, or one document of JSON: that of `run`.
Async<int> verify_command(Session& session, Arguments arguments);

}  // namespace qkoan

#endif
