#include <nlohmann/json.hpp>

#include "judge.hpp"
#include "machine_reports.hpp"

namespace qkoan {

using json = nlohmann::ordered_json;

namespace {

const char* name_of(Result result) {
  switch (result) {
    case Result::kPassed: return "passed";
    case Result::kFailed: return "failed";
    case Result::kNotRun: break;
  }
  return "not_run";
}

json task_to_json(const Verdict& verdict, const TaskVerdict& task) {
  json result = {{"task", task.of.task},
                 {"number", task.number},
                 {"title", task.title},
                 {"asked", task.asked},
                 {"result", name_of(task.of.result)}};
  if (task.of.result == Result::kPassed) {
    result["checks"] = task.of.checks;
    result["cases"] = task.of.cases;
    if (task.of.worst) result["worst"] = *task.of.worst;
  } else if (task.of.result == Result::kFailed) {
    result["check"] = task.of.check;
    result["description"] = task.description;
    result["failure"] = to_json(task.of.failure);
    result["replay"] = replay_command(verdict, task);
  } else if (!task.of.because.empty()) {
    result["because"] = task.of.because;
  }
  return result;
}

json diagnostics_to_json(const Compilation& compilation) {
  json result = json::array();
  for (const Diagnostic& one : compilation.diagnostics) {
    result.push_back({{"kind", one.error ? "error" : "warning"},
                      {"line", one.line},
                      {"column", one.column},
                      {"text", one.text},
                      {"source", one.source},
                      {"elsewhere", one.elsewhere}});
  }
  return result;
}

json verdict_to_json(const Verdict& verdict) {
  json result = {{"lesson", verdict.lesson},
                 {"title", verdict.lesson_title},
                 {"implementation", verdict.implementation},
                 {"source", verdict.source.string()},
                 {"seed", std::to_string(verdict.seed)},
                 {"passed", verdict.passed()},
                 {"sanitized", verdict.sanitized},
                 {"compiled", verdict.compiled()}};
  result["diagnostics"] =
      verdict.compilation ? diagnostics_to_json(*verdict.compilation) : json::array();
  if (!verdict.broken.empty()) result["broken"] = verdict.broken;
  result["printed"] = verdict.printed;
  if (verdict.compilation) result["seconds"]["compile"] = verdict.compilation->seconds;
  result["seconds"]["judge"] = verdict.judge_seconds;
  result["tasks"] = json::array();
  for (const TaskVerdict& task : verdict.tasks) {
    result["tasks"].push_back(task_to_json(verdict, task));
  }
  if (verdict.misconception) {
    result["misconception"] = {{"bug", verdict.misconception->bug},
                               {"about", verdict.misconception->about}};
  }
  if (verdict.finding) {
    const Finding& finding = *verdict.finding;
    result["finding"] = {{"line", finding.line}, {"source", finding.source}, {"what", finding.what}};
    if (!finding.unavailable.empty()) result["finding"]["unavailable"] = finding.unavailable;
  }
  return result;
}

}  // namespace

std::string render_json(const std::vector<Verdict>& verdicts) {
  json document = {{"schema", "qkoan/verdicts/1"}, {"version", QKOAN_VERSION}, {"passed", true}};
  document["lessons"] = json::array();
  for (const Verdict& verdict : verdicts) {
    if (!verdict.passed()) document["passed"] = false;
    document["lessons"].push_back(verdict_to_json(verdict));
  }
  // Programs print anything: what is no UTF-8 is replaced, never a reason to fail.
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace qkoan
