#ifndef QKOAN_GRADER_CLASS_COURSE_FILE_HPP
#define QKOAN_GRADER_CLASS_COURSE_FILE_HPP
/// @file
/// What an instructor decides about an assignment: `--course FILE`, a JSON file that
/// docs/course_file.schema.json describes.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "class/iso_time.hpp"
#include "class/roster.hpp"
#include "course.hpp"

namespace qkoan {

/// Points are counted in hundredths: sums of them are exact.
using Hundredths = long;

/// A task that counts.
struct CountedTask {
  std::string name;
  std::string title;
  int number = 0;               ///< in its lesson
  Hundredths points = 0;        ///< for a right answer,
  Hundredths speed_points = 0;  ///< and for a fast one, apart
};

/// A lesson that counts, with those of its tasks that do.
struct CountedLesson {
  std::string name;
  std::string label;  ///< "06"
  std::string title;
  std::vector<CountedTask> tasks;
};

/// What becomes of what is handed in after the due time.
struct LatePolicy {
  enum class Kind { kNoPenalty, kNoPoints, kByDays };
  Kind kind = Kind::kNoPenalty;
  long grace_minutes = 0;    ///< by days: later than this is late,
  long percent_per_day = 0;  ///< loses so much of its points for each day begun since the due time,
  long days = 0;             ///< and has no points after so many
};

/// What Classroom 50 calls this assignment.
struct Classroom50 {
  std::string classroom;
  std::string assignment;
  bool group = false;
};

struct CourseFile {
  std::string assignment = "qkoan";
  std::string title = "qkoan";
  std::optional<Instant> due;
  LatePolicy late;
  std::vector<CountedLesson> lessons;  ///< in the course's order
  std::vector<Person> people;          ///< empty: there is no table of students
  std::string people_file;             ///< as it is named in the course file
  long similarity_percent = 60;        ///< what is as similar as this is shown
  std::optional<Classroom50> classroom50;
};

/// Without a course file: all lessons with their own points, no due time, no table of students.
CourseFile default_course_file(const Course& course);

/// Throws Problem: the file, the place in it, what is wrong, and what to do.
CourseFile read_course_file(const std::filesystem::path& file, const Course& course);

/// "3", "0.5", "0.25".
std::string in_points(Hundredths amount);

}  // namespace qkoan

#endif
