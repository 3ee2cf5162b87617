#include "verify_command.hpp"

#include <algorithm>
#include <cstdio>

#include "machine_reports.hpp"
#include "problem.hpp"
#include "races.hpp"
#include "report.hpp"
#include "symbols.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

namespace fs = std::filesystem;

/// The functions of one lesson that a library has. A task has the name of its function.
struct Covered {
  const Lesson* lesson;
  std::vector<std::string> tasks;
};

fs::path existing_library(const std::string& wanted) {
  std::error_code error;
  const fs::path file = fs::absolute(wanted, error).lexically_normal();
  if (!fs::is_regular_file(file, error)) {
    throw Problem("There is no file \"" + printable(wanted) + "\". " + command_name() +
                  " verify takes a shared object with functions of the contracts.");
  }
  return file;
}

std::vector<Covered> find_covered(const std::vector<const Lesson*>& lessons,
                                  const std::set<std::string>& functions) {
  std::vector<Covered> covered;
  for (const Lesson* lesson : lessons) {
    Covered one{lesson, {}};
    for (const CourseTask& task : lesson->tasks) {
      if (functions.contains(task.name)) one.tasks.push_back(task.name);
    }
    if (!one.tasks.empty()) covered.push_back(std::move(one));
  }
  return covered;
}

[[noreturn]] void complain_about_nothing(const Session& session, const Arguments& arguments,
                                         const std::set<std::string>& functions) {
  std::vector<std::string> known;
  for (const Lesson* lesson : find_lessons(session.course, arguments.lessons)) {
    for (const CourseTask& task : lesson->tasks) known.push_back(task.name);
  }
  std::string near;
  for (const std::string& function : functions) {
    if (near.empty() && !nearest(function, known).empty())
      near =
          "\n\"" + printable(function) + "\" looks like " + nearest(function, known).front() + ".";
  }
  throw Problem(
      printable(arguments.library) + " exports no function of " +
      (arguments.lessons.empty() ? "the contracts" : join(arguments.lessons)) + "." + near +
      "\nTheir names and parameters are in exercises/NAME.hpp, and for C in build/c/NAME.h. "
      "From C++, declare them extern \"C\".");
}

Async<Verdict> judge(Scope scope, Session& session, Covered covered, fs::path library,
                     Arguments arguments) {
  co_await session.builder.prepare(scope, covered.lesson->name);
  JudgeRequest request;
  request.implementation = find_implementation(session.setup, *covered.lesson, library.string());
  request.implementation.name = arguments.library;
  Implementation usual =
      find_implementation(session.setup, *covered.lesson, usual_implementation(session.setup));
  const Contender complement =
      co_await contender_of(scope, session, *covered.lesson, std::move(usual));
  request.implementation.complement = complement.library;
  request.tasks = covered.tasks;
  request.seed = arguments.seed;
  request.limit = arguments.timeout;
  Verdict verdict = co_await session.judge.judge(scope, *covered.lesson, std::move(request));
  std::erase_if(verdict.tasks, [](const TaskVerdict& task) { return !task.asked; });
  co_return verdict;
}

/// Right functions, and how far off they were at worst.
std::string render_errors(const Verdict& verdict, const Style& style) {
  std::string text;
  for (const TaskVerdict& task : verdict.tasks) {
    if (task.of.result != Result::kPassed || !task.of.worst || *task.of.worst == 0) continue;
    char line[160];
    std::snprintf(line, sizeof line, "  %-24s %10.3g of the bound %12.3g ulp\n",
                  task.of.task.c_str(), *task.of.worst, task.of.ulps.value_or(0));
    text += line;
  }
  return (text.empty() ? "" : style.dim("  largest errors") + "\n" + text) + "\n";
}

Async<> tell(Scope scope, Session& session, Verdict& verdict, double timeout) {
  say(render_verdict(verdict, session.setup, session.style));
  co_await session.judge.explain(scope, verdict, timeout);
  say(render_explanation(verdict, session.setup, session.style) +
      render_footer(verdict, session.setup, session.style) + render_errors(verdict, session.style));
}

/// The races of what passed; a wrong kernel's speed says nothing.
Async<> tell_speed(Scope scope, Session& session, const Verdict& verdict, Contender mine) {
  RaceRequest request;
  request.lesson = &find_lesson(session.course, verdict.lesson);
  if (!has_races(session.setup, *request.lesson)) co_return;
  for (const TaskVerdict& task : verdict.tasks) {
    if (task.of.result == Result::kPassed) request.functions.push_back(task.of.task);
  }
  if (request.functions.empty()) co_return;
  if (!session.setup.for_students()) {
    Contender ours{"solution",
                   find_implementation(session.setup, *request.lesson, "solution").library};
    request.contenders.push_back(std::move(ours));
  }
  request.contenders.push_back(std::move(mine));
  co_await race(scope, session, std::move(request));
}

}  // namespace

Async<int> verify_command(Session& session, Arguments arguments) {
  const Scope scope;
  const fs::path library = existing_library(arguments.library);
  const std::set<std::string> functions = co_await exported_functions(scope, library);
  std::vector<Covered> covered =
      find_covered(find_lessons(session.course, arguments.lessons), functions);
  if (covered.empty()) complain_about_nothing(session, arguments, functions);
  std::vector<Verdict> verdicts;
  for (Covered& one : covered) {
    Verdict verdict = co_await judge(scope, session, std::move(one), library, arguments);
    if (!arguments.json) {
      co_await tell(scope, session, verdict, arguments.timeout);
      Contender mine{library.filename().string(), library};
      if (!arguments.no_speed) co_await tell_speed(scope, session, verdict, std::move(mine));
    }
    verdicts.push_back(std::move(verdict));
  }
  if (arguments.json) say(render_json(verdicts));
  const bool passed = std::all_of(verdicts.begin(), verdicts.end(),
                                  [](const Verdict& verdict) { return verdict.passed(); });
  co_return passed ? 0 : 1;
}

}  // namespace qkoan
