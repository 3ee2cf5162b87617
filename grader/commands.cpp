#include "commands.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "files.hpp"
#include "problem.hpp"
#include "quiz_command.hpp"
#include "report.hpp"
#include "text.hpp"

namespace qkoan {

namespace fs = std::filesystem;

namespace {

/// Whether the exercise is still as it was handed out.
bool untouched(const Setup& setup, const std::string& lesson) {
  return read_file(setup.exercise(lesson)) == read_file(setup.stub(lesson));
}

std::string list_line(const Session& session, const Lesson& lesson, int name_width) {
  const Style& style = session.style;
  const int passed = session.state.passed_count(lesson);
  const int total = static_cast<int>(lesson.tasks.size());
  const std::string count = std::to_string(passed) + "/" + std::to_string(total);
  const std::string mark = passed == total ? style.green("✓")
                           : passed > 0    ? style.yellow("◐")
                                           : style.dim("○");
  const bool current = session.current_lesson().name == lesson.name;
  const bool changed = session.state.changed_since(session.setup, lesson);
  const std::string quiz = quiz_progress(session, lesson);
  const std::string title = printable(lesson.title) + (quiz.empty() ? "" : ", " + quiz) +
                            (changed ? " (changed since)" : "");
  const int room = kReportWidth - name_width - 16;
  return std::string(current ? style.cyan("➜ ") : "  ") + mark + " " + lesson.label() + " " +
         pad(lesson.name, name_width) + "  " + pad(count, 5) + " " + style.dim(clip(title, room)) +
         "\n";
}

bool confirmed(const std::string& question) {
  std::fputs((question + " [y/N] ").c_str(), stderr);
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

/// Runs the program that computes the numbers of a lesson's page.
Async<bool> tell_numbers(Scope scope, Session& session, const Lesson& lesson, bool update) {
  co_await session.builder.prepare_numbers(scope, lesson.name);
  Command command;
  command.arguments = {(session.setup.build / "numbers" / lesson.name).string()};
  if (update)
    command.arguments.insert(command.arguments.end(), {"--update", lesson.folder.string()});
  command.environment = build_environment();
  const Outcome outcome = co_await run(scope, std::move(command));
  if (update && outcome.succeeded()) {
    say(session.setup.shown(lesson.folder / "README.md") + " has the computed numbers.\n");
  }
  say(outcome.output + outcome.errors);
  co_return outcome.succeeded();
}

}  // namespace

std::string render_list(const Session& session) {
  int name_width = 0;
  for (const Lesson& lesson : session.course.lessons) {
    name_width = std::max(name_width, columns(lesson.name));
  }
  std::string text = render_progress(session.state.passed_count(session.course),
                                     session.course.task_count(), session.style) +
                     "\n\n";
  for (const Lesson& lesson : session.course.lessons) {
    text += list_line(session, lesson, name_width);
  }
  return text;
}

std::string first_open_task(const Session& session, const Lesson& lesson) {
  for (const CourseTask& task : lesson.tasks) {
    if (!session.state.passed(lesson.name, task.name)) return task.name;
  }
  return "";
}

std::string next_hint(Session& session, const Lesson& lesson, const std::string& task) {
  const Style& style = session.style;
  const int number = lesson.number_of(task);
  const std::vector<std::string>& hints = lesson.tasks[static_cast<std::size_t>(number) - 1].hints;
  const std::string title = "task " + std::to_string(number) + ", " + task;
  if (hints.empty()) return "There are no hints for " + title + ".\n";
  const int known = static_cast<int>(hints.size());
  const int before = std::min(session.state.hints_shown(lesson.name, task), known);
  const int shown = std::min(before + 1, known);
  if (shown != before) session.state.show_hints(lesson.name, task, shown);
  std::string text = style.bold("Hints for " + title) + "\n";
  for (int i = 0; i < shown; ++i) {
    std::string label = "  " + std::to_string(i + 1) + " ";
    for (const std::string& line :
         wrap(printable(hints[static_cast<std::size_t>(i)]), kReportWidth - 5)) {
      text += label + line + "\n";
      label = "    ";
    }
  }
  const int left = known - shown;
  return text +
         style.dim(left > 0 ? "  " + plural(left, "more hint") + " to come"
                            : std::string("  that is all there is")) +
         "\n";
}

std::string reset_exercise(Session& session, const Lesson& lesson) {
  const fs::path exercise = session.setup.exercise(lesson.name);
  const std::optional<std::string> stub = read_file(session.setup.stub(lesson.name));
  if (!stub)
    throw Problem("The stub is missing: " + session.setup.shown(session.setup.stub(lesson.name)));
  if (untouched(session.setup, lesson.name)) {
    return session.setup.shown(exercise) + " is as it was at first: nothing to do.\n";
  }
  std::string kept;
  std::error_code error;
  if (const std::optional<std::string> mine = read_file(exercise)) {
    const fs::path folder = session.setup.source / ".qkoan" / "backup";
    fs::create_directories(folder, error);
    fs::path backup;
    for (int i = 1; backup.empty() || fs::exists(backup, error); ++i) {
      backup = folder / (lesson.name + "-" + std::to_string(i) + ".cpp");
    }
    const std::string reason = write_atomically(backup, *mine);
    if (!reason.empty()) {
      throw Problem("Your file cannot be kept in " + backup.string() + ": " + reason +
                    ".\nNothing was changed.");
    }
    kept = "\nYours is kept in " + session.setup.shown(backup) + ".";
  }
  const std::string reason = write_atomically(exercise, *stub);
  if (!reason.empty()) throw Problem("Cannot write " + exercise.string() + ": " + reason + ".");
  session.state.forget(lesson.name);
  return session.setup.shown(exercise) + " is as it was at first." + kept + "\n";
}

std::string solution_text(const Session& session, const Lesson& lesson) {
  const fs::path file = session.setup.source / "solutions" / (lesson.name + ".cpp");
  const std::optional<std::string> text = read_file(file);
  if (!text) throw Problem("There is no " + session.setup.shown(file) + ".");
  return *text;
}

int list_command(Session& session) {
  say(render_list(session));
  return 0;
}

int hint_command(Session& session, const Arguments& arguments) {
  const Lesson& lesson = arguments.lessons.empty()
                             ? session.current_lesson()
                             : find_lesson(session.course, arguments.lessons.front());
  std::string task = first_open_task(session, lesson);
  if (!arguments.tasks.empty()) task = find_task(lesson, arguments.tasks.front());
  if (task.empty()) {
    say("All tasks of " + lesson.name + " passed. A hint nevertheless: " + command_name() +
        " hint " + lesson.name + " --task 1\n");
    return 0;
  }
  say(next_hint(session, lesson, task));
  return 0;
}

int reset_command(Session& session, const Arguments& arguments) {
  const Lesson& lesson = find_lesson(session.course, arguments.lessons.front());
  if (!arguments.yes && !untouched(session.setup, lesson.name)) {
    if (!is_terminal(STDIN_FILENO)) {
      throw Problem("There is no terminal to ask on. Reset without asking: " + command_name() +
                    " reset " + lesson.name + " --yes");
    }
    if (!confirmed("Put " + session.setup.shown(session.setup.exercise(lesson.name)) +
                   " back as it was at first? Yours is kept.")) {
      say("Nothing was changed.\n");
      return 1;
    }
  }
  say(reset_exercise(session, lesson));
  return 0;
}

int solution_command(Session& session, const Arguments& arguments) {
  const Lesson& lesson = find_lesson(session.course, arguments.lessons.front());
  if (session.setup.for_students()) refuse_for_students(session.setup, "solutions");
  if (!arguments.anyway && !session.state.lesson_passed(lesson)) {
    const int left = static_cast<int>(lesson.tasks.size()) - session.state.passed_count(lesson);
    say("The solution of " + lesson.name + " opens when yours is right: " + plural(left, "task") +
        " to go.\nStuck? " + command_name() + " hint " + lesson.name + "\n");
    return 1;
  }
  say(solution_text(session, lesson));
  return 0;
}

Async<int> numbers_command(Session& session, Arguments arguments) {
  const Scope scope;
  const std::vector<const Lesson*> lessons = find_lessons(session.course, arguments.lessons);
  bool all = true;
  for (const Lesson* lesson : lessons) {
    const bool told = co_await tell_numbers(scope, session, *lesson, arguments.update);
    all = all && told;
  }
  co_return all ? 0 : 1;
}

}  // namespace qkoan
