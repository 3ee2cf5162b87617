#ifndef QKOAN_GRADER_CLASS_GRADE_COMMAND_HPP
#define QKOAN_GRADER_CLASS_GRADE_COMMAND_HPP
/// @file
/// `grade SUBMISSIONS --out DIR`: a class, from what it handed in to its reports.

#include "arguments.hpp"
#include "async.hpp"
#include "session.hpp"

namespace qkoan {

Async<int> grade_command(Session& session, Arguments arguments);

}  // namespace qkoan

#endif
