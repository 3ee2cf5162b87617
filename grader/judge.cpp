#include "judge.hpp"

#include <algorithm>
#include <csignal>
#include <random>
#include <set>

#include "known_mistakes.hpp"
#include "problem.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

constexpr double kSanitizedLimitSeconds = 10;
constexpr int kSanitizerExit = 86;  // set in find_sanitizers()

double limit_of(const JudgeRequest& request) {
  if (request.limit > 0) return request.limit;
  return request.sanitized ? kSanitizedLimitSeconds : kSuiteLimitSeconds;
}

/// Names and order come from the course, checks from the suite; neither hides a task of the other.
std::vector<TaskVerdict> empty_verdicts(const Lesson& lesson, const std::vector<SuiteTask>& suite,
                                        const std::vector<std::string>& asked) {
  std::vector<TaskVerdict> result;
  const auto add = [&](const CourseTask& known) {
    TaskVerdict task;
    task.number = static_cast<int>(result.size()) + 1;
    task.title = known.title;
    task.of.task = known.name;
    task.asked = asked.empty() || std::find(asked.begin(), asked.end(), known.name) != asked.end();
    task.points = known.points;
    task.speed_points = known.speed_points;
    result.push_back(std::move(task));
  };
  for (const CourseTask& task : lesson.tasks) add(task);
  for (const SuiteTask& task : suite) {
    if (lesson.number_of(task.name) == 0) add({task.name, task.name, {}});
  }
  return result;
}

TaskVerdict* find(Verdict& verdict, const std::string& task) {
  for (TaskVerdict& candidate : verdict.tasks) {
    if (candidate.of.task == task) return &candidate;
  }
  return nullptr;
}

/// A task that was asked for and that no suite has decided yet.
bool undecided(const TaskVerdict& task) {
  return task.asked && task.of.result == Result::kNotRun && task.of.because.empty();
}

void take_over(Verdict& verdict, const SuiteRun& run) {
  for (const TaskResult& result : run.results) {
    TaskVerdict* task = find(verdict, result.task);
    if (task && task->of.result != Result::kFailed) task->of = result;
  }
}

/// The suite died before it could judge anything.
std::string stillborn(const SuiteRun& run) {
  if (run.outcome.exit_code == 2) return trim(printable(run.outcome.errors));
  const Failure cause = cause_of_death(run);
  return "Loading it already failed: " + cause.message +
         ". Global variables are set up at that moment.";
}

/// Books the death of a run on the task in which it happened.
void record_death(Verdict& verdict, const SuiteRun& run) {
  TaskVerdict* task = find(verdict, run.task);
  if (!task) {
    verdict.broken = stillborn(run);
    return;
  }
  task->of = TaskResult{};
  task->of.task = run.task;
  task->of.result = Result::kFailed;
  task->of.check = run.check;
  task->of.failure = cause_of_death(run);
  const bool reported = verdict.sanitized && run.outcome.exit_code == kSanitizerExit;
  if (!reported || verdict.finding) return;
  verdict.finding = read_sanitizer_report(run.outcome.errors, verdict.source);
  task->of.failure.kind = "crashed";
  task->of.failure.message = verdict.finding->what.empty()
                                 ? "a sanitizer stopped your program"
                                 : "your program " + verdict.finding->what;
}

void describe_checks(Verdict& verdict, const std::vector<SuiteTask>& suite) {
  for (TaskVerdict& task : verdict.tasks) {
    for (const SuiteTask& known : suite) {
      if (known.name != task.of.task) continue;
      for (const SuiteCheck& check : known.checks) {
        if (check.name == task.of.check) task.description = check.description;
      }
    }
  }
}

/// A task that the suite never mentioned was not run because of something that it needs.
void find_reasons(Verdict& verdict, const std::vector<SuiteTask>& suite) {
  for (TaskVerdict& task : verdict.tasks) {
    if (!undecided(task)) continue;
    for (const SuiteTask& known : suite) {
      if (known.name != task.of.task) continue;
      for (const std::string& need : known.needs) {
        const TaskVerdict* needed = find(verdict, need);
        if (needed && needed->of.result != Result::kPassed) task.of.because = need;
      }
    }
  }
}

/// Only what the user asked for is shown, and what that builds on.
void drop_unasked(Verdict& verdict) {
  std::set<std::string> wanted;
  for (auto task = verdict.tasks.rbegin(); task != verdict.tasks.rend(); ++task) {
    const bool run = task->of.result != Result::kNotRun;
    if (task->asked || run || wanted.contains(task->of.task)) wanted.insert(task->of.task);
    if (wanted.contains(task->of.task)) wanted.insert(task->of.because);
  }
  std::erase_if(verdict.tasks,
                [&](const TaskVerdict& task) { return !wanted.contains(task.of.task); });
}

}  // namespace

