#include "races.hpp"

#include <algorithm>
#include <cstdio>

#include "compile.hpp"
#include "problem.hpp"
#include "process.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

constexpr double kRaceSeconds = 3600;  // of one lesson's races
constexpr int kContenderWidth = 16;

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", 100 * share);
  return text;
}

std::string digits(double x, const char* unit) {
  char text[64];
  std::snprintf(text, sizeof text, "%.3g%s", x, unit);
  return text;
}

/// "2.10 × (2.08 to 2.13)": the time against the first contender's; of two threads, the speed.
std::string against_first(const Json& contender, const Style& style) {
  const bool speed = contender["threads"].whole(1) > 1;
  const auto value = [&](const char* name) {
    const double ratio = contender["ratio"][name].number();
    return digits(speed ? 1 / ratio : ratio, "");
  };
  const std::string range = value(speed ? "high" : "low") + " to " + value(speed ? "low" : "high");
  if (!contender["conclusive"].flag()) return style.yellow("too noisy: " + range + " ×");
  return pad(value("median") + " ×", 8) + style.dim((speed ? " as fast (" : " (") + range + ")");
}

std::string near_limit(const Json& contender) {
  if (const Json& share = contender["share_of_peak"]; !share.is_null())
    return percent(share["median"].number()) + " of peak";
  if (const Json& cycles = contender["cycles_per_element"]; !cycles.is_null())
    return digits(cycles["median"].number(), " cycles");
  return "";
}

std::string render_race(const Json& race, const Style& style) {
  const std::string about = race["about"].text();
  std::string text = style.bold(race["function"].text()) + "  " + sizes_of(race) +
                     (about.empty() ? "" : "  " + style.dim(about)) + "\n";
  bool first = true;
  for (const Json& contender : race["contenders"].items()) {
    text += "  " + pad(contender["name"].text(), kContenderWidth) +
            pad(fine_duration(contender["seconds"]["median"].number()), 10) +
            pad(near_limit(contender), 16) + (first ? "" : against_first(contender, style)) + "\n";
    first = false;
  }
  if (const Json& skipped = race["skipped"]; !skipped.is_null())
    text += "  " + style.dim(skipped.text()) + "\n";
  return text + "\n";
}

constexpr int kTokensWidth = 8, kCaseWidth = 10;

/// A row for each size: time for a score, and the memory of whoever takes most.
std::string render_growth(const Json& growth, bool first, const Style& style) {
  std::string names, times;
  double memory = 0;
  for (const Json& one : growth["cases"].items()) {
    names += pad(one["name"].text(), kCaseWidth);
    const double seconds = one["seconds"]["median"].number();
    times += pad(fine_duration(seconds / growth["scores"].number()), kCaseWidth);
    memory = std::max(memory, one["memory"].number());
  }
  const int tokens = growth["tokens"].whole();
  std::string text;
  if (first) {
    text = style.bold(growth["function"].text()) + "  d " + std::to_string(growth["d"].whole()) +
           style.dim("  time for each score that is seen, memory for each query") + "\n  " +
           pad("tokens", kTokensWidth) + names + "memory\n";
  }
  text += "  " + pad(std::to_string(tokens), kTokensWidth) + times + digits(memory / tokens, " B");
  if (memory > growth["allowed"].number())
    text += "\n  " + style.yellow("that is more memory than the contract allows");
  return text + "\n";
}

std::string render_machine(const Json& machine, const Style& style) {
  const auto giga = [&](const char* name, const char* unit) {
    return digits(machine[name].number() / 1e9, unit);
  };
  return style.dim(clip(machine["processor"].text(), kReportWidth)) + "\n" +
         style.dim("one thread: peak " + giga("peak", " GFLOP/s") + ", " + giga("clock", " GHz") +
                   ", memory " + giga("memory_read", " GB/s")) +
         "\n\n";
}

/// "eigen: Eigen 3.4.0"
std::string render_libraries(const Json& libraries, const Style& style) {
  std::string text;
  for (const Json& library : libraries.items()) {
    const std::string about = library["name"].text() + ": " + library["about"].text();
    for (const std::string& line : wrap(printable(about), kReportWidth))
      text += style.dim(line) + "\n";
  }
  return text + "\n";
}

