#include "benchmarks/support/watched_race.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <stdexcept>

#include "benchmarks/support/machine.hpp"
#include "benchmarks/support/numbers.hpp"
#include "tests/support/failure.hpp"

namespace qkoan::bench {

namespace {

constexpr double kTurnSeconds = 4e-3;  // of the two that are compared, in each round, or one call
constexpr int kMostCalls = 64;         // in each round
constexpr int kIdleCalls = 101;
constexpr double kLeastSeconds = 1e-9;  // of a call
/// Functions that were judged right differ by roundings, at most a few hundred in a row's largest number.
/// What leaves out work that shows in no judged case differs by more.
constexpr double kFarOff = 1e-4;
/// Whose time is at most so many times ours is fast enough. What a call reads here comes from the memory of
/// another process: where that takes most of the time, ours is not many times as fast as the scalar form.
constexpr double kNearOurs = 1.25;

/// Of this thread, as the system counts it.
double own_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double time_of(const std::function<void()>& call) {
  const double begun = own_seconds();
  call();
  return own_seconds() - begun;
}

/// Seconds of the three, in the same calls.
struct Times {
  double own = 0, ours = 0, scalar = 0;
};

/// Calls in one worker, and what they cost.
class Meter {
 public:
  Meter(Worker& worker, double overhead) : worker_(worker), overhead_(overhead) {
    use_worker(worker_);
    charged_ = worker_seconds();
  }

  /// What the worker has done since the call before is charged, too: it does nothing in between.
  double time_of(const std::function<void()>& call) {
    use_worker(worker_);
    const long calls = remote_function.calls;
    call();
    const double now = worker_seconds(), since = now - charged_;
    charged_ = now;
    const double elsewhere = overhead_ * static_cast<double>(remote_function.calls - calls);
    return std::max(since - elsewhere, kLeastSeconds);
  }

 private:
  Worker& worker_;
  double overhead_, charged_;
};

class Watch {
 public:
  Watch(const WatchedRace& race, Meter own, Meter ours) : race_(race), own_(own), ours_(ours) {}

  /// All three on the same fresh numbers.
  void call_all(Times& times) {
    Numbers::stir_all(surprise_);
    Numbers::save_all(given_);
    times.scalar += time_of(race_.scalar);
    own_first_ = !own_first_;  // who comes first finds the memory in another state
    if (own_first_) times.own += time_on_given(own_);
    times.ours += time_on_given(ours_);
    if (!own_first_) times.own += time_on_given(own_);
    deviation_ = std::max(deviation_, Numbers::deviation_of_all(before_));
    if (!(deviation_ <= kFarOff)) throw Failure{"wrong", "its results are wrong"};
  }

  double deviation() const { return deviation_; }

 private:
  /// What is there is kept: the results of the call before.
  double time_on_given(Meter& meter) {
    Numbers::save_all(before_);
    Numbers::restore_all(given_);
    return meter.time_of(race_.call);
  }

  const WatchedRace& race_;
  Meter own_, ours_;
  bool own_first_ = false;
  double deviation_ = 0;
  Surprise surprise_;
  Numbers::Contents given_, before_;
};

/// Pages are touched, branches known; and how often does a round call?
int rehearse(Watch& watch) {
  Times first, second;
  watch.call_all(first);
  watch.call_all(second);
  const double turn = second.own + second.scalar;
  return static_cast<int>(std::clamp(kTurnSeconds / turn, 1.0, 1.0 * kMostCalls));
}

void one_round(Watch& watch, int calls, std::vector<Contender>& contenders) {
  Times times;
  for (int n = 0; n < calls; ++n) watch.call_all(times);
  const double each[] = {times.own, times.ours, times.scalar};
  for (std::size_t n = 0; n < contenders.size(); ++n)
    contenders[n].seconds.push_back(each[n] / calls);
}

double required_of_round(const std::vector<Contender>& contenders, double required, std::size_t n) {
  return std::min(required, contenders[2].seconds[n] / (kNearOurs * contenders[1].seconds[n]));
}

std::string watched_decision(const std::vector<Contender>& contenders, double required) {
  const std::vector<double>&own = contenders[0].seconds, &scalar = contenders[2].seconds;
  int fast = 0;
  for (std::size_t n = 0; n < own.size(); ++n)
    fast += scalar[n] >= required_of_round(contenders, required, n) * own[n];
  return decision(fast, static_cast<int>(own.size()));
}

void run_watched_rounds(Watch& watch, double required, std::vector<Contender>& contenders) {
  const Rules rules;
  const int calls = rehearse(watch);
  double spent = 0;
  for (int round = 0; round < rules.most; ++round) {
    const bool enough =
        spent > rules.seconds || watched_decision(contenders, required) != "inconclusive";
    if (round >= rules.least && enough) return;
    spent += seconds([&] { one_round(watch, calls, contenders); });
  }
}

}  // namespace

WatchedRaces::WatchedRaces(Workers workers) : workers_(std::move(workers)) { measure_overhead(); }

void WatchedRaces::measure_overhead() {
  ours_ = &start_worker(workers_.ours);
  use_worker(*ours_);
  functions_ = functions_of_worker();
  std::vector<double> times;
  for (int n = 0; n < kIdleCalls; ++n) {
    const double begun = worker_seconds();
    call_nothing();
    times.push_back(worker_seconds() - begun);
  }
  overhead_ = median(times).middle;
}

void WatchedRaces::choose(const std::string& function) {
  const auto found = std::find(functions_.begin(), functions_.end(), function);
  if (found == functions_.end()) throw std::runtime_error("no worker has a function " + function);
  remote_function = {found->c_str(), static_cast<int>(found - functions_.begin()), 0};
}

WatchedResult WatchedRaces::race(const WatchedRace& race) {
  if (!own_) own_ = &start_worker(workers_.own);
  WatchedResult result;
  for (const char* name : {"yours", "ours", "scalar"}) result.contenders.push_back({name, {}});
  Watch watch(race, Meter(*own_, overhead_), Meter(*ours_, overhead_));
  try {
    run_watched_rounds(watch, race.required, result.contenders);
    result.decision = watched_decision(result.contenders, race.required);
    std::vector<double> required;
    for (std::size_t n = 0; n < result.contenders[0].seconds.size(); ++n)
      required.push_back(required_of_round(result.contenders, race.required, n));
    result.required = median(required).middle;
  } catch (const Failure& failure) {
    result.decision = "wrong";
    result.wrong = failure.message;
  }
  result.deviation = watch.deviation();
  return result;
}

}  // namespace qkoan::bench
