#ifndef QKOAN_GRADER_SPEED_HPP
#define QKOAN_GRADER_SPEED_HPP
/// @file
/// Speed as a grade: right functions, raced with the scalar form of the same.

#include <string>
#include <vector>

#include "races.hpp"
#include "session.hpp"
#include "verdict.hpp"

namespace qkoan {

/// Races the passed tasks of a verdict that are graded for speed. A task is fast enough when its median
/// round is, with 99.9 % confidence; too much noise makes no grade, and another try costs a second.
Async<> grade_speed(Scope scope, Session& session, Verdict& verdict);

/// One block for each graded task; nothing if there is none.
std::string render_speed(const Verdict& verdict, const Style& style);

}  // namespace qkoan

#endif