Async<Verdict> Judge::judge(Scope scope, const Lesson& lesson, JudgeRequest request) {
  Verdict verdict;
  verdict.lesson = lesson.name;
  verdict.lesson_label = lesson.label();
  verdict.lesson_title = lesson.title;
  verdict.implementation = request.implementation.name;
  verdict.source = request.implementation.source;
  verdict.sanitized = request.sanitized;
  verdict.complement = request.implementation.complement;
  verdict.seed = request.seed ? *request.seed : fresh_seed();

  if (!verdict.source.empty() && !std::filesystem::exists(verdict.source)) {
    verdict.broken = setup_.shown(verdict.source) + " is missing. This brings it back:\n" +
                     command_name() + " reset " + lesson.name;
    co_return verdict;
  }
  SuiteRequest run;
  if (request.sanitized) run.environment = co_await sanitizer_environment(scope);
  Async<std::vector<SuiteTask>> listing = tasks(scope, lesson.name);  // while the compiler works
  if (request.compilation) {
    verdict.compilation = request.compilation;
    run.worker = request.worker;
    run.processor = request.processor;
    run.user = request.user;
    run.deadline = request.deadline;
  } else if (!verdict.source.empty()) {
    CompileRequest source{lesson.name, verdict.source, request.implementation.purpose,
                          request.sanitized};
    verdict.compilation = co_await compile(scope, setup_, std::move(source));
    run.implementation = verdict.compilation->library;
  } else {
    run.implementation = request.implementation.library;
  }
  const std::vector<SuiteTask> suite = co_await listing;
  verdict.tasks = empty_verdicts(lesson, suite, request.tasks);
  if (!verdict.compiled()) co_return verdict;

  run.suite = setup_.suite(lesson.name);
  run.complement = request.implementation.complement;
  run.select = request.implementation.select;
  if (run.select.empty()) verdict.library = run.implementation;
  run.seed = verdict.seed;
  run.tasks = request.tasks;
  run.shrink = request.shrink;
  run.limit = limit_of(request);
  co_await run_to_the_end(scope, verdict, std::move(run));
  describe_checks(verdict, suite);
  find_reasons(verdict, suite);
  drop_unasked(verdict);
  co_return verdict;
}

Async<std::vector<std::string>> Judge::sanitizer_environment(Scope scope) {
  SanitizerRuntime runtime = co_await find_sanitizers(scope, setup_);
  if (!runtime.unavailable.empty()) {
    throw Problem("--sanitize is not possible: " + runtime.unavailable + ".");
  }
  co_return std::move(runtime.environment);
}

/// A crash ends a suite's process, not the verdict: the suite runs again without the dead task.
Async<> Judge::run_to_the_end(Scope scope, Verdict& verdict, SuiteRequest request) {
  const double deadline = request.deadline;
  for (std::size_t attempt = 0; attempt <= verdict.tasks.size(); ++attempt) {
    const SuiteRun run = co_await run_suite(scope, request);
    verdict.judge_seconds += run.outcome.seconds;
    if (attempt == 0) {
      verdict.printed = run.outcome.output + (run.outcome.exit_code == 2 ? "" : run.outcome.errors);
      if (verdict.sanitized) verdict.printed = before_sanitizer_report(verdict.printed);
    }
    take_over(verdict, run);
    if (run.ended) co_return;
    record_death(verdict, run);
    if (!verdict.broken.empty()) co_return;
    request.failed.clear();
    for (const TaskVerdict& task : verdict.tasks) {
      if (task.of.result == Result::kFailed) request.failed.push_back(task.of.task);
    }
    if (std::none_of(verdict.tasks.begin(), verdict.tasks.end(), undecided)) co_return;
    if (deadline == 0) continue;
    request.deadline = deadline - verdict.judge_seconds;
    if (request.deadline <= 0) co_return;
  }
}

bool Judge::explainable(const Verdict& verdict) {
  const TaskVerdict* task = verdict.headline();
  if (!task) return false;
  const Failure& failure = task->of.failure;
  const bool crashed = failure.kind == "crashed" && !verdict.sanitized && !verdict.source.empty();
  return crashed || (!failure.unsolved() && failure.trace.has_value());
}

