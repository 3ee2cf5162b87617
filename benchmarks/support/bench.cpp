#include "benchmarks/support/bench.hpp"

#include <dlfcn.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <stdexcept>

#include "benchmarks/support/machine.hpp"
#include "benchmarks/support/memory.hpp"
#include "benchmarks/support/rounds.hpp"
#include "benchmarks/support/second_thread.hpp"

namespace qkoan::bench {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kTooMuchDoubt = 0.1;  // doubt about a ratio that says nothing any more
constexpr double kGrowthSeconds = 5;   // of one size, once there are enough rounds
constexpr int kBadUsage = 2;

struct Library {
  std::string name;
  void* handle;
  bool introduced = false;
};

Json to_json(const Median& m) { return {{"low", m.low}, {"median", m.middle}, {"high", m.high}}; }

Json to_json(const Machine& m) {
  Json json{{"processor", m.processor}, {"compiler", m.compiler}, {"threads", m.threads},
            {"lanes", m.lanes},         {"clock", m.clock},       {"peak", m.peak}};
  if (m.memory_read > 0) {
    json["cache_read"] = m.cache_read;
    json["cache2_read"] = m.cache2_read;
    json["memory_read"] = m.memory_read;
    json["memory_write"] = m.memory_write;
  }
  return json;
}

Json scaled(const Median& m, double factor) {
  return to_json({m.low * factor, m.middle * factor, m.high * factor});
}

/// What is told of a contender: time, how much longer than the first one, and how near to the limit.
/// Each round has its own limit: who else uses the processor slows both.
Json report(const Contender& contender, const Contender& first, const Work& work,
            const Limits& limits) {
  const Median time = median(contender.seconds), ratios = ratio(contender.seconds, first.seconds);
  Json json{{"name", contender.name},
            {"seconds", to_json(time)},
            {"ratio", to_json(ratios)},
            {"conclusive", ratios.doubt() <= kTooMuchDoubt}};
  if (contender.threads > 1) {  // the limits are those of one
    json["threads"] = contender.threads;
  } else if (work.unit == Work::kOperations) {
    const double calls = work.amount / operations_of_multiply_and_add();
    json["share_of_peak"] = scaled(ratio(limits.multiply_add, contender.seconds), calls);
  } else {
    json["cycles_per_element"] = scaled(ratio(contender.seconds, limits.cycle), 1 / work.amount);
  }
  return json;
}

Json report(const Race& race, const std::vector<Contender>& contenders, const Limits& limits) {
  Json json{{"function", race.function},  {"sizes", Json::object()},
            {"about", race.about},        {"arithmetic", race.work.arithmetic},
            {"bytes", race.work.bytes},   {"rounds", limits.cycle.size()},
            {"contenders", Json::array()}};
  for (const auto& [name, size] : race.sizes) json["sizes"][name] = size;
  for (const Contender& contender : contenders)
    json["contenders"].push_back(report(contender, contenders.front(), race.work, limits));
  return json;
}

/// Of whom nothing is believed: nothing but times, and whether it was right.
Json report(const Race& race, const WatchedResult& result, double overhead) {
  Json json{{"function", race.function},
            {"rounds", result.contenders.front().seconds.size()},
            {"required", result.required},
            {"decision", result.decision},
            {"overhead", overhead},
            {"deviation", std::isfinite(result.deviation) ? Json(result.deviation) : Json("∞")},
            {"contenders", Json::array()}};
  if (!result.wrong.empty()) {
    json["why"] = result.wrong;
    return json;
  }
  const std::vector<double>& first = result.contenders.front().seconds;
  for (const Contender& contender : result.contenders) {
    json["contenders"].push_back({{"name", contender.name},
                                  {"seconds", to_json(median(contender.seconds))},
                                  {"ratio", to_json(ratio(contender.seconds, first))}});
  }
  return json;
}

/// One line for whoever reads; each is known at once.
void tell(const char* what, const Json& json) {
  const auto mended = Json::error_handler_t::replace;  // somebody may throw what is no text
  std::printf("%s\n", Json{{what, json}}.dump(-1, ' ', false, mended).c_str());
  std::fflush(stdout);
}

void* open(const std::string& library) {
  void* const handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) throw std::runtime_error(dlerror());
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
  int most_tokens = 0;
  bool list = false;
  std::optional<SecondThread> second;
  std::optional<WatchedRaces> watched;  // of whom nobody trusts

