#ifndef QKOAN_GRADER_CLASS_MACHINE_CLASS_REPORTS_HPP
#define QKOAN_GRADER_CLASS_MACHINE_CLASS_REPORTS_HPP
/// @file
/// Grades for programs: spreadsheets, learning platforms, and any CI. Nothing in them depends on the
/// time of day or on how long something took. docs/grading_a_class.md describes them.

#include <optional>
#include <string>

#include "class/class_tally.hpp"

namespace qkoan {

/// The grade book: one line for each student, quoted.
std::string render_gradebook(const ClassTally& tally, const CourseFile& file);

/// Gradescope's results.json of one submission.
std::string render_gradescope(const Score& score);

/// Classroom 50's result.json; nothing if it asks for something that is not known, which `missing` says.
std::optional<std::string> render_classroom50(const Score& score, const CourseFile& file,
                                              const std::vector<Person>& people,
                                              std::string& missing);

/// JUnit XML of one submission: a suite for each lesson, a case for each task.
std::string render_class_junit(const Score& score);

/// What to tell about a task: why it has no points, and the report on its failure.
std::string describe(const TaskScore& score);

/// "2 days late: 20 % of 4 points", or nothing.
std::string describe(const Lateness& lateness, Hundredths raw);

}  // namespace qkoan

#endif
