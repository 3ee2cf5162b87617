#include "check_command.hpp"

#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "check_report.hpp"
#include "files.hpp"
#include "problem.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

constexpr int kWideReport = 120;  // of a file: nobody sees its edge

double now() { return static_cast<double>(uv_hrtime()) / 1e9; }

/// Somebody to judge, with the row that it gets.
struct Subject {
  CheckRow row;
  Implementation implementation;
  std::vector<std::string> changed;  ///< the tasks whose functions are not the usual ones
};

/// A line at the bottom that says how far we are, where somebody looks.
class Progress {
 public:
  explicit Progress(bool quiet) : shown_(!quiet && is_terminal(STDERR_FILENO)) {}

  void begin(const std::string& lesson, std::size_t runs) {
    lesson_ = lesson;
    total_ = runs;
    done_ = 0;
  }
  void step() {
    ++done_;
    if (!shown_ || now() - drawn_ < 0.05) return;
    drawn_ = now();
    std::fprintf(stderr, "\r\x1b[K%s: %zu of %zu runs", lesson_.c_str(), done_, total_);
  }
  void clear() const {
    if (shown_) std::fputs("\r\x1b[K", stderr);
  }

 private:
  bool shown_;
  std::string lesson_;
  std::size_t total_ = 0;
  std::size_t done_ = 0;
  double drawn_ = 0;
};

/// One run of the suite on one subject.
struct Trial {
  std::uint64_t seed = 0;
  bool good = false;
  std::string killer;  ///< the first failure
  double seconds = 0;
};

/// The first failed check of a run, whether the suite or the grader saw it fail: "2 few_elements".
std::string first_failure(const SuiteRun& run, const Lesson& lesson) {
  const auto name = [&](const std::string& task, const std::string& check) {
    return std::to_string(lesson.number_of(task)) + " " + check;
  };
  for (const TaskResult& result : run.results) {
    if (result.result == Result::kFailed) return name(result.task, result.check);
  }
  if (run.ended) return "";
  if (run.task.empty()) return "cannot be loaded";
  return name(run.task, run.check) + ", " + cause_of_death(run).kind;
}

/// What to run for one subject, and what must come of it.
struct Plan {
  const Lesson* lesson = nullptr;
  std::string kind;
  std::vector<std::string> all;      ///< every task of the lesson
  std::vector<std::string> changed;  ///< the tasks that can tell this one apart; empty: all
};

bool has_passed(const SuiteRun& run, const std::string& task) {
  return std::any_of(run.results.begin(), run.results.end(), [&](const TaskResult& one) {
    return one.task == task && one.result == Result::kPassed;
  });
}

/// Whether a run of these tasks ended as it must for this kind of implementation.
bool as_it_must(const Plan& plan, const SuiteRun& run, const std::vector<std::string>& tasks) {
  if (plan.kind == "bug") return run.started && !first_failure(run, *plan.lesson).empty();
  const auto passed = [&](const std::string& task) { return has_passed(run, task); };
  if (plan.kind == "stub") return run.ended && std::none_of(tasks.begin(), tasks.end(), passed);
  return run.ended && std::all_of(tasks.begin(), tasks.end(), passed);
}

/// One seed. A bug dies as soon as the tasks of its own functions reject it; if they do not, the
/// whole suite has its say. A variant meets the whole suite with the first seed.
Async<Trial> try_once(Scope scope, Slots slots, Plan plan, SuiteRequest request, bool first,
                      std::shared_ptr<Progress> progress) {
  const Slots::Slot slot = co_await slots.take();
  Trial trial;
  trial.seed = request.seed;
  const bool whole = plan.changed.empty() || (plan.kind == "variant" && first);
  if (!whole) request.tasks = plan.changed;
  SuiteRun run = co_await run_suite(scope, request);
  trial.seconds = run.outcome.seconds;
  if (plan.kind == "bug" && !whole && first_failure(run, *plan.lesson).empty()) {
    request.tasks.clear();
    run = co_await run_suite(scope, request);
    trial.seconds += run.outcome.seconds;
  }
  trial.killer = first_failure(run, *plan.lesson);
  trial.good = as_it_must(plan, run, request.tasks.empty() ? plan.all : request.tasks);
  progress->step();
  co_return trial;
}

