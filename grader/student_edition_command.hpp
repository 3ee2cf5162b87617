#ifndef QKOAN_GRADER_STUDENT_EDITION_COMMAND_HPP
#define QKOAN_GRADER_STUDENT_EDITION_COMMAND_HPP
/// @file
/// `student-edition DIR`: the course as it is handed out. docs/student_edition.md says what it has.

#include "arguments.hpp"
#include "async.hpp"
#include "session.hpp"

namespace qkoan {

/// Builds all lessons, writes the edition beside DIR under another name, and renames it when it is
/// whole. DIR must not exist, or be empty. Throws Problem.
Async<int> student_edition_command(Session& session, Arguments arguments);

}  // namespace qkoan

#endif
