#include "json.hpp"
#include "judge.hpp"
#include "machine_reports.hpp"

namespace qkoan {

namespace {

Json to_json(const Points& points) {
  return Json::object({{"got", points.got}, {"of", points.of}});
}

Json task_to_json(const Verdict& verdict, const TaskVerdict& task) {
  Json result = Json::object({{"task", task.of.task},
                              {"number", task.number},
                              {"title", task.title},
                              {"asked", task.asked},
                              {"result", name_of(task.of.result)}});
  if (task.of.result == Result::kPassed) {
    result.member("checks") = task.of.checks;
    result.member("cases") = task.of.cases;
    if (task.of.worst) result.member("worst") = *task.of.worst;
    if (task.of.ulps) result.member("ulps") = *task.of.ulps;
  } else if (task.of.result == Result::kFailed) {
    result.member("check") = task.of.check;
    result.member("description") = task.description;
    result.member("failure") = to_json(task.of.failure);
    result.member("replay") = replay_command(verdict, task);
  } else if (!task.of.because.empty()) {
    result.member("because") = task.of.because;
  }
  if (verdict.completed()) return result;
  result.member("points") = to_json(verdict.points(task));
  if (verdict.speed_graded && task.speed_points > 0)
    result.member("speed_points") = to_json(verdict.speed_points(task));
  return result;
}

/// Points for speed are there where speed was graded.
void add_points(Json& json, const Points& points, const Points& speed, bool speed_graded) {
  json.member("points") = to_json(points);
  if (speed_graded) json.member("speed_points") = to_json(speed);
}

Json diagnostics_to_json(const Compilation& compilation) {
  Json result = Json::array();
  for (const Diagnostic& one : compilation.diagnostics) {
    result.push(Json::object({{"kind", one.error ? "error" : "warning"},
                              {"line", one.line},
                              {"column", one.column},
                              {"text", one.text},
                              {"source", one.source},
                              {"elsewhere", one.elsewhere}}));
  }
  return result;
}

Json speed_to_json(const SpeedResult& speed) {
  return Json::object({{"task", speed.task},
                       {"pace", name_of(speed.pace)},
                       {"required", speed.required},
                       {"ratio", speed.ratio},
                       {"low", speed.low},
                       {"high", speed.high},
                       {"seconds", speed.seconds},
                       {"scalar", speed.scalar},
                       {"ours", speed.ours},
                       {"advice", Json(speed.advice)}});
}

/// What came of the races, if they were asked for.
void add_speed(Json& json, const Verdict& verdict) {
  for (const SpeedResult& speed : verdict.speed) {
    if (json["speed"].is_null()) json.member("speed") = Json::array();
    json.member("speed").push(speed_to_json(speed));
  }
  if (!verdict.not_raced.empty()) json.member("not_raced") = verdict.not_raced;
}

Json verdict_to_json(const Verdict& verdict) {
  Json result = Json::object({{"lesson", verdict.lesson},
                              {"title", verdict.lesson_title},
                              {"implementation", verdict.implementation},
                              {"source", verdict.source.string()},
                              {"seed", std::to_string(verdict.seed)},
                              {"passed", verdict.passed()},
                              {"sanitized", verdict.sanitized},
                              {"compiled", verdict.compiled()}});
  result.member("diagnostics") =
      verdict.compilation ? diagnostics_to_json(*verdict.compilation) : Json::array();
  if (!verdict.broken.empty()) result.member("broken") = verdict.broken;
  result.member("printed") = verdict.printed;
  if (verdict.compilation)
    result.member("seconds").member("compile") = verdict.compilation->seconds;
  result.member("seconds").member("judge") = verdict.judge_seconds;
  result.member("tasks") = Json::array();
  for (const TaskVerdict& task : verdict.tasks) {
    result.member("tasks").push(task_to_json(verdict, task));
  }
  if (verdict.misconception) {
    result.member("misconception") = Json::object(
        {{"bug", verdict.misconception->bug}, {"about", verdict.misconception->about}});
  }
  if (verdict.finding) {
    const Finding& finding = *verdict.finding;
    result.member("finding") =
        Json::object({{"line", finding.line}, {"source", finding.source}, {"what", finding.what}});
    if (!finding.unavailable.empty())
      result.member("finding").member("unavailable") = finding.unavailable;
  }
  add_speed(result, verdict);
  if (!verdict.completed())
    add_points(result, verdict.points(), verdict.speed_points(), verdict.speed_graded);
  return result;
}

}  // namespace

std::string render_json(const std::vector<Verdict>& verdicts) {
  Json lessons = Json::array();
  bool passed = true;
  bool points_given = true;
  bool speed_graded = false;
  Points points;
  Points speed;
  for (const Verdict& verdict : verdicts) {
    passed = passed && verdict.passed();
    points_given = points_given && !verdict.completed();
    speed_graded = speed_graded || verdict.speed_graded;
    points = points + verdict.points();
    speed = speed + verdict.speed_points();
    lessons.push(verdict_to_json(verdict));
  }
  Json report = Json::object(
      {{"schema", "qkoan/verdicts/1"}, {"version", QKOAN_VERSION}, {"passed", passed}});
  if (points_given) add_points(report, points, speed, speed_graded);
  report.member("lessons") = std::move(lessons);
  return report.dump(2) + "\n";
}

}  // namespace qkoan
