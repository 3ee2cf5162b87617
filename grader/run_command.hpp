#ifndef QKOAN_GRADER_RUN_COMMAND_HPP
#define QKOAN_GRADER_RUN_COMMAND_HPP
/// @file
/// `run`: judge exercises once.

#include "arguments.hpp"
#include "session.hpp"

namespace qkoan {

/// Judges the lessons named, or all of them, and prints the verdicts as asked.
Async<int> run_command(Session& session, Arguments arguments);

/// Judges lessons side by side; the verdicts come in the lessons' order.
Async<std::vector<Verdict>> judge_lessons(Scope scope, Session& session,
                                          std::vector<const Lesson*> lessons, Arguments arguments);

/// Throws Problem if a planted bug or variant of that name does not exist.
Async<> require_mutant(Scope scope, Session& session, const Lesson& lesson,
                       Implementation implementation);

/// One line for a lesson: how far it is.
std::string render_summary(const Verdict& verdict, const Style& style);

}  // namespace qkoan

#endif
