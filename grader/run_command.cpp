#include "run_command.hpp"

#include <algorithm>

#include "commands.hpp"
#include "files.hpp"
#include "machine_reports.hpp"
#include "problem.hpp"
#include "report.hpp"
#include "speed.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

Async<Verdict> judge_one(Scope scope, Session& session, Slots slots, const Lesson& lesson,
                         Arguments arguments) {
  co_await session.builder.prepare(scope, lesson.name);
  const Slots::Slot slot = co_await slots.take();
  JudgeRequest request;
  request.implementation = find_implementation(session.setup, lesson, arguments.implementation);
  for (const std::string& task : arguments.tasks) request.tasks.push_back(find_task(lesson, task));
  request.seed = arguments.seed;
  request.sanitized = arguments.sanitize;
  if (request.sanitized && request.implementation.source.empty()) {
    throw Problem("--sanitize builds a .cpp file again, and " +
                  printable(arguments.implementation) +
                  " is built already.\nLeave --sanitize out, or name the .cpp file.");
  }
  request.limit = arguments.timeout;
  co_await require_mutant(scope, session, lesson, request.implementation);
  co_return co_await session.judge.judge(scope, lesson, std::move(request));
}

bool not_begun(const Verdict& verdict) {
  return verdict.compiled() && verdict.broken.empty() &&
         std::all_of(verdict.tasks.begin(), verdict.tasks.end(), [](const TaskVerdict& task) {
           return task.of.result == Result::kNotRun || task.of.failure.kind == "unsolved";
         });
}

/// How to learn whether it is fast, too, unless that was just told.
std::string speed_hint(const Lesson& lesson, const Session& session, const Verdict& verdict) {
  if (!lesson.graded_for_speed() || verdict.speed_graded) return "";
  return "  " + command_name() + " run " + lesson.name + " --speed" +
         session.style.dim("   is it fast, too?") + "\n";
}

/// What to do now.
std::string next_step(const Session& session, const Verdict& verdict) {
  if (!verdict.implementation.empty()) return "";
  const std::string name = "  " + command_name();
  if (!verdict.passed()) {
    const TaskVerdict* task = verdict.headline();
    return task ? "\n" + name + " hint " + verdict.lesson +
                      session.style.dim("   if you are stuck") + "\n"
                : "";
  }
  const Lesson& lesson = find_lesson(session.course, verdict.lesson);
  if (!session.state.lesson_passed(lesson)) {
    return "\n  Next: " + first_open_task(session, lesson) + "\n";
  }
  const Lesson* next = session.first_unsolved();
  const std::string ours =
      session.setup.for_students()
          ? ""
          : name + " solution " + verdict.lesson + session.style.dim("   shows ours") + "\n";
  return "\n  " + session.style.green("This lesson is complete.") + "\n" + ours +
         speed_hint(lesson, session, verdict) +
         (next ? name + session.style.dim("   goes on with " + next->name)
               : "  Every task of the course is solved.") +
         "\n";
}

/// Verdict, explanation and all the rest of one lesson.
Async<> tell(Scope scope, Session& session, Verdict& verdict, Arguments arguments) {
  say(render_verdict(verdict, session.setup, session.style));
  session.state.record(verdict);
  co_await session.judge.explain(scope, verdict, arguments.timeout);
  say(render_explanation(verdict, session.setup, session.style));
  if (arguments.speed) co_await grade_speed(scope, session, verdict);
  say(render_speed(verdict, session.style) + render_footer(verdict, session.setup, session.style) +
      next_step(session, verdict));
}

