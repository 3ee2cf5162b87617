#include "benchmarks/support/bench.hpp"

#include <benchmark/benchmark.h>
#include <dlfcn.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "benchmarks/support/machine.hpp"
#include "benchmarks/support/statistics.hpp"

namespace qkoan::bench {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kTurn = 4e-3;         // seconds that a contender has in each round, or one call
constexpr int kLeastRounds = 9;        // for a median with 96 % confidence
constexpr int kMostRounds = 61;        // then the machine is too noisy
constexpr double kMostSeconds = 20;    // of one race, once there are enough rounds
constexpr double kSettled = 0.02;      // doubt about a ratio that is small enough
constexpr double kTooMuchDoubt = 0.1;  // doubt about a ratio that says nothing any more
constexpr int kSlices = 8;             // of the limit, in each round

struct Library {
  std::string name;
  void* handle;
};

struct Contender {
  std::string name;
  void* function;
  int iterations = 1;
  std::vector<double> seconds = {};  // of one call, one of each round
};

/// The limits of the machine, in each round: times of one call.
struct Limits {
  std::vector<double> multiply_add, cycle;
};

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
void register_race(std::vector<Contender>& contenders,
                   const std::function<void(void* function)>& call) {
  benchmark::ClearRegisteredBenchmarks();
  const auto limit = [](benchmark::State& state, const std::function<void()>& f) {
    for (auto _ : state) state.SetIterationTime(least_time(f));
  };
  benchmark::RegisterBenchmark("peak", limit, multiply_and_add)->Iterations(1)->UseManualTime();
  benchmark::RegisterBenchmark("clock", limit, dependent_multiplications)
      ->Iterations(1)
      ->UseManualTime();
  for (const Contender& contender : contenders) {
    const auto turn = [&contender, &call](benchmark::State& state) {
      for (auto _ : state) call(contender.function);
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

/// Medians of a round's ratios: a / b.
Median ratio(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> ratios(a.size());
  for (std::size_t n = 0; n < a.size(); ++n) ratios[n] = a[n] / b[n];
  return median(ratios);
}

bool settled(const std::vector<Contender>& contenders) {
  return std::all_of(contenders.begin(), contenders.end(), [&](const Contender& contender) {
    return ratio(contender.seconds, contenders.front().seconds).doubt() <= kSettled;
  });
}

Limits race_them(std::vector<Contender>& contenders,
                 const std::function<void(void* function)>& call) {
  for (Contender& contender : contenders) {
    const auto once = [&] { call(contender.function); };
    once();  // pages are touched, branches known
    contender.iterations = std::clamp(static_cast<int>(kTurn / seconds(once)), 1, 1 << 20);
  }
  register_race(contenders, call);
  Limits limits;
  double spent = 0;
  for (int round = 0; round < kMostRounds; ++round) {
    if (round >= kLeastRounds && (spent > kMostSeconds || settled(contenders))) break;
    spent += seconds([&] { one_round(contenders, limits); });
  }
  return limits;
}

Json to_json(const Median& m) { return {{"low", m.low}, {"median", m.middle}, {"high", m.high}}; }

Json to_json(const Machine& m) {
  return {{"processor", m.processor},
          {"threads", m.threads},
          {"lanes", m.lanes},
          {"clock", m.clock},
          {"peak", m.peak},
          {"cache_read", m.cache_read},
          {"memory_read", m.memory_read},
          {"memory_write", m.memory_write}};
}

/// x, scaled: how long it takes, in parts of a limit.
Json in_parts(const Median& seconds, double limit) {
  return to_json({seconds.low / limit, seconds.middle / limit, seconds.high / limit});
}

/// What is told of a contender: time, how much longer than the first one, and how near to the limit.
/// The limit is the best of all rounds: a disturbance can only hide it.
Json report(const Contender& contender, const Contender& first, const Work& work,
            const Limits& limits) {
  const Median time = median(contender.seconds), ratios = ratio(contender.seconds, first.seconds);
  Json json{{"name", contender.name},
            {"seconds", to_json(time)},
            {"ratio", to_json(ratios)},
            {"conclusive", ratios.doubt() <= kTooMuchDoubt}};
  if (work.unit == Work::kOperations) {
    const double slice = *std::min_element(limits.multiply_add.begin(), limits.multiply_add.end());
    const double least = slice * work.amount / operations_of_multiply_and_add();
    json["share_of_peak"] = to_json({least / time.high, least / time.middle, least / time.low});
  } else {
    const double cycle = *std::min_element(limits.cycle.begin(), limits.cycle.end());
    json["cycles_per_element"] = in_parts(time, cycle * work.amount);
  }
  return json;
}

}  // namespace

struct Bench::State {
  std::vector<Library> libraries;
  std::vector<std::string> functions;
};

Bench::Bench(int argc, char** argv) : state_(std::make_unique<State>()) {
  CLI::App app("Races implementations of a lesson; prints one line of JSON for each race.");
  std::vector<std::string> libraries;
  app.add_option("--library", libraries, "NAME=FILE.so; others are compared with the first")
      ->required();
  app.add_option("--function", state_->functions, "only this function of the contract");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  for (const std::string& library : libraries) {
    const std::size_t equals = library.find('=');
    void* handle = dlopen(library.c_str() + equals + 1, RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
      std::fprintf(stderr, "%s\n", dlerror());
      std::exit(2);
    }
    state_->libraries.push_back({library.substr(0, equals), handle});
  }
  std::printf("%s\n", Json{{"machine", to_json(measure_machine())}}.dump().c_str());
}

Bench::~Bench() = default;

bool Bench::wants(const std::string& function) const {
  const auto& functions = state_->functions;
  return functions.empty() ||
         std::find(functions.begin(), functions.end(), function) != functions.end();
}

void Bench::race_any(const Course& course, const std::function<void(void* function)>& call) {
  if (!wants(course.function)) return;
  std::vector<Contender> contenders;
  for (const Library& library : state_->libraries) {
    if (void* f = dlsym(library.handle, course.function.c_str())) {
      contenders.push_back({library.name, f});
    }
  }
  if (contenders.empty()) return;
  if (void* f = dlsym(state_->libraries.front().handle, course.twin.c_str());
      f && !course.twin.empty()) {
    contenders.push_back({"scalar", f});
  }
  const Limits limits = race_them(contenders, call);
  Json race{{"function", course.function},
            {"sizes", Json::object()},
            {"about", course.about},
            {"rounds", limits.cycle.size()},
            {"contenders", Json::array()}};
  for (const auto& [name, size] : course.sizes) race["sizes"][name] = size;
  for (const Contender& contender : contenders)
    race["contenders"].push_back(report(contender, contenders.front(), course.work, limits));
  std::printf("%s\n", Json{{"race", race}}.dump().c_str());
  std::fflush(stdout);
}

Numbers::Numbers() : random_(1) {}

Matrix Numbers::matrix(int rows, int cols) {
  std::normal_distribution<float> normal;
  const MutableMatrix m = output(rows, cols);
  for (long e = 0; e < static_cast<long>(rows) * cols; ++e) m.data[e] = normal(random_);
  return m;
}

MutableMatrix Numbers::output(int rows, int cols) {
  memory_.push_back(std::make_unique<float[]>(static_cast<std::size_t>(rows) * cols));
  return {memory_.back().get(), rows, cols};
}

}  // namespace qkoan::bench

int main(int argc, char** argv) {
  qkoan::bench::Bench bench(argc, argv);
  run(bench);
}
