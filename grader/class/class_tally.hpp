#ifndef QKOAN_GRADER_CLASS_CLASS_TALLY_HPP
#define QKOAN_GRADER_CLASS_CLASS_TALLY_HPP
/// @file
/// What the report on a class counts. It grows submission by submission and keeps none of their texts.

#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "class/points.hpp"

namespace qkoan {

/// How a class did in one task.
struct TaskTally {
  std::string lesson;
  std::string lesson_label;
  CountedTask task;
  long passed = 0;
  long failed = 0;  ///< written, and wrong
  long unwritten = 0;
  long not_run = 0;     ///< because of a task that it builds on
  long not_judged = 0;  ///< not handed in, not compiled, broken
  long fast = 0;
  long slow = 0;
  long inconclusive = 0;

  long judged() const { return passed + failed + unwritten + not_run; }
};

/// A planted bug whose numbers somebody's program has.
struct MistakeTally {
  std::string lesson;
  std::string task;
  std::string about;
  long count = 0;
};

/// Something about one submission that an instructor should see.
struct Remark {
  std::string id;
  std::string student;
  std::string lesson;  ///< or empty
  std::string what;
};

/// A line of the table of students.
struct StudentLine {
  std::string id;
  std::string student;
  std::vector<Person> people;  ///< more than one: a group
  std::vector<Hundredths> of_lessons;
  Lateness lateness;
  Hundredths raw = 0;
  Hundredths penalty = 0;
  Hundredths points = 0;
  Hundredths of = 0;
};

/// Under what conditions texts were judged. More than one means that records of several runs came
/// together.
struct RunFacts {
  std::set<std::string> compilers;
  std::set<std::string> limits;
  std::set<std::string> tiers;
  std::set<std::string> seeds;
  std::map<std::string, std::set<std::string>> harnesses;  ///< of each lesson
};

struct ClassTally {
  std::vector<TaskTally> tasks;                                 ///< in the course's order
  std::map<std::array<std::string, 3>, MistakeTally> mistakes;  ///< of a lesson, a task, and a bug
  std::vector<Remark> uncompiled;
  std::vector<Remark> attention;  ///< what somebody must decide or repair
  std::vector<Remark> refused;    ///< parts of submissions
  std::vector<StudentLine> students;
  RunFacts run;
  std::vector<Person> absent;  ///< in the table of students, without a submission

  ClassTally(const CourseFile& file, bool speed);
  void add(const Score& score, const std::vector<Person>& people, const CourseFile& file);
};

}  // namespace qkoan

#endif
