#include "student_edition_command.hpp"

#include <cstdio>
#include <ctime>

#include "files.hpp"
#include "known_mistakes.hpp"
#include "new_folder.hpp"
#include "problem.hpp"
#include "quiz.hpp"
#include "student_edition.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

namespace fs = std::filesystem;

/// The commit of the course, "-dirty" behind it if something was changed since; empty if git knows none.
Async<std::string> find_commit(Scope scope, const Setup& setup) {
  Command command;
  command.arguments = {"git",       "-C", setup.source.string(), "describe", "--always", "--dirty",
                       "--exclude", "*",  "--abbrev=40"};
  command.environment = build_environment();
  const Outcome outcome = co_await run(scope, std::move(command));
  co_return outcome.succeeded() ? trim(outcome.output) : "";
}

std::string date_of_today() {
  const std::time_t now = std::time(nullptr);
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", std::localtime(&now));
  return text;
}

/// Throws Problem if a file cannot be read.
std::string content_of(const Setup& setup, const std::string& file) {
  const std::optional<std::string> content = read_file(setup.source / file);
  if (content) return *content;
  throw Problem(file + " cannot be read.");
}

void show_step(const std::string& step) {
  if (is_terminal(STDERR_FILENO)) std::fprintf(stderr, "\r\x1b[K%s", step.c_str());
}

void write_course(const Session& session, const EditionFiles& files, NewFolder& edition) {
  for (const std::string& file : files.handed_out) {
    edition.write(file, text_for_students(content_of(session.setup, file), file));
    const auto mode = fs::status(session.setup.source / file).permissions();
    if ((mode & fs::perms::owner_exec) != fs::perms::none) edition.make_executable(file);
  }
}

/// What is made for each lesson; builds it if need be.
Async<> write_lesson(Scope scope, Session& session, const Lesson& lesson, NewFolder& edition) {
  co_await session.builder.prepare(scope, lesson.name);
  show_step("the student edition of " + lesson.name + " ...");
  const std::string stub = session.setup.shown(session.setup.stub(lesson.name));
  edition.write("exercises/" + lesson.name + ".cpp", content_of(session.setup, stub));
  const std::string folder = lesson.folder.filename().string();
  edition.write("lessons/" + folder + "/quiz.json",
                sealed_quiz(session.setup, lesson).dump(2) + "\n");
  const Json mistakes = co_await record_mistakes(scope, session, lesson.name);
  edition.write("tests/known_mistakes/" + lesson.name + ".json", mistakes.dump(2) + "\n");
  show_step("");
}

void tell(const std::string& origin, const NewFolder& edition, EditionFiles files) {
  std::erase_if(files.left_out, [&](const std::string& file) { return edition.has(file); });
  const std::vector<std::string> paragraphs = {
      "The student edition of " + origin + " is in " + edition.path().string() + ": " +
          edition.size() + ".",
      "Left out: " + describe_left_out(files) + ".",
      "Nothing in it is compiled yet: it runs wherever the course does. " +
          std::string("docs/student_edition.md says what students get in place of what is left "
                      "out."),
  };
  for (const std::string& paragraph : paragraphs) {
    for (const std::string& line : wrap(paragraph, kReportWidth)) say(line + "\n");
  }
}

}  // namespace

Async<int> student_edition_command(Session& session, Arguments arguments) {
  const Scope scope;
  if (session.setup.for_students())
    throw Problem("This is a student edition already (" + session.setup.student_edition +
                  "): hand out a copy of its folder.");
  NewFolder edition(arguments.folder);
  const EditionFiles files = divide_files(session.setup, session.course);
  const std::string commit = co_await find_commit(scope, session.setup);
  write_course(session, files, edition);
  for (const Lesson& lesson : session.course.lessons)
    co_await write_lesson(scope, session, lesson, edition);
  const Json origin = Json::object({{"edition", "student"},
                                    {"version", QKOAN_VERSION},
                                    {"commit", commit},
                                    {"made", date_of_today()}});
  edition.write("edition.json", origin.dump(2) + "\n");
  edition.finish();
  const std::string where = commit.empty() ? " (git knows no commit of it)" : ", commit " + commit;
  tell(std::string("version ") + QKOAN_VERSION + where, edition, files);
  co_return 0;
}

}  // namespace qkoan
