#ifndef QKOAN_GRADER_REPORT_HPP
#define QKOAN_GRADER_REPORT_HPP
/// @file
/// The verdict for people: at most 80 columns, what matters first.

#include <string>

#include "setup.hpp"
#include "style.hpp"
#include "verdict.hpp"

namespace qkoan {

/// Lesson, one line per task, and the first failure.
std::string render_verdict(const Verdict& verdict, const Setup& setup, const Style& style);

/// The misconception or the line of the crash, once they are known; else nothing.
std::string render_explanation(const Verdict& verdict, const Setup& setup, const Style& style);

/// What the program printed, warnings, how to repeat it, the points, and where the time went.
std::string render_footer(const Verdict& verdict, const Setup& setup, const Style& style);

/// One line per task: the first part of the verdict.
std::string render_tasks(const Verdict& verdict, const Style& style);

/// "points 6 of 7, speed 1 of 2"; the second part only where there are points for speed.
std::string render_points(const Points& points, const Points& speed, bool speed_graded);

/// "████░░░░ 3 of 16 tasks"
std::string render_progress(int done, int total, const Style& style);

}  // namespace qkoan

#endif
