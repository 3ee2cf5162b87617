#include "class/machine_class_reports.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

constexpr const char* kClassroom50Schema = "classroom50/result/v1";

Json classroom50_test(const std::string& name, bool passed, Hundredths got, Hundredths of,
                      const std::string& output) {
  return Json::object({{"test-name", name},
                       {"passed", passed},
                       {"score", got / 100},
                       {"max-score", of / 100},
                       {"output", output}});
}

Json classroom50_tests(const Score& score) {
  Json tests = Json::array();
  for (const LessonScore& lesson : score.lessons) {
    for (const TaskScore& task : lesson.tasks) {
      const std::string name = lesson.name + ": " + task.task.name;
      tests.push(classroom50_test(name, task.result == Result::kPassed, task.points,
                                  task.task.points, describe(task)));
      if (task.task.speed_points == 0) continue;
      tests.push(classroom50_test(name + ", its speed", task.speed_reason.empty(),
                                  task.speed_points, task.task.speed_points, task.speed_reason));
    }
  }
  return tests;
}

/// What a result needs and the table of students does not have.
std::string missing_of(const Score& score, const Person& person) {
  std::vector<std::string> missing;
  if (person.owner.empty()) missing.push_back("\"owner\"");
  if (!person.tag.starts_with("submit/")) missing.push_back("\"tag\" (submit/...)");
  if (person.commit.empty()) missing.push_back("\"commit\"");
  if (person.release.empty()) missing.push_back("\"release\"");
  if (!read_time(score.lateness.submitted)) missing.push_back("\"submitted\"");
  return join(missing);
}

}  // namespace

std::optional<std::string> render_classroom50(const Score& score, const CourseFile& file,
                                              const std::vector<Person>& people,
                                              std::string& missing) {
  const Person person = people.empty() ? Person() : people.front();
  missing = missing_of(score, person);
  if (!missing.empty() || !file.classroom50) return std::nullopt;
  // Whole points: only lateness can leave a part of one, and that is rounded to the nearest.
  const Json result =
      Json::object({{"schema", kClassroom50Schema},
                    {"classroom", file.classroom50->classroom},
                    {"assignment", file.classroom50->assignment},
                    {"assignment_type", file.classroom50->group ? "group" : "individual"},
                    {"owner", person.owner},
                    {"submission", person.tag},
                    {"commit", person.commit},
                    {"release", person.release},
                    {"review", person.review.empty() ? person.commit : person.review},
                    {"datetime", in_utc(*read_time(score.lateness.submitted))},
                    {"score", (score.points + 50) / 100},
                    {"max-score", score.of / 100},
                    {"tests", classroom50_tests(score)}});
  return result.dump(1) + "\n";
}

}  // namespace qkoan
