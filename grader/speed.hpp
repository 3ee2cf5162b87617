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

/// Floats in a vector, as exercises/simd.hpp has it on this machine: what lessons demand is for each.
int lanes();

/// Races the passed tasks of a verdict that are graded for speed. A task is fast enough when its median
/// round is, with 99.9 % confidence; too much noise makes no grade, and another try costs a few seconds.
/// Where nothing can be raced, the verdict says why. Throws Problem if a benchmark is missing.
Async<> grade_speed(Scope scope, Session& session, Verdict& verdict);

/// One block for each task that was raced, or why there was none; nothing if speed was not asked for.
std::string render_speed(const Verdict& verdict, const Style& style);

}  // namespace qkoan

#endif
