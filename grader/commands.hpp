#ifndef QKOAN_GRADER_COMMANDS_HPP
#define QKOAN_GRADER_COMMANDS_HPP
/// @file
/// The small commands: list, hint, reset, solution, numbers.

#include <string>

#include "arguments.hpp"
#include "session.hpp"

namespace qkoan {

int list_command(Session& session);
int hint_command(Session& session, const Arguments& arguments);
int reset_command(Session& session, const Arguments& arguments);
int solution_command(Session& session, const Arguments& arguments);
Async<int> numbers_command(Session& session, Arguments arguments);

/// All lessons with marks and counts.
std::string render_list(const Session& session);

/// Reveals one hint more, and shows all that are revealed.
std::string next_hint(Session& session, const Lesson& lesson, const std::string& task);

/// The first task of a lesson that has not passed; empty if there is none.
std::string first_open_task(const Session& session, const Lesson& lesson);

/// Puts the stub back and keeps the student's file. Says what happened. Throws Problem.
std::string reset_exercise(Session& session, const Lesson& lesson);

/// Our solution's text. Throws Problem if there is none.
std::string solution_text(const Session& session, const Lesson& lesson);

}  // namespace qkoan

#endif
