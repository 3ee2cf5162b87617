#include "properties_command.hpp"

#include <algorithm>

#include "json.hpp"
#include "run_command.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

constexpr double kLimitSeconds = 60;  // one property may have many cases

/// A property of a lesson, and what became of it.
struct PropertyRow {
  std::string task;
  std::string name;
  std::string says;
  bool judged = false;
  PropertyResult result;
};

struct LessonProperties {
  const Lesson* lesson = nullptr;
  std::vector<PropertyRow> rows;
  std::string broken;  ///< why nothing could be judged

  bool hold() const {
    return broken.empty() && std::all_of(rows.begin(), rows.end(), [](const PropertyRow& row) {
             return row.judged && row.result.holds;
           });
  }
};

std::vector<PropertyRow> rows_of(const std::vector<SuiteTask>& suite) {
  std::vector<PropertyRow> rows;
  for (const SuiteTask& task : suite) {
    for (const SuiteCheck& check : task.checks) {
      if (check.property) rows.push_back({task.name, check.name, check.description, false, {}});
    }
  }
  return rows;
}

/// Books what the suite said; a property in which its process died has failed, too.
void take_over(LessonProperties& judged, const SuiteRun& run) {
  for (PropertyRow& row : judged.rows) {
    for (const PropertyResult& result : run.properties) {
      if (result.task != row.task || result.check != row.name) continue;
      row.judged = true;
      row.result = result;
    }
    if (run.ended || row.judged || row.task != run.task || row.name != run.check) continue;
    row.judged = true;
    row.result.failure = cause_of_death(run);
  }
  if (!run.started) judged.broken = trim(printable(run.outcome.errors));
}

Async<LessonProperties> judge_properties(Scope scope, Session& session, const Lesson& lesson,
                                         Arguments arguments) {
  co_await session.builder.prepare(scope, lesson.name);
  LessonProperties judged{&lesson, {}, {}};
  judged.rows = rows_of(co_await session.judge.tasks(scope, lesson.name));
  if (judged.rows.empty()) co_return judged;
  const Implementation whom = find_implementation(session.setup, lesson, arguments.implementation);
  co_await require_mutant(scope, session, lesson, whom);
  SuiteRequest request;
  request.suite = session.setup.suite(lesson.name);
  request.implementation = whom.library;
  request.select = whom.select;
  request.seed = *arguments.seed;
  request.properties = true;
  request.cases = arguments.cases;
  request.limit = arguments.timeout > 0 ? arguments.timeout : kLimitSeconds;
  if (!whom.source.empty()) {
    CompileRequest source{lesson.name, whom.source, whom.purpose, false};
    const Compilation compilation = co_await compile(scope, session.setup, std::move(source));
    request.implementation = compilation.library;
    if (!compilation.succeeded) {
      judged.broken = "it does not compile. Why: " + command_name() + " run " + lesson.name;
      if (!arguments.implementation.empty())
        judged.broken += " --implementation " + arguments.implementation;
      co_return judged;
    }
  }
  take_over(judged, co_await run_suite(scope, std::move(request)));
  co_return judged;
}

/// The smallest counterexample in words.
std::string counterexample(const Failure& failure) {
  if (failure.unsolved()) return printable(failure.message);
  std::vector<std::string> sizes;
  for (const auto& [name, value] : failure.shape) sizes.push_back(name + " = " + value);
  return printable((sizes.empty() ? "" : join(sizes) + ": ") + failure.message);
}

std::string replay(const Lesson& lesson, const Arguments& arguments) {
  std::string command =
      command_name() + " properties " + lesson.name + " --seed " + std::to_string(*arguments.seed);
  if (arguments.cases != Arguments{}.cases)
    command += " --cases " + std::to_string(arguments.cases);
  if (!arguments.implementation.empty() && arguments.implementation != "solution") {
    command += " --implementation " + arguments.implementation;
  }
  return command;
}

/// "  ✓ 100 cases  alibi_bias/depends_on_offset: B depends on i − j only", wrapped below itself.
std::string render_row(const PropertyRow& row, const Style& style) {
  constexpr int kCount = 12, kIndent = 6 + kCount;
  const std::string mark = !row.judged        ? style.dim("–")
                           : row.result.holds ? style.green("✓")
                                              : style.red("✗");
  std::string text;
  const std::string count = row.judged ? plural(row.result.cases, "case") : "not run";
  for (const std::string& line :
       wrap(printable(row.task + "/" + row.name + ": " + row.says), kReportWidth - kIndent)) {
    text += text.empty() ? "  " + mark + " " + style.dim(pad(count, kCount)) + "  "
                         : std::string(kIndent, ' ');
    text += line + "\n";
  }
  if (!row.judged || row.result.holds) return text;
  for (const std::string& line : wrap(counterexample(row.result.failure), kReportWidth - kIndent)) {
    text += std::string(kIndent, ' ') + style.red(line) + "\n";
  }
  return text;
}