  /// Who names functions wants to know how fast they are, and nothing else.
  bool wants_all() const { return functions.empty() && graded.empty(); }

  /// Where only a list is asked for, that is all there is to do.
  bool lists(const char* what, const std::string& function) const {
    if (list) tell(what, {{"function", function}});
    return list;
  }

  bool wants(const Race& race) const {
    if (!graded.empty()) return race.graded && graded.contains(race.function);
    return functions.empty() ||
           std::find(functions.begin(), functions.end(), race.function) != functions.end();
  }

  /// Both halves together are all of the work: less of it would win the race.
  static void expect_whole(const Race& race, const Halves& halves, void* function) {
    const std::span output(halves.output.data,
                           static_cast<std::size_t>(halves.output.rows) * halves.output.cols);
    std::fill(output.begin(), output.end(), NAN);
    for (const int half : {0, 1}) halves.part(function, half);
    const auto missing =
        std::count_if(output.begin(), output.end(), [](float x) { return std::isnan(x); });
    if (missing == 0) return;
    throw std::runtime_error("the two halves of " + race.function + " leave out " +
                             std::to_string(missing) + " of " + std::to_string(output.size()) +
                             " numbers");
  }

  /// Without a worker, the first library is the one that is raced.
  void open_all(const std::vector<std::string>& files, const std::string& file_of_twins) {
    if (files.empty() && file_of_twins.empty()) throw std::runtime_error("--library is required");
    for (const std::string& file : files) {
      const std::size_t equals = file.find('=');
      libraries.push_back({file.substr(0, equals), open(file.substr(equals + 1))});
    }
    twins = file_of_twins.empty() ? libraries.front().handle : open(file_of_twins);
  }

  void introduce_machine() const {
    Machine machine = measure_machine();
    if (graded.empty()) measure_memory(machine);  // a grade asks for ratios only
    tell("machine", to_json(machine));
  }

  /// Who reads this knows that all that comes after it is the raced one's doing.
  void watch(const std::string& workers) {
    const Json commands = Json::parse(workers);
    watched.emplace(Workers{commands.at("own"), commands.at("ours")});
    tell("watched", {{"overhead", watched->overhead()}});
  }

  /// All that take part: libraries, the first on two threads, and the twin last.
  std::vector<Contender> contenders(const Race& race, const Call& call, const Call& twin_call,
                                    const Halves& halves) {
    std::vector<Contender> found;
    Json news = Json::array();
    for (Library& library : libraries) {
      void* const f = dlsym(library.handle, race.function.c_str());
      if (f == nullptr) continue;
      introduce(library, news);
      found.push_back({library.name, [f, &call] { call(f); }});
    }
    if (found.empty()) return found;
    if (!news.empty()) tell("libraries", news);
    void* const own = dlsym(libraries.front().handle, race.function.c_str());
    if (halves.part && own != nullptr && wants_all() && processors() > 1) {
      expect_whole(race, halves, own);
      if (!second) second.emplace();
      const auto both = [own, part = halves.part, this] {
        second->both([&](int half) { part(own, half); });
      };
      found.push_back({"2 threads", both, 2});
    }
    if (race.scalar) found.push_back({"scalar", race.scalar});
    void* const twin = race.twin.empty() ? nullptr : dlsym(twins, race.twin.c_str());
    if (twin != nullptr) found.push_back({"scalar", [twin, &twin_call] { twin_call(twin); }});
    return found;
  }
};

Bench::Bench(int argc, char** argv) : state_(std::make_unique<State>()) {
  CLI::App app("Races implementations of a lesson; prints one line of JSON for each race.");
  std::vector<std::string> libraries;
  app.add_option("--library", libraries, "NAME=FILE.so; others are compared with the first");
  app.add_option("--function", state_->functions, "only this function of the contract");
  std::vector<std::string> grades;
  app.add_option("--grade", grades,
                 "FUNCTION=RATIO: is the first library's so many times as fast as the twin?");
  std::string twins;
  app.add_option("--twins", twins, "FILE.so with the scalar twins; else they are the first's");
  std::string workers;
  app.add_option(
         "--workers", workers,
         R"({"own": [COMMAND...], "ours": [COMMAND...]}, in place of libraries: the worker )"
         "that is raced, of whom nothing is believed, and one with our solution")
      ->needs("--grade")
      ->needs("--twins")
      ->excludes("--library");
  app.add_option("--growth", state_->most_tokens,
                 "also how time and memory grow with the text, up to so many tokens");
  app.add_flag("--list", state_->list, "say what would be measured, and measure nothing");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : kBadUsage);
  }
  state_->open_all(libraries, twins);
  for (const std::string& grade : grades) {
    const std::size_t equals = grade.find('=');
    state_->graded[grade.substr(0, equals)] = std::stod(grade.substr(equals + 1));
  }
  if (state_->list) return;
  if (workers.empty())
    state_->introduce_machine();
  else
    state_->watch(workers);
}

