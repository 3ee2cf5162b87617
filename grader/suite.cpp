#include "suite.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>

#include "json.hpp"
#include "problem.hpp"
#include "text.hpp"

namespace qkoan {

namespace fs = std::filesystem;

namespace {

constexpr double kListLimitSeconds = 30;

/// Takes in one event.
void receive(SuiteRun& run, const Json& event) {
  const std::string kind = event["event"].text();
  TaskResult result;
  result.task = event["task"].text();
  if (kind == "start") {
    run.started = true;
  } else if (kind == "task") {
    run.task = result.task;
    run.check.clear();
  } else if (kind == "check") {
    run.task = result.task;
    run.check = event["check"].text();
  } else if (kind == "failed") {
    result.result = Result::kFailed;
    result.check = event["check"].text();
    result.failure = read_failure(event["failure"]);
    run.results.push_back(std::move(result));
  } else if (kind == "passed") {
    result.result = Result::kPassed;
    result.checks = event["checks"].whole();
    result.cases = event["cases"].whole();
    if (event["worst"].is_number()) result.worst = event["worst"].number();
    if (event["ulps"].is_number()) result.ulps = event["ulps"].number();
    run.results.push_back(std::move(result));
  } else if (kind == "not_run") {
    result.because = event["because"].text();
    run.results.push_back(std::move(result));
  } else if (kind == "property") {
    PropertyResult property{
        result.task, event["check"].text(), event["cases"].whole(), event["holds"].flag(), {}};
    const bool failed = !run.results.empty() && run.results.back().task == property.task &&
                        run.results.back().check == property.check;
    if (failed) property.failure = run.results.back().failure;
    run.properties.push_back(std::move(property));
  } else if (kind == "fault") {
    run.task = event["task"].text(run.task);
    run.check = event["check"].text(run.check);
    run.fault = read_failure(event["failure"]);
  } else if (kind == "end") {
    run.ended = true;
  }
}

Command suite_call(const SuiteRequest& request) {
  Command command;
  command.arguments = {request.suite, "--events", "3", "--seed", std::to_string(request.seed)};
  const auto add = [&](const char* option, const std::string& value) {
    command.arguments.insert(command.arguments.end(), {option, value});
  };
  if (request.worker.empty()) add("--implementation", request.implementation);
  if (!request.complement.empty()) add("--complement", request.complement);
  if (!request.select.empty()) add("--select", request.select);
  for (const std::string& task : request.tasks) add("--task", task);
  if (!request.check.empty()) add("--check", request.check);
  for (const std::string& task : request.failed) add("--failed", task);
  if (request.properties) command.arguments.emplace_back("--properties");
  if (request.cases > 0) add("--cases", std::to_string(request.cases));
  if (!request.shrink) command.arguments.emplace_back("--no-shrink");
  if (!request.worker.empty()) {
    command.arguments.emplace_back("--");
    command.arguments.insert(command.arguments.end(), request.worker.begin(), request.worker.end());
  }
  command.environment = bare_environment();
  command.environment.insert(command.environment.end(), request.environment.begin(),
                             request.environment.end());
  command.confined = request.environment.empty();  // sanitizers reserve terabytes of addresses
  command.limit = request.limit;
  command.deadline = request.deadline;
  command.processor = request.processor;
  command.user = request.user;
  return command;
}

/// An event without the failure itself, whose numbers fill most of the line.
std::string without_failure(std::string_view line) {
  const std::size_t failure = line.find(R"(,"failure":{)");
  return failure == std::string_view::npos ? std::string(line)
                                           : std::string(line.substr(0, failure)) + "}";
}

}  // namespace

Async<SuiteRun> run_suite(Scope scope, SuiteRequest request) {
  SuiteRun result;
  result.limit = request.limit;
  Command command = suite_call(request);
  command.on_event = [&result, brief = request.brief](std::string_view line) {
    receive(result, parse_json(brief ? without_failure(line) : line).value);
  };
  result.outcome = co_await run(scope, std::move(command));
  result.late = request.deadline > 0 && result.outcome.seconds >= request.deadline;
  if (!result.outcome.start_error.empty()) {
    throw Problem("The suite " + request.suite.string() +
                  " cannot be started: " + result.outcome.start_error);
  }
  co_return result;
}

std::string signal_in_words(const std::string& name) {
  if (name == "SIGSEGV" || name == "SIGBUS") return "touched memory that is not yours";
  if (name == "SIGFPE") return "divided an integer by zero";
  if (name == "SIGILL") return "ran an instruction that this processor does not have";
  if (name == "SIGABRT") return "gave up: abort(), a failed assert, or an exception nobody caught";
  if (name == "SIGKILL") return "was killed, perhaps because it used up the memory";
  return "was ended by the signal " + name;
}

Failure cause_of_death(const SuiteRun& run) {
  Failure failure;
  if (run.fault) {
    failure = *run.fault;
    failure.kind = "crashed";
    if (failure.message.empty())
      failure.message = "your program " + signal_in_words(failure.signal);
  } else if (run.outcome.timed_out) {
    failure.kind = "hung";
    failure.message = run.late ? "too slow: the time for all tasks is over"
                               : "no answer after " + duration(run.limit) + ": an endless loop?";
  } else if (run.outcome.signal != 0) {
    const char* name = sigabbrev_np(run.outcome.signal);
    failure.kind = "crashed";
    failure.signal = name ? std::string("SIG") + name : std::to_string(run.outcome.signal);
    failure.message = "your program " + signal_in_words(failure.signal);
  } else {
    failure.kind = "exited";
    failure.message = "your program left in the middle of the check, as exit(" +
                      std::to_string(run.outcome.exit_code) + ") does";
  }
  return failure;
}

namespace {

/// What a suite prints for --list or --mutants.
Async<Json> ask(Scope scope, fs::path suite, std::vector<std::string> question) {
  Command command;
  command.arguments = {suite.string()};
  command.arguments.insert(command.arguments.end(), question.begin(), question.end());
  command.environment = bare_environment();
  command.limit = kListLimitSeconds;
  const Outcome outcome = co_await run(scope, std::move(command));
  const std::string call = suite.string() + " " + join(question, " ");
  if (!outcome.succeeded()) {
    const std::string reason = outcome.start_error.empty() ? outcome.errors : outcome.start_error;
    throw Problem("The suite failed: " + call + "\n" + trim(printable(reason)));
  }
  ParsedJson answer = parse_json(outcome.output);
  if (!answer.error.empty()) {
    throw Problem("The suite's answer is not understood: " + call + ": " + printable(answer.error));
  }
  co_return std::move(answer.value);
}

}  // namespace

Async<std::vector<SuiteTask>> list_tasks(Scope scope, fs::path suite) {
  std::vector<std::string> question = {"--list"};
  const Json answer = co_await ask(scope, suite, std::move(question));
  std::vector<SuiteTask> result;
  for (const Json& entry : answer["tasks"].items()) {
    SuiteTask task{entry["task"].text(), {}, entry["needs"].texts()};
    for (const Json& check : entry["checks"].items()) {
      task.checks.push_back(
          {check["check"].text(), check["description"].text(), check["property"].flag()});
    }
    result.push_back(std::move(task));
  }
  if (result.empty()) throw Problem("The suite lists no task: " + suite.string() + " --list");
  co_return result;
}

Async<std::vector<Mutant>> list_mutants(Scope scope, fs::path suite, fs::path library) {
  std::vector<std::string> question = {"--mutants", library.string()};
  const Json answer = co_await ask(scope, suite, std::move(question));
  std::vector<Mutant> result;
  for (const Json& entry : answer["mutants"].items()) {
    result.push_back({entry["name"].text(), entry["kind"].text() != "variant",
                      entry["about"].text(), entry["functions"].texts()});
  }
  co_return result;
}

}  // namespace qkoan
