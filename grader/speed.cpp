#include "speed.hpp"

#include <algorithm>
#include <cstdio>

#include "implementation.hpp"
#include "object_code.hpp"
#include "problem.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

bool counts_for_speed(const TaskVerdict& task) { return task.asked && task.speed_points > 0; }

/// Why this cannot be raced, whether it is right or not; empty if it can.
std::string obstacle(const Lesson& lesson, const Verdict& verdict) {
  if (std::none_of(verdict.tasks.begin(), verdict.tasks.end(), counts_for_speed)) {
    return (lesson.graded_for_speed() ? "Not raced: none of these tasks of "
                                      : "Not raced: no task of ") +
           lesson.name + " is graded for speed.";
  }
  if (verdict.implementation.starts_with("bug:") || verdict.implementation.starts_with("variant:"))
    return "Not raced: " + printable(verdict.implementation) +
           " shares a library with other bugs and variants.";
  return verdict.sanitized ? "Not raced: sanitizers make it slow. Leave --sanitize out." : "";
}

/// What is to be raced: the speed that a task demands is for each lane.
RaceRequest request_of(const Session& session, const Lesson& lesson, const Verdict& verdict) {
  RaceRequest request;
  request.lesson = &lesson;
  for (const TaskVerdict& task : verdict.tasks) {
    if (counts_for_speed(task) && task.of.result == Result::kPassed)
      request.graded[task.of.task] = lesson.find(task.of.task)->speed * lanes();
  }
  request.contenders.push_back({"yours", verdict.library});
  if (!session.setup.for_students()) {  // else the scalar forms are the student's own
    request.twins = find_implementation(session.setup, lesson, "solution").library;
    request.contenders.push_back({"ours", request.twins});
  }
  request.quiet = true;
  return request;
}

const Json& contender(const Json& race, const char* name) {
  static const Json none;
  for (const Json& one : race["contenders"].items()) {
    if (one["name"].text() == name) return one;
  }
  return none;
}

Pace pace_of(const Json& race) {
  const std::string decision = race["decision"].text();
  return decision == "fast" ? Pace::kFast : decision == "slow" ? Pace::kSlow : Pace::kInconclusive;
}

SpeedResult result_of(const Json& race) {
  const auto seconds = [&](const char* name) {
    return contender(race, name)["seconds"]["median"].number();
  };
  SpeedResult result;
  result.task = race["function"].text();
  result.pace = pace_of(race);
  result.required = race["required"].number();
  const Json& ratio = contender(race, "scalar")["ratio"];
  result.low = ratio["low"].number();
  result.ratio = ratio["median"].number();
  result.high = ratio["high"].number();
  result.seconds = seconds("yours");
  result.scalar = seconds("scalar");
  result.ours = seconds("ours");
  result.share_of_peak = contender(race, "yours")["share_of_peak"]["median"].number();
  return result;
}

/// A race of each graded task, with a decision; the benchmark may have none. Throws Problem.
std::vector<SpeedResult> results_of(const Json& races, const Lesson& lesson,
                                    const std::map<std::string, double>& graded) {
  std::vector<SpeedResult> results;
  for (const Json& one : races["races"].items()) {
    if (one["decision"].is_text()) results.push_back(result_of(one));
  }
  for (const auto& [task, required] : graded) {
    const auto is_its = [&task](const SpeedResult& result) { return result.task == task; };
    if (std::any_of(results.begin(), results.end(), is_its)) continue;
    throw Problem(
        "tasks.json of " + lesson.name + " demands a speed of " + task + ", but benchmarks/" +
        lesson.name +
        "_bench.cpp grades none: one size of it must be `graded` and have a scalar twin.");
  }
  return results;
}

std::string times(double ratio) {
  char text[32];
  std::snprintf(text, sizeof text, ratio < 10 ? "%.1f ×" : "%.0f ×", ratio);
  return text;
}

std::string render(const SpeedResult& result, const Style& style) {
  std::string text = "  ";
  const std::string is = times(result.ratio) + " the scalar form";
  if (result.pace == Pace::kFast) {
    text += style.green("✓ ") + result.task + "  " + is + ", " + times(result.required) + " needed";
  } else if (result.pace == Pace::kSlow) {
    text +=
        style.red("✗ " + result.task) + "  " + is + ", but " + times(result.required) + " needed";
  } else {
    text += style.yellow("– ") + result.task + "  no verdict: " + times(result.required) +
            " the scalar form needed\n    between " + times(result.low) + " and " +
            times(result.high) + ": no points yet. Try again when less runs beside it.";
  }
  text += "\n" + style.dim("    scalar " + fine_duration(result.scalar) + " · yours " +
                           fine_duration(result.seconds));
  if (result.ours > 0) text += style.dim(" · ours " + fine_duration(result.ours));
  if (result.share_of_peak > 0) {
    const double limit = result.share_of_peak * result.seconds;
    text += style.dim(" · the machine's limit " + fine_duration(limit));
  }
  text += "\n";
  for (const std::string& sentence : result.advice) {
    for (const std::string& line : wrap(sentence, kReportWidth - 4)) text += "    " + line + "\n";
  }
  return text;
}

}  // namespace

int lanes() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return 16;
  if (__builtin_cpu_supports("avx")) return 8;
#endif
  return 4;
}

Async<> grade_speed(Scope scope, Session& session, Verdict& verdict) {
  const Lesson& lesson = find_lesson(session.course, verdict.lesson);
  verdict.not_raced = obstacle(lesson, verdict);
  if (!verdict.not_raced.empty()) co_return;
  verdict.speed_graded = true;
  RaceRequest request = request_of(session, lesson, verdict);
  if (request.graded.empty()) {
    verdict.not_raced = "Not raced: no task that is graded for speed is right yet.";
    co_return;
  }
  const std::map<std::string, double> graded = request.graded;
  const Json races = co_await race(scope, session, std::move(request));
  verdict.speed = results_of(races, lesson, graded);
  if (verdict.fast()) co_return;
  const std::vector<std::string> listing = co_await disassemble(scope, verdict.library);
  for (SpeedResult& result : verdict.speed) {
    if (result.pace == Pace::kSlow)
      result.advice = advice(busiest_loop(listing, result.task), lanes());
  }
}

std::string render_speed(const Verdict& verdict, const Style& style) {
  if (verdict.speed.empty() && verdict.not_raced.empty()) return "";
  std::string text = "\n  " + style.bold("Speed") + "\n";
  for (const std::string& line : wrap(verdict.not_raced, kReportWidth - 4))
    text += "    " + line + "\n";
  for (const SpeedResult& result : verdict.speed) text += render(result, style);
  return text;
}

}  // namespace qkoan