Bench::~Bench() = default;

void Bench::race_any(const Race& race, const Call& call, const Call& twin_call,
                     const Halves& halves, void* remote) {
  if (!state_->wants(race) || state_->lists("race", race.function)) return;
  if (state_->watched) return race_watched(race, call, twin_call, remote);
  std::vector<Contender> contenders = state_->contenders(race, call, twin_call, halves);
  if (contenders.empty()) return;
  const auto required = state_->graded.find(race.function);
  const bool graded = required != state_->graded.end() && contenders.back().name == "scalar";
  Rules rules;
  rules.settled = [&] {
    return graded ? decision(contenders, required->second) != "inconclusive" : known(contenders);
  };
  const Limits limits = run_rounds(contenders, rules);
  Json json = report(race, contenders, limits);
  if (halves.part && processors() < 2)
    json["skipped"] = "2 threads: this process may use one processor only";
  if (graded) {
    json["required"] = required->second;
    json["decision"] = decision(contenders, required->second);
  }
  tell("race", json);
}

void Bench::race_watched(const Race& race, const Call& call, const Call& twin_call, void* remote) {
  void* const twin = race.twin.empty() ? nullptr : dlsym(state_->twins, race.twin.c_str());
  if (twin == nullptr && !race.scalar)
    throw std::runtime_error("nobody to compare " + race.function + " with");
  state_->watched->choose(race.function);
  WatchedRace watched;
  watched.call = [&] { call(remote); };
  watched.scalar = race.scalar ? race.scalar : [&] { twin_call(twin); };
  watched.required = state_->graded.at(race.function);
  tell("race", report(race, state_->watched->race(watched), state_->watched->overhead()));
  state_->graded.erase(race.function);
  if (state_->graded.empty()) std::exit(0);  // what else there is, nobody wants to know
}

void Bench::compare(const Race& race, const std::vector<Case>& cases) {
  if (!state_->wants_all() || cases.empty() || state_->lists("race", race.function)) return;
  std::vector<Contender> contenders;
  for (const Case& one : cases) contenders.push_back({one.name, one.call});
  Rules rules;
  rules.settled = [&] { return known(contenders); };
  const Limits limits = run_rounds(contenders, rules);
  Json json = report(race, contenders, limits);
  json["compares"] = "calls";
  tell("race", json);
}

void Bench::grow(const Growth& growth, const std::vector<Case>& cases) {
  if (cases.empty() || state_->lists("growth", growth.function)) return;
  std::vector<Contender> contenders;
  for (const Case& one : cases) contenders.push_back({one.name, one.call});
  Rules rules;
  rules.least = growth.least_rounds;
  rules.settled = [&] { return known(contenders); };
  rules.seconds = kGrowthSeconds;
  const Limits limits = run_rounds(contenders, rules);
  Json json{{"function", growth.function},   {"tokens", growth.tokens}, {"d", growth.d},
            {"rounds", limits.cycle.size()}, {"scores", growth.scores}, {"bytes", growth.bytes},
            {"allowed", growth.allowed},     {"cases", Json::array()}};
  for (const Contender& contender : contenders) {
    json["cases"].push_back({{"name", contender.name},
                             {"seconds", to_json(median(contender.seconds))},
                             {"memory", peak_memory(contender.call)}});
  }
  tell("growth", json);
}

std::vector<int> Bench::tokens(std::vector<int> usual) const {
  return state_->watched ? std::vector<int>{usual.front() / 2} : usual;
}

int Bench::most_tokens() const { return state_->most_tokens; }

void* Bench::find_any(const char* name) const {
  return state_->watched ? nullptr : dlsym(state_->libraries.front().handle, name);
}

}  // namespace qkoan::bench

int main(int argc, char** argv) {
  try {
    qkoan::bench::Bench bench(argc, argv);
    run(bench);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return qkoan::bench::kBadUsage;
  }
}
