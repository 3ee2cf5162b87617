#ifndef QKOAN_GRADER_CHECK_COMMAND_HPP
#define QKOAN_GRADER_CHECK_COMMAND_HPP
/// @file
/// `check`: the course proves itself; a student edition, as far as it can. Every stub fails, every solution passes at every level that
/// the processor supports, every planted bug dies and every correct variant lives, with every seed.

#include "arguments.hpp"
#include "session.hpp"

namespace qkoan {

/// Prints a table per lesson; 1 if anything is not as it must be.
Async<int> check_command(Session& session, Arguments arguments);

}  // namespace qkoan

#endif
