#ifndef QKOAN_GRADER_COURSE_HPP
#define QKOAN_GRADER_COURSE_HPP
/// @file
/// The course: what stands in lessons/NN-<name>/, and nothing else.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "setup.hpp"

namespace qkoan {

/// One thing to write, as tasks.json names it.
struct CourseTask {
  std::string name;
  std::string title;
  std::vector<std::string> hints;
  double speed = 0;  ///< how many times as fast as the scalar form, for each lane; 0: not graded
  int points = 1;    ///< for a right answer,
  int speed_points = 0;  ///< and for a fast one, apart
};

struct Lesson {
  int number = 0;
  std::string name;
  std::string title;
  std::filesystem::path folder;
  std::vector<CourseTask> tasks;

  /// "01", as in the folder's name.
  std::string label() const;
  /// Number (from 1) of a task, or 0 if tasks.json does not know it.
  int number_of(std::string_view task) const;
  /// The task with this name; null if there is none.
  const CourseTask* find(std::string_view task) const;
  /// Whether any of its tasks is graded for speed.
  bool graded_for_speed() const;
};

struct Course {
  std::vector<Lesson> lessons;

  int task_count() const;
};

/// Reads lessons/*/tasks.json:
///     {"title": "...", "tasks": [{"task": "dot", "title": "...", "hints": ["...", "..."],
///      "points": 1, "speed": 0.25, "speed_points": 1}]}
/// Without "points" a task has one; with "speed" and without "speed_points", one more for its speed.
/// Throws Problem with the file and the position if one is missing or broken.
Course read_course(const Setup& setup);

/// The lesson a person means: its name, its number, or the beginning of its name. Throws Problem.
const Lesson& find_lesson(const Course& course, std::string_view wanted);

/// The lessons that a person means; without a name all of them. Throws Problem.
std::vector<const Lesson*> find_lessons(const Course& course,
                                        const std::vector<std::string>& wanted);

/// The task a person means: its name, its number, or the beginning of its name. Throws Problem.
std::string find_task(const Lesson& lesson, std::string_view wanted);

}  // namespace qkoan

#endif