/// Several lessons: those not begun take one line, and the last lines sum up.
Async<> tell_all(Scope scope, Session& session, std::vector<Verdict>& verdicts,
                 Arguments arguments) {
  for (Verdict& verdict : verdicts) {
    if (not_begun(verdict)) {
      session.state.record(verdict);
      if (arguments.speed) co_await grade_speed(scope, session, verdict);
      say(render_summary(verdict, session.style));
    } else {
      co_await tell(scope, session, verdict, arguments);
    }
    say("\n");
  }
  int passed = 0;
  int total = 0;
  Points points;
  Points speed;
  bool speed_graded = false;
  for (const Verdict& verdict : verdicts) {
    passed += verdict.passed_count();
    total += static_cast<int>(verdict.tasks.size());
    points = points + verdict.points();
    speed = speed + verdict.speed_points();
    speed_graded = speed_graded || verdict.speed_graded;
  }
  say(render_progress(passed, total, session.style) + "\n" +
      render_points(points, speed, speed_graded) + "\n");
}

void write_junit(const std::string& file, const std::vector<Verdict>& verdicts) {
  const std::string error = write_atomically(file, render_junit(verdicts));
  if (!error.empty()) throw Problem("--junit: cannot write \"" + file + "\": " + error + ".");
}

}  // namespace

std::string render_summary(const Verdict& verdict, const Style& style) {
  const std::string name = style.bold(verdict.lesson_label + " " + verdict.lesson) + "  ";
  if (!verdict.compiled()) return name + style.red("does not compile") + "\n";
  if (!verdict.broken.empty()) return name + style.red("cannot be judged") + "\n";
  if (verdict.passed()) return name + style.green("✓ complete") + "\n";
  if (not_begun(verdict)) return name + style.dim("not begun") + "\n";
  return name + std::to_string(verdict.passed_count()) + " of " +
         plural(static_cast<long>(verdict.tasks.size()), "task") + "\n";
}

Async<> require_mutant(Scope scope, Session& session, const Lesson& lesson,
                       Implementation implementation) {
  if (implementation.select.empty()) co_return;
  std::vector<std::string> names;
  const std::vector<Mutant> mutants = co_await session.judge.mutants(scope, lesson.name);
  for (const Mutant& mutant : mutants) {
    names.push_back((mutant.bug ? "bug:" : "variant:") + mutant.name);
  }
  if (std::find(names.begin(), names.end(), implementation.name) != names.end()) co_return;
  const std::vector<std::string> near = nearest(implementation.name, names);
  throw Problem(lesson.name + " has no " + printable(implementation.name) +
                ". There is: " + join(near.empty() ? names : near));
}

Async<std::vector<Verdict>> judge_lessons(Scope scope, Session& session,
                                          std::vector<const Lesson*> lessons, Arguments arguments) {
  const Slots slots(processor_count());
  std::vector<Async<Verdict>> jobs;
  for (const Lesson* lesson : lessons) {
    jobs.push_back(judge_one(scope, session, slots, *lesson, arguments));
  }
  std::vector<Verdict> verdicts;
  for (Async<Verdict>& job : jobs) {
    Verdict verdict = co_await std::move(job);
    verdicts.push_back(std::move(verdict));
  }
  co_return verdicts;
}

Async<int> run_command(Session& session, Arguments arguments) {
  const Scope scope;
  const std::vector<const Lesson*> lessons = find_lessons(session.course, arguments.lessons);
  std::vector<Verdict> verdicts = co_await judge_lessons(scope, session, lessons, arguments);
  if (arguments.json) {
    for (Verdict& verdict : verdicts) {
      session.state.record(verdict);
      co_await session.judge.explain(scope, verdict, arguments.timeout);
      if (arguments.speed) co_await grade_speed(scope, session, verdict);
    }
    say(render_json(verdicts));
  } else if (verdicts.size() == 1) {
    co_await tell(scope, session, verdicts.front(), arguments);
  } else {
    co_await tell_all(scope, session, verdicts, arguments);
  }
  if (!arguments.junit.empty()) write_junit(arguments.junit, verdicts);
  const bool passed = std::all_of(verdicts.begin(), verdicts.end(), [](const Verdict& verdict) {
    return verdict.passed() && verdict.fast();
  });
  co_return passed ? 0 : 1;
}

}  // namespace qkoan
