#include "benchmarks/support/bench.hpp"

#include <benchmark/benchmark.h>
#include <dlfcn.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
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
constexpr double kChance = 1e-3;       // of a wrong decision, in each round

struct Library {
  std::string name;
  void* handle;
  bool introduced = false;
};

struct Contender {
  std::string name;
  std::function<void()> call;
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
void register_race(std::vector<Contender>& contenders) {
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

/// Medians of a round's ratios: a / b.
Median ratio(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> ratios(a.size());
  for (std::size_t n = 0; n < a.size(); ++n) ratios[n] = a[n] / b[n];
  return median(ratios);
}

/// Whether all ratios are known well enough.
bool settled(const std::vector<Contender>& contenders) {
  return std::all_of(contenders.begin(), contenders.end(), [&](const Contender& contender) {
    return ratio(contender.seconds, contenders.front().seconds).doubt() <= kSettled;
  });
}

/// Whether the first contender is so many times as fast as the last: of the rounds' ratios, more than
/// half would be on one side. Each side is believed when chance would do the same once in a thousand.
std::string decision(const std::vector<Contender>& contenders, double required) {
  const std::vector<double>& own = contenders.front().seconds;
  const std::vector<double>& twin = contenders.back().seconds;
  const int rounds = static_cast<int>(own.size());
  int fast = 0;
  for (int n = 0; n < rounds; ++n) fast += twin[n] >= required * own[n];
  if (coin_tail(fast, rounds) <= kChance) return "fast";
  return coin_tail(rounds - fast, rounds) <= kChance ? "slow" : "inconclusive";
}

/// Rounds until `enough` says so; at least so many that a median has a range.
Limits run_rounds(std::vector<Contender>& contenders, const std::function<bool()>& enough) {
  for (Contender& contender : contenders) {
    contender.call();  // pages are touched, branches known
    contender.iterations =
        std::clamp(static_cast<int>(kTurn / seconds(contender.call)), 1, 1 << 20);
  }
  register_race(contenders);
  Limits limits;
  double spent = 0;
  for (int round = 0; round < kMostRounds; ++round) {
    if (round >= kLeastRounds && (spent > kMostSeconds || enough())) break;
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

void* open(const std::string& library) {
  void* const handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    std::exit(2);
  }
  return handle;
}

/// What a library says of itself, once: its version, and settings that matter for its speed.
void introduce(Library& library, Json& news) {
  if (std::exchange(library.introduced, true)) return;
  const auto about = reinterpret_cast<const char* (*)()>(dlsym(library.handle, "qkoan_about"));
  if (about != nullptr) news.push_back({{"name", library.name}, {"about", about()}});
}

}  // namespace

struct Bench::State {
  std::vector<Library> libraries;
  std::vector<std::string> functions;
  void* twins = nullptr;                 // the library whose scalar functions are compared with
  std::map<std::string, double> graded;  // function, and how many times as fast as its twin

  bool wants(const Course& course) const {
    if (!graded.empty()) return course.graded && graded.contains(course.function);
    return functions.empty() ||
           std::find(functions.begin(), functions.end(), course.function) != functions.end();
  }
};

Bench::Bench(int argc, char** argv) : state_(std::make_unique<State>()) {
  CLI::App app("Races implementations of a lesson; prints one line of JSON for each race.");
  std::vector<std::string> libraries;
  app.add_option("--library", libraries, "NAME=FILE.so; others are compared with the first")
      ->required();
  app.add_option("--function", state_->functions, "only this function of the contract");
  std::vector<std::string> grades;
  app.add_option("--grade", grades,
                 "FUNCTION=RATIO: is the first library's so many times as fast as the twin?");
  std::string twins;
  app.add_option("--twins", twins, "FILE.so with the scalar twins; else they are the first's");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  for (const std::string& library : libraries) {
    const std::size_t equals = library.find('=');
    state_->libraries.push_back({library.substr(0, equals), open(library.substr(equals + 1))});
  }
  for (const std::string& grade : grades) {
    const std::size_t equals = grade.find('=');
    state_->graded[grade.substr(0, equals)] = std::stod(grade.substr(equals + 1));
  }
  state_->twins = twins.empty() ? state_->libraries.front().handle : open(twins);
  std::printf("%s\n", Json{{"machine", to_json(measure_machine())}}.dump().c_str());
}

Bench::~Bench() = default;

void Bench::race_any(const Course& course, const Call& call, const Call& twin_call) {
  if (!state_->wants(course)) return;
  std::vector<Contender> contenders;
  Json news = Json::array();
  for (Library& library : state_->libraries) {
    void* const f = dlsym(library.handle, course.function.c_str());
    if (f == nullptr) continue;
    introduce(library, news);
    contenders.push_back({library.name, [f, &call] { call(f); }});
  }
  if (contenders.empty()) return;
  if (!news.empty()) std::printf("%s\n", Json{{"libraries", news}}.dump().c_str());
  void* const twin = course.twin.empty() ? nullptr : dlsym(state_->twins, course.twin.c_str());
  if (twin != nullptr) contenders.push_back({"scalar", [twin, &twin_call] { twin_call(twin); }});
  const auto required = state_->graded.find(course.function);
  const bool graded = required != state_->graded.end() && twin != nullptr;
  const auto decided = [&] { return decision(contenders, required->second) != "inconclusive"; };
  const auto known = [&] { return settled(contenders); };
  const Limits limits = run_rounds(
      contenders, graded ? std::function<bool()>(decided) : std::function<bool()>(known));
  Json race{{"function", course.function},
            {"sizes", Json::object()},
            {"about", course.about},
            {"rounds", limits.cycle.size()},
            {"contenders", Json::array()}};
  for (const auto& [name, size] : course.sizes) race["sizes"][name] = size;
  for (const Contender& contender : contenders)
    race["contenders"].push_back(report(contender, contenders.front(), course.work, limits));
  if (graded) {
    race["required"] = required->second;
    race["decision"] = decision(contenders, required->second);
  }
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
  const std::size_t count = static_cast<std::size_t>(rows) * cols, line = std::size(Line{}.numbers);
  memory_.push_back(std::make_unique<Line[]>((count + line - 1) / line));
  return {memory_.back()[0].numbers, rows, cols};
}

}  // namespace qkoan::bench

int main(int argc, char** argv) {
  qkoan::bench::Bench bench(argc, argv);
  run(bench);
}