std::string judged_whom(const Lesson& lesson, const Arguments& arguments) {
  if (arguments.implementation.empty()) return "judged: exercises/" + lesson.name + ".cpp";
  if (arguments.implementation != "solution") return "judged: " + arguments.implementation;
  return "judged: our solution; yours: --implementation exercises/" + lesson.name + ".cpp";
}

std::string render_lesson(const LessonProperties& judged, const Arguments& arguments,
                          const Style& style) {
  const Lesson& lesson = *judged.lesson;
  std::string text = style.bold(lesson.label() + " " + lesson.name) + "  " + lesson.title + "\n" +
                     style.dim(judged_whom(lesson, arguments)) + "\n";
  if (judged.rows.empty()) return text + style.dim("  no property is stated here") + "\n\n";
  if (!judged.broken.empty()) return text + "  " + style.red(judged.broken) + "\n\n";
  for (const PropertyRow& row : judged.rows) text += render_row(row, style);
  if (!judged.hold()) text += "  again: " + replay(lesson, arguments) + "\n";
  return text + "\n";
}

std::string render_sum(const std::vector<LessonProperties>& lessons, const Arguments& arguments,
                       const Style& style) {
  long all = 0, held = 0, broken = 0;
  for (const LessonProperties& lesson : lessons) {
    broken += !lesson.broken.empty();
    for (const PropertyRow& row : lesson.rows) {
      ++all;
      held += row.judged && row.result.holds;
    }
  }
  const std::string which =
      plural(arguments.cases, "case") + " each, seed " + std::to_string(*arguments.seed) +
      ", judged: " + (arguments.implementation.empty() ? "your files" : arguments.implementation) +
      "\n";
  const std::string number = std::to_string(all);
  if (held == all && broken == 0) return style.green("✓ All " + number + " hold") + ": " + which;
  return style.red("✗ " + std::to_string(held) + " of " + number + " hold") + ": " + which;
}

Json row_to_json(const PropertyRow& row) {
  const char* result = !row.judged ? "not_run" : row.result.holds ? "holds" : "fails";
  Json json = Json::object({{"task", row.task},
                            {"property", row.name},
                            {"says", row.says},
                            {"cases", row.result.cases},
                            {"result", result}});
  if (row.judged && !row.result.holds) json.member("failure") = to_json(row.result.failure);
  return json;
}

std::string render_json(const std::vector<LessonProperties>& lessons, const Arguments& arguments) {
  Json list = Json::array();
  bool hold = true;
  for (const LessonProperties& lesson : lessons) {
    Json rows = Json::array();
    for (const PropertyRow& row : lesson.rows) rows.push(row_to_json(row));
    list.push(Json::object({{"lesson", lesson.lesson->name},
                            {"implementation", arguments.implementation},
                            {"broken", lesson.broken},
                            {"properties", rows}}));
    hold = hold && lesson.hold();
  }
  return Json::object({{"schema", "qkoan/properties/1"},
                       {"version", QKOAN_VERSION},
                       {"holds", hold},
                       {"seed", std::to_string(*arguments.seed)},
                       {"cases", arguments.cases},
                       {"lessons", list}})
             .dump(2) +
         "\n";
}

}  // namespace

Async<int> properties_command(Session& session, Arguments arguments) {
  const Scope scope;
  if (!arguments.seed) arguments.seed = fresh_seed();
  if (arguments.implementation.empty())
    arguments.implementation = usual_implementation(session.setup);
  std::vector<LessonProperties> lessons;
  bool hold = true;
  for (const Lesson* lesson : find_lessons(session.course, arguments.lessons)) {
    LessonProperties judged = co_await judge_properties(scope, session, *lesson, arguments);
    if (!arguments.json) say(render_lesson(judged, arguments, session.style));
    hold = hold && judged.hold();
    lessons.push_back(std::move(judged));
  }
  say(arguments.json ? render_json(lessons, arguments)
                     : render_sum(lessons, arguments, session.style));
  co_return hold ? 0 : 1;
}

}  // namespace qkoan
