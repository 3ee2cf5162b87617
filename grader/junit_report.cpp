#include <algorithm>
#include <cstdio>

#include "judge.hpp"
#include "machine_reports.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

std::string escape(std::string_view text) { return escape_markup(text, "&#10;"); }

std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", seconds);
  return text;
}

long failures(const JunitSuite& suite, bool errors) {
  return std::count_if(suite.cases.begin(), suite.cases.end(), [&](const JunitCase& one) {
    return !one.failure.empty() && one.error == errors;
  });
}

long skips(const JunitSuite& suite) {
  return std::count_if(suite.cases.begin(), suite.cases.end(),
                       [](const JunitCase& one) { return !one.skipped.empty(); });
}

std::string render(const JunitCase& one, const std::string& suite) {
  std::string text = "    <testcase classname=\"" + escape(suite) + "\" name=\"" +
                     escape(one.name) + "\" time=\"" + seconds_text(one.seconds) + "\"";
  if (!one.skipped.empty()) {
    return text + ">\n      <skipped message=\"" + escape(one.skipped) + "\"/>\n    </testcase>\n";
  }
  if (one.failure.empty()) return text + "/>\n";
  const std::string element = one.error ? "error" : "failure";
  return text + ">\n      <" + element + " message=\"" + escape(one.failure) + "\">" +
         escape(one.details) + "</" + element + ">\n    </testcase>\n";
}

JunitCase case_of(const Verdict& verdict, const TaskVerdict& task) {
  JunitCase result;
  result.name = task.of.task;
  if (task.of.result == Result::kFailed) {
    result.failure =
        task.of.failure.kind == "unsolved" ? "not written yet" : task.of.failure.message;
    result.details = "check " + task.of.check + "\nagain: " + replay_command(verdict, task);
  } else if (task.of.result == Result::kNotRun) {
    result.skipped = task.of.because.empty() ? "not run" : "it builds on " + task.of.because;
  }
  return result;
}

/// The speed of a task, apart from its being right.
JunitCase speed_case_of(const SpeedResult& speed) {
  JunitCase result;
  result.name = speed.task + " speed";
  char text[96];
  std::snprintf(text, sizeof text, "%.3g times the scalar form, but %.3g needed", speed.ratio,
                speed.required);
  if (speed.pace == Pace::kSlow) {
    result.failure = text;
    result.details = join(speed.advice, "\n");
  } else if (speed.pace == Pace::kInconclusive) {
    result.skipped = "no verdict: try again when less runs beside it";
  }
  return result;
}

std::string compiler_errors(const Verdict& verdict) {
  std::string text;
  for (const Diagnostic& one : verdict.compilation->diagnostics) {
    if (one.error) text += "line " + std::to_string(one.line) + ": " + one.text + "\n";
  }
  return text;
}

JunitSuite suite_of(const Verdict& verdict) {
  JunitSuite suite;
  suite.name = verdict.lesson;
  const double compiling = verdict.compilation ? verdict.compilation->seconds : 0;
  if (!verdict.compiled()) {
    suite.cases.push_back(
        {"compile", compiling, "it does not compile", compiler_errors(verdict), true, ""});
  } else if (!verdict.broken.empty()) {
    suite.cases.push_back({"judge", 0, "it cannot be judged", verdict.broken, true, ""});
  }
  for (const TaskVerdict& task : verdict.tasks) suite.cases.push_back(case_of(verdict, task));
  for (const SpeedResult& speed : verdict.speed) suite.cases.push_back(speed_case_of(speed));
  if (!suite.cases.empty() && verdict.compiled()) {
    suite.cases.front().seconds = compiling + verdict.judge_seconds;
  }
  return suite;
}

}  // namespace

std::string render_junit(const std::vector<Verdict>& verdicts) {
  std::vector<JunitSuite> suites;
  for (const Verdict& verdict : verdicts) suites.push_back(suite_of(verdict));
  return render_junit(suites);
}

std::string render_junit(const std::vector<JunitSuite>& suites) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"qkoan\">\n";
  for (const JunitSuite& suite : suites) {
    double seconds = 0;
    for (const JunitCase& one : suite.cases) seconds += one.seconds;
    text += "  <testsuite name=\"" + escape(suite.name) + "\" tests=\"" +
            std::to_string(suite.cases.size()) + "\" failures=\"" +
            std::to_string(failures(suite, false)) + "\" errors=\"" +
            std::to_string(failures(suite, true)) + "\" skipped=\"" + std::to_string(skips(suite)) +
            "\" time=\"" + seconds_text(seconds) + "\">\n";
    for (const JunitCase& one : suite.cases) text += render(one, suite.name);
    text += "  </testsuite>\n";
  }
  return text + "</testsuites>\n";
}

}  // namespace qkoan
