#include "diagnose.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "setup.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

// Shared, because a comparison may outlive a cancelled diagnosis by a moment.
using Shared = std::shared_ptr<const DiagnoseRequest>;

/// As far as what is expected can tell. The first failures of two implementations in one check may
/// be in different cases; then their numbers say nothing of each other.
bool same_inputs(const FailureTrace& a, const FailureTrace& b) {
  const auto same = [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); };
  return std::equal(a.expected.begin(), a.expected.end(), b.expected.begin(), b.expected.end(),
                    same);
}

/// A bug's first failure in the student's check.
Async<std::optional<TaskResult>> first_failure(Scope scope, Mutant mutant, Shared failure) {
  const DiagnoseRequest& request = *failure;
  SuiteRequest suite;
  suite.suite = request.suite;
  suite.implementation = request.mutants;
  suite.select = mutant.name;
  suite.seed = request.seed;
  suite.check = request.failed.task + "/" + request.failed.check;
  suite.limit = kSuiteLimitSeconds;
  const SuiteRun run = co_await run_suite(scope, std::move(suite));
  for (const TaskResult& result : run.results) {
    if (result.result == Result::kFailed) co_return result;
  }
  co_return std::nullopt;
}

/// How far it is from the student's.
Async<std::optional<double>> compare(Scope scope, Slots slots, Mutant mutant, Shared failure) {
  const DiagnoseRequest& request = *failure;
  const TaskResult& failed = request.failed;
  const Slots::Slot slot = co_await slots.take();
  const std::string name = join({request.suite.string(), std::to_string(request.seed), failed.task,
                                 failed.check, mutant.name},
                                "/");
  std::optional<TaskResult> bug;
  if (request.known && request.known->contains(name)) {
    bug = request.known->at(name);
  } else {
    bug = co_await first_failure(scope, mutant, failure);
    if (request.known) request.known->emplace(name, bug);
  }
  const bool same = bug && bug->task == failed.task && bug->check == failed.check;
  co_return same ? distance(failed.failure, bug->failure) : std::nullopt;
}

Async<std::optional<Mutant>> closest(Scope scope, std::vector<Mutant> mutants, Shared failure) {
  const Slots slots(processor_count());
  std::vector<Async<std::optional<double>>> comparisons;
  for (const Mutant& mutant : mutants) {
    comparisons.push_back(compare(scope, slots, mutant, failure));
  }
  std::optional<Mutant> best;
  double smallest = 0;
  for (std::size_t i = 0; i < mutants.size(); ++i) {
    const std::optional<double> apart = co_await std::move(comparisons[i]);
    if (!apart || (best && *apart >= smallest)) continue;
    best = mutants[i];
    smallest = *apart;
  }
  co_return best;
}

}  // namespace

Async<std::optional<Mutant>> diagnose(Scope scope, std::vector<Mutant> mutants,
                                      DiagnoseRequest request) {
  const auto failure = std::make_shared<const DiagnoseRequest>(std::move(request));
  const std::string& function = failure->failed.failure.function;
  std::vector<Mutant> likely;
  std::vector<Mutant> others;
  for (const Mutant& mutant : mutants) {
    if (!mutant.bug) continue;
    const auto& functions = mutant.functions;
    const bool touches = functions.empty() ||
                         std::find(functions.begin(), functions.end(), function) != functions.end();
    (touches ? likely : others).push_back(mutant);
  }
  std::optional<Mutant> found = co_await closest(scope, std::move(likely), failure);
  if (!found) found = co_await closest(scope, std::move(others), failure);
  co_return found;
}

std::optional<double> distance(const Failure& student, const Failure& bug) {
  if (!student.trace || !bug.trace) return std::nullopt;
  const FailureTrace& ours = *student.trace;
  const FailureTrace& theirs = *bug.trace;
  const bool comparable = !ours.got.empty() && ours.name == theirs.name &&
                          ours.rows == theirs.rows && ours.cols == theirs.cols &&
                          ours.got.size() == theirs.got.size() && same_inputs(ours, theirs) &&
                          ours.got.size() == ours.expected.size() &&
                          ours.got.size() == ours.tolerance.size();
  if (!comparable) return std::nullopt;
  double largest = 0;
  for (std::size_t i = 0; i < ours.got.size(); ++i) {
    const double a = ours.got[i];
    const double b = theirs.got[i];
    if ((std::isnan(a) && std::isnan(b)) || a == b) continue;
    if (std::isinf(a) || std::isinf(b)) return std::nullopt;
    const double error = std::abs(a - ours.expected[i]);
    // Where −∞ is expected no error can be measured: wrong numbers may round a little differently.
    const double slack = std::isfinite(error) ? error / 64 : std::ldexp(std::abs(a), -16);
    const double allowed = std::max(2 * ours.tolerance[i], slack);
    const double apart = std::abs(a - b);
    if (!(apart <= allowed)) return std::nullopt;  // written so that NaN is no match
    largest = std::max(largest, apart / allowed);
  }
  return largest;
}

}  // namespace qkoan
