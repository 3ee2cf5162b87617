#ifndef QKOAN_GRADER_QUIZ_COMMAND_HPP
#define QKOAN_GRADER_QUIZ_COMMAND_HPP
/// @file
/// `quiz`: questions in the terminal, one by one, each with an explanation.

#include "arguments.hpp"
#include "session.hpp"

namespace qkoan {

/// Asks what is still open, or with --again everything. Without a terminal answers come line by line
/// from standard input. Progress is kept after every answer.
int quiz_command(Session& session, const Arguments& arguments);

/// "quiz 3/6", or nothing before the first answer.
std::string quiz_progress(const Session& session, const Lesson& lesson);

}  // namespace qkoan

#endif
