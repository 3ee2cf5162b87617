#include "bench_command.hpp"

#include <algorithm>
#include <ctime>
#include <set>

#include "files.hpp"
#include "implementation.hpp"
#include "json.hpp"
#include "problem.hpp"
#include "races.hpp"
#include "speed_page.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

namespace fs = std::filesystem;

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

/// Planted bugs and variants share a library, and a race needs one for each contender.
void require_library(const Implementation& implementation) {
  if (implementation.select.empty()) return;
  throw Problem(printable(implementation.name) +
                " cannot be raced: it shares a library with other bugs and variants.\nbench "
                "--implementation takes FILE.cpp, FILE.so or solution:LEVEL.");
}

/// Our solution first, or in a student edition the student's file: all are compared with it.
Async<std::vector<Contender>> contenders_of(Scope scope, Session& session, const Lesson& lesson,
                                            std::string other) {
  std::vector<Contender> contenders;
  const std::string usual = usual_implementation(session.setup);
  Implementation implementation = find_implementation(session.setup, lesson, usual);
  contenders.push_back(co_await contender_of(scope, session, lesson, std::move(implementation)));
  if (!other.empty() && other != usual) {
    implementation = find_implementation(session.setup, lesson, other);
    require_library(implementation);
    contenders.push_back(co_await contender_of(scope, session, lesson, std::move(implementation)));
  }
  co_return contenders;
}

/// Why a peer takes no part. One that is no Debian package has a program that makes it.
std::string absence(const Setup& setup, const std::string& name) {
  const fs::path program = fs::path("benchmarks") / "peers" / name / "build";
  return fs::exists(setup.source / program)
             ? name + ": not built; " + program.string() + " makes it"
             : name + ": not built; packages.txt names its package. Once it is installed: " +
                   setup.cmake + " --fresh --preset default";
}

/// The peers that were built; says which were not.
std::vector<Contender> peers(const Session& session) {
  std::vector<Contender> built;
  std::error_code error;
  const fs::path sources = session.setup.source / "benchmarks" / "peers";
  for (const auto& entry : fs::directory_iterator(sources, error)) {
    if (entry.path().extension() != ".cpp") continue;
    const std::string name = entry.path().stem().string();
    const fs::path library = session.setup.build / "peers" / (name + ".so");
    if (fs::exists(library)) {
      built.push_back({name, library});
      continue;
    }
    for (const std::string& line : wrap(absence(session.setup, name), kReportWidth))
      say(line + "\n");
  }
  std::sort(built.begin(), built.end(),
            [](const Contender& a, const Contender& b) { return a.name < b.name; });
  return built;
}

/// What to say of a contender that has none of the functions that were raced; empty if it has some.
std::string absence(const Json& told, const std::string& contender, const Style& style) {
  std::set<std::string> functions;
  for (const Json& race : told["races"].items()) {
    if (!race["compares"].is_null()) continue;
    for (const Json& one : race["contenders"].items()) {
      if (one["name"].text() == contender) return "";
    }
    functions.insert(race["function"].text());
  }
  const std::string sentence = printable(contender) + " took part in no race: it exports none of " +
                               join({functions.begin(), functions.end()}) +
                               ". From C++, declare them extern \"C\".";
  std::string text;
  for (const std::string& line : wrap(sentence, kReportWidth)) text += line + "\n";
  return style.yellow(text) + "\n";
}

/// Throws Problem if growth is asked for of lessons that do not have it.
Async<> expect_growth(Scope scope, Session& session, const std::vector<RaceRequest>& requests,
                      const Arguments& arguments) {
  if (arguments.growth == 0 || arguments.lessons.empty()) co_return;
  for (const RaceRequest& request : requests) {
    if (co_await has_growth(scope, session, request)) co_return;
  }
  throw Problem("--growth: nothing of " + join(arguments.lessons) +
                " is measured as texts grow. Without a name all is raced, and what grows: " +
                command_name() + " bench --growth " + std::to_string(arguments.growth));
}

/// A page shows everything, so everything has to be measured. Throws Problem.
void expect_all_for_page(const Arguments& arguments) {
  if (arguments.page.empty() || (arguments.lessons.empty() && arguments.growth > 0)) return;
  throw Problem("--page: a page shows the races of all lessons, and growth. Measure all of it: " +
                command_name() + " bench --peers --growth 65536 --json FILE --page " +
                printable(arguments.page) + "\nOr take earlier results: --from FILE");
}

/// Races our solution, who else is named, and the peers.
Async<Json> race_all(Scope scope, Session& session, RaceRequest request,
                     const std::vector<Contender>& peers) {
  const Lesson& lesson = *request.lesson;
  const std::string other = request.contenders.back().name;
  request.contenders.insert(request.contenders.end(), peers.begin(), peers.end());
  say(session.style.bold(lesson.label() + " " + lesson.name) + "  " + lesson.title + "\n");
  Json told = co_await race(scope, session, std::move(request));
  say(absence(told, other, session.style));
  co_return told;
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", std::localtime(&now));
  return text;
}

Json report_of(Json lessons) {
  return Json::object({{"schema", "qkoan/bench/1"},
                       {"version", QKOAN_VERSION},
                       {"date", today()},
                       {"lessons", std::move(lessons)}});
}

void write_report(const std::string& file, const Json& report) {
  const std::string error = write_atomically(file, report.dump(2) + "\n");
  if (!error.empty()) throw Problem("--json: cannot write \"" + file + "\": " + error + ".");
}

}  // namespace

Async<int> bench_command(Session& session, Arguments arguments) {
  const Scope scope;
  if (!arguments.page.empty()) co_await expect_speed_page(scope, arguments.page);
  if (!arguments.from.empty()) {
    Json earlier = read_results(arguments.from);
    co_await write_speed_page(scope, session, arguments.page, std::move(earlier));
    co_return 0;
  }
  expect_all_for_page(arguments);
  std::vector<Contender> others;
  if (arguments.peers && session.setup.for_students()) refuse_for_students(session.setup, "peers");
  if (arguments.peers) {
    co_await session.builder.prepare_peers(scope);
    others = peers(session);
  }
  std::vector<RaceRequest> requests;
  for (const Lesson* lesson : lessons_to_race(session, arguments)) {
    co_await session.builder.prepare(scope, lesson->name);
    RaceRequest request;
    request.lesson = lesson;
    request.most_tokens = arguments.growth;
    request.contenders = co_await contenders_of(scope, session, *lesson, arguments.implementation);
    requests.push_back(std::move(request));
  }
  co_await expect_growth(scope, session, requests, arguments);
  Json lessons = Json::array();
  for (RaceRequest& request : requests)
    lessons.push(co_await race_all(scope, session, std::move(request), others));
  Json report = report_of(std::move(lessons));
  if (!arguments.json_file.empty()) write_report(arguments.json_file, report);
  if (!arguments.page.empty())
    co_await write_speed_page(scope, session, arguments.page, std::move(report));
  co_return 0;
}

}  // namespace qkoan