Command race_command(const Session& session, const RaceRequest& request) {
  Command command;
  command.arguments.push_back((session.setup.build / "races" / request.lesson->name).string());
  for (const std::string& function : request.functions) {
    command.arguments.push_back("--function");
    command.arguments.push_back(function);
  }
  for (const auto& [function, required] : request.graded) {
    command.arguments.push_back("--grade");
    command.arguments.push_back(function + "=" + std::to_string(required));
  }
  if (!request.twins.empty()) {
    command.arguments.push_back("--twins");
    command.arguments.push_back(request.twins.string());
  }
  if (request.most_tokens > 0) {
    command.arguments.push_back("--growth");
    command.arguments.push_back(std::to_string(request.most_tokens));
  }
  for (const Contender& contender : request.contenders) {
    command.arguments.push_back("--library");
    command.arguments.push_back(contender.name + "=" + contender.library.string());
  }
  command.environment = bare_environment();
  command.limit = kRaceSeconds;
  return command;
}

/// Keeps one line of the program that races, and tells it.
void take_over(std::string_view line, Json& report, const Style* style) {
  const Json event = parse_json(line).value;
  if (const Json& machine = event["machine"]; !machine.is_null()) {
    report.member("machine") = machine;
    if (style != nullptr) say(render_machine(machine, *style));
  } else if (const Json& libraries = event["libraries"]; !libraries.is_null()) {
    for (const Json& library : libraries.items()) report.member("libraries").push(library);
    if (style != nullptr) say(render_libraries(libraries, *style));
  } else if (const Json& race = event["race"]; !race.is_null()) {
    report.member("races").push(race);
    if (style != nullptr) say(render_race(race, *style));
  } else if (const Json& growth = event["growth"]; !growth.is_null()) {
    const bool first = report["growth"].is_null();
    report.member("growth").push(growth);
    if (style != nullptr) say(render_growth(growth, first, *style));
  }
}

std::string why_broken(const Outcome& outcome, const Lesson& lesson) {
  const std::string cause =
      outcome.signal ? "one of the implementations crashed. Judge them first: " + command_name() +
                           " run " + lesson.name
                     : trim(printable(outcome.errors));
  return "The races of " + lesson.name + " broke off: " + cause;
}

}  // namespace

Async<Contender> contender_of(Scope scope, Session& session, const Lesson& lesson,
                              Implementation implementation) {
  const std::string name = std::filesystem::path(implementation.name).filename().string();
  Contender result{name.empty() ? "yours" : name, implementation.library};
  if (!implementation.source.empty()) {
    CompileRequest request{lesson.name, implementation.source, implementation.purpose, false};
    const Compilation compiled = co_await compile(scope, session.setup, std::move(request));
    if (!compiled.succeeded) {
      throw Problem(session.setup.shown(implementation.source) +
                    " does not compile. Read why: " + command_name() + " run " + lesson.name);
    }
    result.library = compiled.library;
  }
  co_return result;
}

std::string sizes_of(const Json& race) {
  std::vector<std::string> sizes;
  for (const auto& [name, size] : race["sizes"].members())
    sizes.push_back(name + " " + std::to_string(size.whole()));
  return join(sizes);
}

bool has_races(const Setup& setup, const Lesson& lesson) {
  return std::filesystem::exists(setup.source / "benchmarks" / (lesson.name + "_bench.cpp"));
}

Async<bool> has_growth(Scope scope, Session& session, RaceRequest request) {
  co_await session.builder.prepare_races(scope, request.lesson->name);
  Command command = race_command(session, request);
  command.arguments.push_back("--list");
  bool found = false;
  command.on_output = [&](std::string_view line) {
    found |= !parse_json(line).value["growth"].is_null();
  };
  const Outcome outcome = co_await run(scope, std::move(command));
  if (!outcome.succeeded()) throw Problem(why_broken(outcome, *request.lesson));
  co_return found;
}

Async<Json> race(Scope scope, Session& session, RaceRequest request) {
  const Lesson& lesson = *request.lesson;
  co_await session.builder.prepare_races(scope, lesson.name);
  Json report = Json::object();
  report.member("lesson") = lesson.name;
  report.member("libraries") = Json::array();
  report.member("races") = Json::array();
  Command command = race_command(session, request);
  const Style* style = request.quiet ? nullptr : &session.style;
  command.on_output = [&](std::string_view line) { take_over(line, report, style); };
  const Outcome outcome = co_await run(scope, std::move(command));
  if (!outcome.succeeded()) throw Problem(why_broken(outcome, lesson));
  co_return report;
}

}  // namespace qkoan
