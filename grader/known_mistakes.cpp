#include "known_mistakes.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "files.hpp"
#include "problem.hpp"
#include "seal.hpp"

namespace qkoan {

namespace {

constexpr std::uint64_t kRecordedSeed = 1;

std::string exact(double x) {
  if (std::isnan(x)) return "nan";  // whatever its sign
  char text[40];
  std::snprintf(text, sizeof text, "%a", x + 0.0);  // −0 and 0 are one number
  return text;
}

/// As few digits as a float needs, unless it is none.
std::string shortest(double x) {
  char text[40];
  std::snprintf(text, sizeof text, "%.9g", x);
  return std::isnan(x) || std::strtod(text, nullptr) == x ? text : exact(x);
}

/// What only who fails there knows.
std::string secret_of(const TaskResult& failed) {
  std::string secret = failed.task + "/" + failed.check;
  for (const double number : failed.failure.trace->expected) secret += " " + exact(number);
  return secret;
}

/// Whether there are numbers to compare.
bool has_numbers(const TaskResult& result) {
  return result.result == Result::kFailed && result.failure.trace &&
         !result.failure.trace->got.empty();
}

Async<SuiteRun> run_bug(Scope scope, Slots slots, SuiteRequest request) {
  const Slots::Slot slot = co_await slots.take();
  co_return co_await run_suite(scope, std::move(request));
}

/// Where a bug fails, and with which numbers.
struct Record {
  std::string task;
  std::string secret;
  Json content;
};

std::vector<Record> records_of(const Mutant& bug, const SuiteRun& run) {
  std::vector<Record> records;
  for (const TaskResult& result : run.results) {
    if (!has_numbers(result)) continue;
    std::vector<std::string> got;
    for (const double number : result.failure.trace->got) got.push_back(shortest(number));
    Json content = Json::object(
        {{"bug", bug.name}, {"about", bug.about}, {"functions", bug.functions}, {"got", got}});
    records.push_back({result.task, secret_of(result), std::move(content)});
  }
  return records;
}

Json sealed(const std::vector<Record>& records) {
  std::map<std::string, Json> contents;  // by secret
  std::map<std::string, std::string> tasks;
  for (const Record& record : records) {
    contents[record.secret].push(record.content);
    tasks[record.secret] = record.task;
  }
  Json result = Json::object();
  for (const auto& [secret, content] : contents)
    result.member(tasks[secret]).push(seal(content.dump(), secret, Secret::kLong));
  return result;
}

/// The bugs that fail with the same inputs as the student.
Json opened(const Json& records, const TaskResult& failed) {
  const std::string secret = secret_of(failed);
  for (const std::string& one : records[failed.task].texts()) {
    if (const auto content = unseal(one, secret, Secret::kLong)) return parse_json(*content).value;
  }
  return Json::array();
}

std::optional<double> distance_of(const Failure& student, const Json& bug) {
  Failure failure;
  failure.trace = student.trace;
  failure.trace->got.clear();
  for (const std::string& number : bug["got"].texts())
    failure.trace->got.push_back(std::strtod(number.c_str(), nullptr));
  return distance(student, failure);
}

/// The nearest one; bugs of the function that failed come before all others.
std::optional<Mutant> nearest_bug(const Json& bugs, const Failure& student) {
  std::optional<Mutant> best;
  std::pair<bool, double> smallest;
  for (const Json& bug : bugs.items()) {
    const std::optional<double> apart = distance_of(student, bug);
    if (!apart) continue;
    const std::vector<std::string> functions = bug["functions"].texts();
    const bool elsewhere = !functions.empty() && std::find(functions.begin(), functions.end(),
                                                           student.function) == functions.end();
    const std::pair<bool, double> rank(elsewhere, *apart);
    if (best && rank >= smallest) continue;
    best = Mutant{bug["bug"].text(), true, bug["about"].text(), functions};
    smallest = rank;
  }
  return best;
}

}  // namespace

Async<Json> record_mistakes(Scope scope, Session& session, std::string lesson) {
  const std::vector<Mutant> mutants = co_await session.judge.mutants(scope, lesson);
  const Slots slots(processor_count());
  std::vector<Async<SuiteRun>> runs;
  std::vector<Mutant> bugs;
  for (const Mutant& mutant : mutants) {
    if (!mutant.bug) continue;
    SuiteRequest request;
    request.suite = session.setup.suite(lesson);
    request.implementation = session.setup.mutants(lesson);
    request.select = mutant.name;
    request.seed = kRecordedSeed;
    runs.push_back(run_bug(scope, slots, std::move(request)));
    bugs.push_back(mutant);
  }
  std::vector<Record> records;
  for (std::size_t i = 0; i < bugs.size(); ++i) {
    const SuiteRun run = co_await std::move(runs[i]);
    for (Record& record : records_of(bugs[i], run)) records.push_back(std::move(record));
  }
  co_return Json::object({{"seed", std::to_string(kRecordedSeed)}, {"records", sealed(records)}});
}

Async<std::optional<Mutant>> recognise(Scope scope, std::filesystem::path records, SuiteRequest run,
                                       std::string task) {
  const Json known = parse_json(read_file(records).value_or("")).value;
  run.seed = std::strtoull(known["seed"].text().c_str(), nullptr, 10);
  run.tasks = {task};
  const SuiteRun repeated = co_await run_suite(scope, std::move(run));
  for (const TaskResult& result : repeated.results) {
    if (result.task == task && has_numbers(result))
      co_return nearest_bug(opened(known["records"], result), result.failure);
  }
  co_return std::nullopt;
}

}  // namespace qkoan