std::string replay(const std::string& lesson, const Subject& subject, std::uint64_t seed) {
  return command_name() + " run " + lesson + " --implementation " + subject.implementation.name +
         " --seed " + std::to_string(seed);
}

void add(const std::string& lesson, Subject& subject, const Trial& trial) {
  CheckRow& row = subject.row;
  ++row.runs;
  row.seconds += trial.seconds;
  if (!trial.killer.empty()) ++row.killed_by[trial.killer];
  if (trial.good) {
    ++row.good;
    return;
  }
  const std::string what = row.kind == "stub"     ? "a task passes"
                           : trial.killer.empty() ? "survived"
                                                  : "failed " + trial.killer;
  row.surprises.push_back({what, replay(lesson, subject, trial.seed)});
}

/// Everybody who is judged in a lesson, and what the lesson lacks.
class Gathering {
 public:
  Gathering(Session& session, const Lesson& lesson, LessonCheck& check)
      : session_(session), lesson_(lesson), check_(check) {}

  Async<std::vector<Subject>> gather(Scope scope) {
    co_await add_stub(scope);
    if (session_.setup.for_students()) co_return std::move(subjects_);
    const std::vector<std::string> levels = solution_levels(session_.setup, lesson_.name);
    if (levels.empty()) check_.problems.push_back("no solution is built that can run here");
    for (const std::string& level : levels) {
      add("solution", level, "our solution", "solution:" + level);
    }
    const std::vector<Mutant> mutants = co_await session_.judge.mutants(scope, lesson_.name);
    for (const bool bugs : {true, false}) {
      for (const Mutant& mutant : mutants) {
        if (mutant.bug != bugs) continue;
        const std::string kind = bugs ? "bug" : "variant";
        add(kind, mutant.name, mutant.about, kind + ":" + mutant.name);
        subjects_.back().changed = tasks_of(mutant);
      }
    }
    co_return std::move(subjects_);
  }

 private:
  void add(const std::string& kind, const std::string& name, const std::string& about,
           const std::string& implementation) {
    Subject subject;
    subject.row.kind = kind;
    subject.row.name = name;
    subject.row.about = about;
    subject.implementation = find_implementation(session_.setup, lesson_, implementation);
    subjects_.push_back(std::move(subject));
  }

  /// The tasks of the functions that a mutant changes; none if one of them is no task.
  std::vector<std::string> tasks_of(const Mutant& mutant) const {
    for (const std::string& function : mutant.functions) {
      if (lesson_.number_of(function) == 0) return {};
    }
    return mutant.functions;
  }

  Async<> add_stub(Scope scope) {
    CompileRequest request{lesson_.name, session_.setup.stub(lesson_.name), "stub", false};
    const Compilation stub = co_await compile(scope, session_.setup, std::move(request));
    if (!stub.succeeded) {
      check_.problems.push_back("the stub does not compile: " + stub.diagnostics.front().text);
      co_return;
    }
    add("stub", "stub", "what students begin with", "stub");
    subjects_.back().implementation.library = stub.library;
  }

  Session& session_;
  const Lesson& lesson_;
  LessonCheck& check_;
  std::vector<Subject> subjects_;
};

const char* heading_of(const std::string& kind) {
  if (kind == "stub") return "the stub must fail";
  if (kind == "solution") return "solutions must pass";
  return kind == "bug" ? "planted bugs must die" : "correct variants must live";
}

