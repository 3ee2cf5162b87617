#ifndef QKOAN_GRADER_CLASS_POINTS_HPP
#define QKOAN_GRADER_CLASS_POINTS_HPP
/// @file
/// Points: functions of what was handed in, of the verdicts, and of the course file, and of nothing else.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "class/course_file.hpp"
#include "class/manifest.hpp"
#include "class/record.hpp"

namespace qkoan {

/// The record of a text; nothing if it was not judged.
using RecordSource = std::function<std::optional<GradeRecord>(const HandedIn&)>;

/// A task of one submission.
struct TaskScore {
  CountedTask task;
  Result result = Result::kNotRun;
  Hundredths points = 0;
  Hundredths speed_points = 0;
  std::string reason;              ///< why it has no points for being right; or empty
  std::string speed_reason;        ///< and none for being fast
  std::optional<TaskGrade> grade;  ///< absent: it was not judged

  /// Nobody has begun with it.
  bool unwritten() const { return grade && grade->kind == "unsolved"; }
};

/// A lesson of one submission.
struct LessonScore {
  std::string name;
  std::string label;
  std::string title;
  std::string content;                ///< hash of what was handed in; empty: nothing was
  std::optional<GradeRecord> record;  ///< absent: nothing was handed in, or it was not judged
  std::vector<TaskScore> tasks;

  Hundredths points() const;
  Hundredths of() const;
};

/// How late a submission is, and what that costs.
struct Lateness {
  std::string submitted;  ///< "2026-11-21T20:01:54Z"; empty: not known
  bool unknown = false;   ///< there is a due time, but nobody knows when this was handed in
  bool late = false;
  long days = 0;     ///< begun since the due time
  long percent = 0;  ///< of the points that it costs
};

/// One submission.
struct Score {
  std::string id;
  std::string student;
  std::vector<std::string> problems;
  std::vector<LessonScore> lessons;
  Lateness lateness;
  Hundredths raw = 0;      ///< points before what lateness costs
  Hundredths penalty = 0;  ///< rounded down to a hundredth: in favour of the student
  Hundredths points = 0;   ///< what remains
  Hundredths of = 0;
};

/// `speed`: whether this run has graded speed; if not, points for it are not counted at all.
/// `submitted`: in place of the submission's time.
Score score_of(const Submission& submission, const CourseFile& file, const RecordSource& record,
               bool speed, std::optional<Instant> submitted);

/// What lateness costs, by the course file.
Lateness lateness_of(const std::string& submitted, const CourseFile& file);

}  // namespace qkoan

#endif
