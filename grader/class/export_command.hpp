#ifndef QKOAN_GRADER_CLASS_EXPORT_COMMAND_HPP
#define QKOAN_GRADER_CLASS_EXPORT_COMMAND_HPP
/// @file
/// `export gradescope DIR` and `export actions DIR`: what makes a learning platform run this course's grading.

#include "arguments.hpp"
#include "async.hpp"
#include "session.hpp"

namespace qkoan {

Async<int> export_command(Session& session, Arguments arguments);

}  // namespace qkoan

#endif
