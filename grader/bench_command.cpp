#include "bench_command.hpp"

#include <algorithm>

#include "compile.hpp"
#include "files.hpp"
#include "implementation.hpp"
#include "json.hpp"
#include "problem.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

namespace fs = std::filesystem;

constexpr double kLimitSeconds = 3600;  // of one lesson's races
constexpr int kContenderWidth = 16;

/// Who takes part in the races of a lesson.
struct Contender {
  std::string name;
  fs::path library;
};

bool has_races(const Setup& setup, const Lesson& lesson) {
  return fs::exists(setup.source / "benchmarks" / (lesson.name + "_bench.cpp"));
}

/// The lessons that are asked for and can be raced. Throws Problem.
std::vector<const Lesson*> lessons_to_race(const Session& session, const Arguments& arguments) {
  std::vector<const Lesson*> lessons = find_lessons(session.course, arguments.lessons);
  const std::size_t asked = lessons.size();
  std::vector<std::string> names;
  for (const Lesson& lesson : session.course.lessons) {
    if (has_races(session.setup, lesson)) names.push_back(lesson.name);
  }
  std::erase_if(lessons, [&](const Lesson* l) { return !has_races(session.setup, *l); });
  if (lessons.empty() || (!arguments.lessons.empty() && lessons.size() < asked)) {
    throw Problem("Not every lesson is about speed. There are benchmarks of: " + join(names));
  }
  return lessons;
}

/// The shared object of what the user named; compiled if it is a source. Throws Problem.
Async<Contender> contender(Scope scope, Session& session, const Lesson& lesson,
                           Implementation implementation) {
  Contender result{fs::path(implementation.name).filename().string(), implementation.library};
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

/// Our solution first: all are compared with it.
Async<std::vector<Contender>> contenders_of(Scope scope, Session& session, const Lesson& lesson,
                                            std::string other) {
  std::vector<Contender> contenders;
  Implementation implementation = find_implementation(session.setup, lesson, "solution");
  contenders.push_back(co_await contender(scope, session, lesson, std::move(implementation)));
  if (!other.empty() && other != "solution") {
    implementation = find_implementation(session.setup, lesson, other);
    contenders.push_back(co_await contender(scope, session, lesson, std::move(implementation)));
  }
  co_return contenders;
}

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

/// "4.33 ms", with three digits.
std::string time_of(double seconds) {
  if (seconds < 1e-6) return digits(seconds * 1e9, " ns");
  if (seconds < 1e-3) return digits(seconds * 1e6, " µs");
  return seconds < 1 ? digits(seconds * 1e3, " ms") : digits(seconds, " s");
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
            pad(time_of(contender["seconds"]["median"].number()), 10) + pad(limit, 16) +
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

Command race_command(const Session& session, const Lesson& lesson,
                     const std::vector<Contender>& contenders) {
  Command command;
  command.arguments.push_back((session.setup.build / "races" / lesson.name).string());
  for (const Contender& contender : contenders) {
    command.arguments.push_back("--library");
    command.arguments.push_back(contender.name + "=" + contender.library.string());
  }
  command.environment = bare_environment();
  command.limit = kLimitSeconds;
  return command;
}

/// Tells one line of the program that races, and keeps it.
void take_over(std::string_view line, Json& report, const Style& style) {
  const Json event = parse_json(line).value;
  if (const Json& machine = event["machine"]; !machine.is_null()) {
    report.member("machine") = machine;
    say(render_machine(machine, style));
  } else if (const Json& race = event["race"]; !race.is_null()) {
    report.member("races").push(race);
    say(render_race(race, style));
  }
}

std::string why_broken(const Outcome& outcome, const Lesson& lesson) {
  const std::string cause =
      outcome.signal ? "one of the implementations crashed. Judge them first: " + command_name() +
                           " run " + lesson.name
                     : trim(printable(outcome.errors));
  return "The races of " + lesson.name + " broke off: " + cause;
}

/// Runs the races of one lesson and tells them as they end.
Async<Json> race(Scope scope, Session& session, const Lesson& lesson, Arguments arguments) {
  co_await session.builder.prepare(scope, lesson.name);
  co_await session.builder.prepare_races(scope, lesson.name);
  const std::vector<Contender> contenders =
      co_await contenders_of(scope, session, lesson, arguments.implementation);
  Json report = Json::object();
  report.member("lesson") = lesson.name;
  report.member("races") = Json::array();
  say(session.style.bold(lesson.label() + " " + lesson.name) + "  " + lesson.title + "\n");
  Command command = race_command(session, lesson, contenders);
  command.on_output = [&](std::string_view line) { take_over(line, report, session.style); };
  const Outcome outcome = co_await run(scope, std::move(command));
  if (!outcome.succeeded()) throw Problem(why_broken(outcome, lesson));
  co_return report;
}

void write_report(const std::string& file, const Json& lessons) {
  const Json report =
      Json::object({{"schema", "qkoan/bench/1"}, {"version", QKOAN_VERSION}, {"lessons", lessons}});
  const std::string error = write_atomically(file, report.dump(2) + "\n");
  if (!error.empty()) throw Problem("--json: cannot write \"" + file + "\": " + error + ".");
}

}  // namespace

Async<int> bench_command(Session& session, Arguments arguments) {
  const Scope scope;
  Json lessons = Json::array();
  for (const Lesson* lesson : lessons_to_race(session, arguments)) {
    Json told = co_await race(scope, session, *lesson, arguments);
    lessons.push(std::move(told));
  }
  if (!arguments.json_file.empty()) write_report(arguments.json_file, lessons);
  co_return 0;
}

}  // namespace qkoan