Async<bool> Judge::explain(Scope scope, Verdict& verdict, double limit) {
  const TaskVerdict* task = verdict.headline();
  if (!task || !explainable(verdict)) co_return false;
  if (task->of.failure.kind == "crashed") {
    verdict.finding = co_await find_crash(scope, verdict, *task, limit);
    co_return true;
  }
  if (verdict.implementation.starts_with("bug:")) co_return false;
  const std::optional<Mutant> bug = co_await find_bug(scope, verdict, task->of);
  if (bug) verdict.misconception = Misconception{bug->name, bug->about};
  co_return bug.has_value();
}

/// The planted bug with the student's numbers, among the bugs themselves or what is known of them.
Async<std::optional<Mutant>> Judge::find_bug(Scope scope, const Verdict& verdict,
                                             TaskResult failed) {
  if (setup_.for_students()) {
    SuiteRequest run;
    run.suite = setup_.suite(verdict.lesson);
    run.implementation = verdict.library;
    run.complement = verdict.complement;
    run.limit = verdict.sanitized ? kSanitizedLimitSeconds : kSuiteLimitSeconds;
    if (verdict.sanitized) run.environment = co_await sanitizer_environment(scope);
    co_return co_await recognise(scope, setup_.known_mistakes(verdict.lesson), std::move(run),
                                 failed.task);
  }
  const std::vector<Mutant> known = co_await mutants(scope, verdict.lesson);
  DiagnoseRequest request;
  request.suite = setup_.suite(verdict.lesson);
  request.mutants = setup_.mutants(verdict.lesson);
  request.seed = verdict.seed;
  request.failed = std::move(failed);
  request.known = known_failures_;
  co_return co_await diagnose(scope, known, std::move(request));
}

/// Builds the file again with sanitizers and repeats the check that crashed.
Async<Finding> Judge::find_crash(Scope scope, const Verdict& verdict, const TaskVerdict& task,
                                 double limit) {
  Finding finding;
  SanitizerRuntime runtime = co_await find_sanitizers(scope, setup_);
  finding.unavailable = runtime.unavailable;
  if (!finding.unavailable.empty()) co_return finding;
  CompileRequest source{verdict.lesson, verdict.source,
                        verdict.implementation.empty() ? "" : "implementation", true};
  const Compilation compilation = co_await compile(scope, setup_, std::move(source));
  if (!compilation.succeeded) {
    finding.unavailable = "it does not compile with sanitizers";
    co_return finding;
  }
  SuiteRequest request;
  request.suite = setup_.suite(verdict.lesson);
  request.implementation = compilation.library;
  request.seed = verdict.seed;
  request.check = task.of.task + "/" + task.of.check;
  request.limit = std::max(limit, kSanitizedLimitSeconds);
  request.environment = std::move(runtime.environment);
  SuiteRun run = co_await run_suite(scope, request);
  if (run.outcome.signal == SIGSEGV) {
    request.environment = std::move(runtime.environment_without_stack);
    run = co_await run_suite(scope, std::move(request));
  }
  finding = read_sanitizer_report(run.outcome.errors, verdict.source);
  if (finding.what.empty()) {
    finding.unavailable = "built with sanitizers, the same check does not crash";
  }
  co_return finding;
}

Async<std::vector<SuiteTask>> Judge::tasks(Scope scope, std::string lesson) {
  if (!tasks_.contains(lesson)) {
    std::vector<SuiteTask> listed = co_await list_tasks(scope, setup_.suite(lesson));
    tasks_[lesson] = std::move(listed);
  }
  co_return tasks_[lesson];
}

Async<std::vector<Mutant>> Judge::mutants(Scope scope, std::string lesson) {
  if (!mutants_.contains(lesson)) {
    std::vector<Mutant> listed =
        co_await list_mutants(scope, setup_.suite(lesson), setup_.mutants(lesson));
    mutants_[lesson] = std::move(listed);
  }
  co_return mutants_[lesson];
}

std::uint64_t fresh_seed() {
  return std::random_device{}();  // 32 bits are enough, and short enough to read out aloud
}

std::string replay_command(const Verdict& verdict, const TaskVerdict& task) {
  const std::string seed = " --seed " + std::to_string(verdict.seed);
  if (verdict.completed()) {  // `run` would miss the functions that the library lacks
    return command_name() + " verify " + shell_word(verdict.implementation) + " --lesson " +
           verdict.lesson + seed;
  }
  std::string command =
      command_name() + " run " + verdict.lesson + " --task " + task.of.task + seed;
  if (!verdict.implementation.empty())
    command += " --implementation " + shell_word(verdict.implementation);
  if (verdict.sanitized) command += " --sanitize";
  return command;
}

}  // namespace qkoan
