#include "class/machine_class_reports.hpp"
#include "machine_reports.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

JunitCase class_case_of(const TaskScore& score) {
  JunitCase result;
  result.name = score.task.name;
  if (score.result == Result::kNotRun) result.skipped = score.reason;
  if (score.result != Result::kFailed) return result;
  result.failure = score.reason;
  result.details = describe(score);
  return result;
}

JunitCase class_speed_case_of(const TaskScore& score) {
  JunitCase result;
  result.name = score.task.name + " speed";
  const bool slow = score.grade && score.grade->pace == Pace::kSlow;
  (slow ? result.failure : result.skipped) = score.speed_reason;
  return result;
}

}  // namespace

std::string describe(const TaskScore& score) {
  std::string text = score.reason;
  if (!score.grade) return text;
  if (!score.grade->report.empty()) text += (text.empty() ? "" : "\n\n") + score.grade->report;
  if (!score.grade->about.empty())
    text += "\n\nYour numbers are those of a known mistake: " + score.grade->about;
  return text;
}

std::string describe(const Lateness& lateness, Hundredths raw) {
  if (lateness.unknown) return "Nobody knows when this was handed in: it is counted as in time.";
  if (!lateness.late) return "";
  const std::string days =
      plural(lateness.days, "day") + " late, where a day that has begun counts";
  if (lateness.percent == 0) return days + ": without a penalty.";
  return days + ": minus " + std::to_string(lateness.percent) + " % of " + in_points(raw) +
         (raw == 100 ? " point." : " points.");
}

std::string render_class_junit(const Score& score) {
  std::vector<JunitSuite> suites;
  for (const LessonScore& lesson : score.lessons) {
    JunitSuite suite;
    suite.name = lesson.name;
    if (lesson.record && !lesson.record->broken.empty())
      suite.cases.push_back({"judge", 0, "it cannot be judged", lesson.record->broken, true, ""});
    else if (lesson.record && !lesson.record->compiled)
      suite.cases.push_back(
          {"compile", 0, "it does not compile", lesson.record->compiler_says, true, ""});
    for (const TaskScore& task : lesson.tasks) {
      suite.cases.push_back(class_case_of(task));
      if (task.task.speed_points > 0) suite.cases.push_back(class_speed_case_of(task));
    }
    suites.push_back(std::move(suite));
  }
  return render_junit(suites);
}

}  // namespace qkoan
