#ifndef QKOAN_GRADER_WATCH_COMMAND_HPP
#define QKOAN_GRADER_WATCH_COMMAND_HPP
/// @file
/// `./qkoan` on a terminal: the exercise in work, judged whenever it is saved.

#include "session.hpp"

namespace qkoan {

/// Runs until the user quits.
int watch_command(Session& session);

}  // namespace qkoan

#endif
