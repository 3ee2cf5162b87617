#include "class/machine_class_reports.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

/// Whole points as a whole number.
Json points_in_json(Hundredths amount) {
  return amount % 100 == 0 ? Json(amount / 100) : Json(static_cast<double>(amount) / 100);
}

Json gradescope_test(const std::string& number, const std::string& name, bool passed,
                     Hundredths got, Hundredths of, const std::string& output) {
  return Json::object({{"number", number},
                       {"name", name},
                       {"name_format", "text"},
                       {"status", passed ? "passed" : "failed"},
                       {"score", points_in_json(got)},
                       {"max_score", points_in_json(of)},
                       {"output", output},
                       {"output_format", "text"},
                       {"visibility", "visible"}});
}

void add_tests(Json& tests, const LessonScore& lesson) {
  for (const TaskScore& score : lesson.tasks) {
    const std::string number =
        std::to_string(std::stoi(lesson.label)) + "." + std::to_string(score.task.number);
    const std::string name = lesson.name + ": " + score.task.name;
    tests.push(gradescope_test(number, name, score.result == Result::kPassed, score.points,
                               score.task.points, describe(score)));
    if (score.task.speed_points == 0) continue;
    tests.push(gradescope_test(number + ".1", name + ", its speed", score.speed_reason.empty(),
                               score.speed_points, score.task.speed_points, score.speed_reason));
  }
}

/// What concerns the whole submission.
std::string overview(const Score& score) {
  std::vector<std::string> lines;
  const std::string late = describe(score.lateness, score.raw);
  if (!late.empty()) lines.push_back(late);
  for (const std::string& problem : score.problems) lines.push_back(problem);
  for (const LessonScore& lesson : score.lessons) {
    if (!lesson.record || lesson.record->compiler_says.empty()) continue;
    lines.push_back(lesson.name + ": what the compiler says:");
    lines.push_back(lesson.record->compiler_says);
  }
  return join(lines, "\n");
}

}  // namespace

std::string render_gradescope(const Score& score) {
  Json tests = Json::array();
  for (const LessonScore& lesson : score.lessons) add_tests(tests, lesson);
  const Json results = Json::object({{"score", points_in_json(score.points)},
                                     {"output", overview(score)},
                                     {"output_format", "text"},
                                     {"test_output_format", "text"},
                                     {"test_name_format", "text"},
                                     {"visibility", "visible"},
                                     {"stdout_visibility", "hidden"},
                                     {"tests", std::move(tests)}});
  return results.dump(1) + "\n";
}

}  // namespace qkoan