/// Judges the subjects of one lesson with all seeds, and prints each row when it is complete.
Async<> check_subjects(Scope scope, Session& session, const Arguments& arguments,
                       LessonCheck& check, const Lesson& lesson, std::vector<Subject>& subjects,
                       std::shared_ptr<Progress> progress) {
  Plan plan;
  plan.lesson = &lesson;
  const std::vector<SuiteTask> tasks = co_await session.judge.tasks(scope, check.lesson);
  for (const SuiteTask& task : tasks) plan.all.push_back(task.name);
  const Slots slots(arguments.jobs > 0 ? arguments.jobs : processor_count());
  progress->begin(check.lesson, subjects.size() * static_cast<std::size_t>(arguments.seeds));
  std::vector<std::vector<Async<Trial>>> trials(subjects.size());
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    plan.kind = subjects[i].row.kind;
    plan.changed = subjects[i].changed;
    SuiteRequest request;
    request.suite = session.setup.suite(check.lesson);
    if (arguments.workers) {
      request.worker = {session.setup.mutants_worker(check.lesson), subjects[i].row.name};
    } else {
      request.implementation = subjects[i].implementation.library;
      request.select = subjects[i].implementation.select;
    }
    request.shrink = false;
    request.brief = true;
    request.limit = arguments.timeout > 0 ? arguments.timeout : kSuiteLimitSeconds;
    for (int k = 0; k < arguments.seeds; ++k) {
      request.seed = *arguments.seed + static_cast<std::uint64_t>(k);
      trials[i].push_back(try_once(scope, slots, plan, request, k == 0, progress));
    }
  }
  const int width = std::max(terminal_width(STDOUT_FILENO, kWideReport), kReportWidth);
  std::string kind;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    for (Async<Trial>& trial : trials[i]) {
      const Trial result = co_await std::move(trial);
      add(check.lesson, subjects[i], result);
    }
    const CheckRow& row = subjects[i].row;
    check.rows.push_back(row);
    if (arguments.json) continue;
    progress->clear();
    if (row.kind != kind) say(session.style.dim(std::string("  ") + heading_of(row.kind)) + "\n");
    kind = row.kind;
    say(render_row(row, width, session.style));
  }
}

Async<LessonCheck> check_lesson(Scope scope, Session& session, const Arguments& arguments,
                                const Lesson& lesson, std::shared_ptr<Progress> progress) {
  LessonCheck check;
  const double start = now();
  check.lesson = lesson.name;
  check.label = lesson.label();
  check.title = lesson.title;
  co_await session.builder.prepare(scope, lesson.name);
  if (!arguments.json) {
    progress->clear();
    say(session.style.bold(check.label + " " + check.lesson) + "  " +
        session.style.dim(printable(check.title)) + "\n");
  }
  Gathering gathering(session, lesson, check);
  std::vector<Subject> subjects = co_await gathering.gather(scope);
  if (arguments.workers) {
    co_await session.builder.prepare_mutants_worker(scope, lesson.name);
    std::erase_if(subjects, [](const Subject& one) { return one.implementation.select.empty(); });
  }
  co_await check_subjects(scope, session, arguments, check, lesson, subjects, progress);
  check.seconds = now() - start;
  progress->clear();
  if (!arguments.json) say(session.style.dim("  " + duration(check.seconds)) + "\n\n");
  co_return check;
}

/// What a student edition has to leave to the course itself.
std::string what_is_not_checked(const Setup& setup) {
  if (!setup.for_students()) return "";
  std::string text;
  for (const std::string& line :
       wrap("Stubs only: this is the student edition (" + setup.student_edition +
                "). Solutions, planted bugs and correct variants are not in it, and were checked "
                "where it was made.",
            kReportWidth))
    text += line + "\n";
  return text;
}

}  // namespace

Async<int> check_command(Session& session, Arguments arguments) {
  const Scope scope;
  if (arguments.workers && session.setup.for_students())
    refuse_for_students(session.setup, "planted bugs and correct variants");
  if (!arguments.seed) arguments.seed = fresh_seed();
  const std::vector<const Lesson*> lessons = find_lessons(session.course, arguments.lessons);
  const double start = now();
  const auto progress = std::make_shared<Progress>(arguments.json);
  std::vector<LessonCheck> checks;
  for (const Lesson* lesson : lessons) {
    LessonCheck check = co_await check_lesson(scope, session, arguments, *lesson, progress);
    checks.push_back(std::move(check));
  }
  const double seconds = now() - start;
  say(arguments.json ? render_check_json(checks, arguments.seeds, seconds)
                     : render_check_summary(checks, arguments.seeds, seconds, session.style) +
                           what_is_not_checked(session.setup));
  if (!arguments.junit.empty()) {
    const std::string error = write_atomically(arguments.junit, render_check_junit(checks));
    if (!error.empty())
      throw Problem("--junit: cannot write \"" + arguments.junit + "\": " + error);
  }
  const bool sound = std::all_of(checks.begin(), checks.end(),
                                 [](const LessonCheck& check) { return check.sound(); });
  co_return sound ? 0 : 1;
}

}  // namespace qkoan
