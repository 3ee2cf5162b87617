#include "races.hpp"

#include <cstdio>

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

/// "2.10 × the time (2.08 to 2.13)"
std::string against_first(const Json& contender, const Style& style) {
  const Json& ratio = contender["ratio"];
  const std::string range =
      digits(ratio["low"].number(), "") + " to " + digits(ratio["high"].number(), "");
  if (!contender["conclusive"].flag()) return style.yellow("too noisy: " + range + " ×");
  return pad(digits(ratio["median"].number(), " ×"), 8) + style.dim(" (" + range + ")");
}

std::string render_race(const Json& race, const Style& style) {
  std::string sizes;
  for (const auto& [name, size] : race["sizes"].members())
    sizes += (sizes.empty() ? "" : ", ") + name + " " + std::to_string(size.whole());
  const std::string about = race["about"].text();
  std::string text = style.bold(race["function"].text()) + "  " + sizes +
                     (about.empty() ? "" : "  " + style.dim(about)) + "\n";
  bool first = true;
  for (const Json& contender : race["contenders"].items()) {
    const Json& share = contender["share_of_peak"];
    const std::string limit =
        share.is_null() ? digits(contender["cycles_per_element"]["median"].number(), " cycles")
                        : percent(share["median"].number()) + " of peak";
    text += "  " + pad(contender["name"].text(), kContenderWidth) +
            pad(fine_duration(contender["seconds"]["median"].number()), 10) + pad(limit, 16) +
            (first ? "" : against_first(contender, style)) + "\n";
    first = false;
  }
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

bool has_races(const Setup& setup, const Lesson& lesson) {
  return std::filesystem::exists(setup.source / "benchmarks" / (lesson.name + "_bench.cpp"));
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
