#include "benchmarks/support/rounds.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <limits>

#include "benchmarks/support/machine.hpp"

namespace qkoan::bench {

namespace {

constexpr double kTurn = 4e-3;      // seconds that a contender has in each round, or one call
constexpr double kRehearsed = 0.5;  // seconds of a call that is rehearsed
constexpr double kSettled = 0.02;   // doubt about a ratio that is small enough
constexpr int kSlices = 32;         // of the limit, in each round: two milliseconds
constexpr double kChance = 1e-3;    // of a wrong decision, in each round

/// Takes what Google Benchmark measures; prints nothing.
class Collector : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs)
      times.push_back(run.real_accumulated_time / static_cast<double>(run.iterations));
  }
  std::vector<double> times;  ///< seconds of a call, in the order of registration
};

double least_time(const std::function<void()>& f) {
  double least = std::numeric_limits<double>::infinity();
  for (int n = 0; n < kSlices; ++n) least = std::min(least, seconds(f));
  return least;
}

/// All take their turns, once, after the limits.
void register_turns(std::vector<Contender>& contenders) {
  benchmark::ClearRegisteredBenchmarks();
  const auto limit = [](benchmark::State& state, const std::function<void()>& f) {
    for (auto _ : state) state.SetIterationTime(least_time(f));
  };
  benchmark::RegisterBenchmark("peak", limit, multiply_and_add)->Iterations(1)->UseManualTime();
  benchmark::RegisterBenchmark("clock", limit, dependent_multiplications)
      ->Iterations(1)
      ->UseManualTime();
  for (const Contender& contender : contenders) {
    const auto turn = [&contender](benchmark::State& state) {
      for (auto _ : state) contender.call();
    };
    benchmark::RegisterBenchmark(contender.name.c_str(), turn)
        ->Iterations(contender.iterations)
        ->UseRealTime();
  }
}

void one_round(std::vector<Contender>& contenders, Limits& limits) {
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  limits.multiply_add.push_back(collector.times.at(0));
  limits.cycle.push_back(collector.times.at(1) / cycles_of_dependent_multiplications());
  for (std::size_t n = 0; n < contenders.size(); ++n)
    contenders[n].seconds.push_back(collector.times.at(n + 2));
}

/// Pages are touched, branches known; and how often does a turn call?
void rehearse(Contender& contender) {
  const double first = seconds(contender.call);
  if (first > kRehearsed) return;
  contender.iterations = std::clamp(static_cast<int>(kTurn / seconds(contender.call)), 1, 1 << 20);
}

}  // namespace

Limits run_rounds(std::vector<Contender>& contenders, const Rules& rules) {
  if (rules.least > 1) std::for_each(contenders.begin(), contenders.end(), rehearse);
  register_turns(contenders);
  Limits limits;
  double spent = 0;
  for (int round = 0; round < rules.most; ++round) {
    if (round >= rules.least && (spent > rules.seconds || rules.settled())) break;
    spent += seconds([&] { one_round(contenders, limits); });
  }
  return limits;
}

Median ratio(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> ratios(a.size());
  for (std::size_t n = 0; n < a.size(); ++n) ratios[n] = a[n] / b[n];
  return median(ratios);
}

bool known(const std::vector<Contender>& contenders) {
  return std::all_of(contenders.begin(), contenders.end(), [&](const Contender& contender) {
    return ratio(contender.seconds, contenders.front().seconds).doubt() <= kSettled;
  });
}

// Of the rounds' ratios, more than half would be on one side. Each side is believed when chance would
// do the same once in a thousand.
std::string decision(int fast, int rounds) {
  if (coin_tail(fast, rounds) <= kChance) return "fast";
  return coin_tail(rounds - fast, rounds) <= kChance ? "slow" : "inconclusive";
}

std::string decision(const std::vector<Contender>& contenders, double required) {
  const std::vector<double>& own = contenders.front().seconds;
  const std::vector<double>& twin = contenders.back().seconds;
  const int rounds = static_cast<int>(own.size());
  int fast = 0;
  for (int n = 0; n < rounds; ++n) fast += twin[n] >= required * own[n];
  return decision(fast, rounds);
}

}  // namespace qkoan::bench
