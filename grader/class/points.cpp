#include "class/points.hpp"

#include <algorithm>

#include "text.hpp"

namespace qkoan {

namespace {

constexpr Instant kDay = 24 * 60 * 60;

/// Why a judged task has no points for being right.
std::string reason_of(const TaskGrade& grade) {
  if (grade.result == Result::kPassed) return "";
  if (grade.result == Result::kFailed)
    return grade.kind == "unsolved" ? "not written yet" : grade.message;
  return grade.because.empty() ? "not run" : "not run: it builds on " + grade.because;
}

/// Why it has none for being fast.
std::string speed_reason_of(const TaskGrade& grade) {
  if (grade.result != Result::kPassed) return "only what is right is raced";
  if (!grade.pace) return "not raced";
  if (*grade.pace == Pace::kInconclusive) return "no verdict on its speed: judge it again";
  if (!grade.speed_why.empty()) return grade.speed_why;
  return *grade.pace == Pace::kSlow ? "too slow" : "";
}

void take_grade(TaskScore& score, const TaskGrade& grade) {
  score.grade = grade;
  score.result = grade.result;
  score.reason = reason_of(grade);
  score.points = grade.result == Result::kPassed ? score.task.points : 0;
  if (score.task.speed_points == 0) return;
  score.speed_reason = speed_reason_of(grade);
  score.speed_points = score.speed_reason.empty() ? score.task.speed_points : 0;
}

/// Why nothing of a lesson has points; empty if its tasks tell.
std::string reason_of_lesson(const LessonScore& lesson) {
  if (lesson.content.empty()) return "not handed in";
  if (!lesson.record) return "not judged yet";
  if (!lesson.record->broken.empty()) return "it could not be judged: " + lesson.record->broken;
  return lesson.record->compiled ? "" : "it does not compile";
}

LessonScore score_of(const CountedLesson& counted, const Submission& submission,
                     const RecordSource& record, bool speed) {
  LessonScore lesson{counted.name, counted.label, counted.title, "", std::nullopt, {}};
  for (const HandedIn& file : submission.files) {
    if (file.lesson != counted.name) continue;
    lesson.content = file.content;
    lesson.record = record(file);
  }
  const std::string reason = reason_of_lesson(lesson);
  for (const CountedTask& task : counted.tasks) {
    TaskScore score;
    score.task = task;
    if (!speed) score.task.speed_points = 0;
    score.reason = reason.empty() ? "the record does not know this task" : reason;
    score.speed_reason = score.task.speed_points > 0 ? score.reason : "";
    if (reason.empty()) {
      for (const TaskGrade& grade : lesson.record->tasks) {
        if (grade.task == task.name) take_grade(score, grade);
      }
    }
    lesson.tasks.push_back(std::move(score));
  }
  return lesson;
}

}  // namespace

Hundredths LessonScore::points() const {
  Hundredths sum = 0;
  for (const TaskScore& task : tasks) sum += task.points + task.speed_points;
  return sum;
}

Hundredths LessonScore::of() const {
  Hundredths sum = 0;
  for (const TaskScore& score : tasks) sum += score.task.points + score.task.speed_points;
  return sum;
}

Lateness lateness_of(const std::string& submitted, const CourseFile& file) {
  Lateness lateness;
  lateness.submitted = submitted;
  const std::optional<Instant> time = read_time(submitted);
  if (!file.due) return lateness;
  lateness.unknown = !time;
  if (!time || *time <= *file.due) return lateness;
  const Instant over = *time - *file.due;
  lateness.days = (over + kDay - 1) / kDay;
  if (file.late.kind == LatePolicy::Kind::kByDays) {
    lateness.late = over > file.late.grace_minutes * 60;
    if (!lateness.late) lateness.days = 0;
    const bool over_all = lateness.days > file.late.days;
    lateness.percent = over_all ? 100 : std::min(100L, lateness.days * file.late.percent_per_day);
    return lateness;
  }
  lateness.late = true;
  lateness.percent = file.late.kind == LatePolicy::Kind::kNoPoints ? 100 : 0;
  return lateness;
}

Score score_of(const Submission& submission, const CourseFile& file, const RecordSource& record,
               bool speed, std::optional<Instant> submitted) {
  Score score;
  score.id = submission.id;
  score.student = submission.student;
  score.problems = submission.problems;
  for (const CountedLesson& lesson : file.lessons) {
    score.lessons.push_back(score_of(lesson, submission, record, speed));
    score.raw += score.lessons.back().points();
    score.of += score.lessons.back().of();
  }
  score.lateness = lateness_of(submitted ? in_utc(*submitted) : submission.submitted, file);
  score.penalty = score.raw * score.lateness.percent / 100;
  score.points = score.raw - score.penalty;
  return score;
}

}  // namespace qkoan
