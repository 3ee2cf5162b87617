#include "student_edition_command.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <set>

#include "files.hpp"
#include "known_mistakes.hpp"
#include "problem.hpp"
#include "quiz.hpp"
#include "student_edition.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

namespace fs = std::filesystem;

/// The name of a folder that may be written. Throws Problem.
fs::path free_folder(const std::string& wanted) {
  std::error_code error;
  fs::path folder = fs::absolute(wanted, error).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();  // "DIR/"
  const std::string quoted = "\"" + printable(wanted) + "\"";
  if (!fs::exists(fs::symlink_status(folder, error))) {
    if (fs::is_directory(folder.parent_path(), error)) return folder;
    throw Problem("There is no folder " + folder.parent_path().string() + " to put " + quoted +
                  " into. Make it, then try again.");
  }
  if (!fs::is_directory(fs::symlink_status(folder, error)))
    throw Problem(quoted + " is no folder. " + command_name() +
                  " student-edition takes a folder that is new or empty.");
  if (!fs::is_empty(folder, error))
    throw Problem(quoted + (error ? " cannot be read: " + error.message() : " is not empty") +
                  ". Nothing is overwritten: take a folder that is new or empty.");
  return folder;
}

/// The edition while it grows, under a name that nobody takes for a whole one. If it is not finished,
/// nothing remains.
class Unfinished {
 public:
  explicit Unfinished(const fs::path& target)
      : target_(target),
        folder_(target.parent_path() /
                ("." + target.filename().string() + ".unfinished-" + std::to_string(getpid()))) {
    std::error_code error;
    if (!fs::create_directory(folder_, error))
      throw Problem("Nothing can be written to " + target.parent_path().string() + ": " +
                    (error ? error.message() : folder_.string() + " exists already") + ".");
  }
  ~Unfinished() {
    std::error_code error;
    if (!finished_) fs::remove_all(folder_, error);
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  /// Throws Problem.
  void write(const std::string& file, const std::string& content) {
    const fs::path path = folder_ / file;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    errno = 0;
    std::ofstream stream(path, std::ios::binary);
    stream << content;
    stream.close();
    if (!stream) throw Problem("Cannot write " + path.string() + ": " + std::strerror(errno) + ".");
    files_.insert(file);
    bytes_ += content.size();
  }

  void make_executable(const std::string& file) {
    std::error_code error;
    fs::permissions(folder_ / file, fs::perms(0755), error);
  }

  /// Throws Problem.
  void finish() {
    finished_ = std::rename(folder_.c_str(), target_.c_str()) == 0;
    if (!finished_)
      throw Problem("Cannot rename " + folder_.string() + " to " + target_.string() + ": " +
                    std::strerror(errno) + ".");
  }

  bool has(const std::string& file) const { return files_.contains(file); }

  std::string size() const {
    char text[64];
    std::snprintf(text, sizeof text, ", %.1f MB", static_cast<double>(bytes_) / 1e6);
    return plural(static_cast<long>(files_.size()), "file") + text;
  }

 private:
  fs::path target_;
  fs::path folder_;
  std::set<std::string> files_;
  std::size_t bytes_ = 0;
  bool finished_ = false;
};

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

void write_course(const Session& session, const EditionFiles& files, Unfinished& edition) {
  for (const std::string& file : files.handed_out) {
    edition.write(file, text_for_students(content_of(session.setup, file), file));
    const auto mode = fs::status(session.setup.source / file).permissions();
    if ((mode & fs::perms::owner_exec) != fs::perms::none) edition.make_executable(file);
  }
}

/// What is made for each lesson; builds it if need be.
Async<> write_lesson(Scope scope, Session& session, const Lesson& lesson, Unfinished& edition) {
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

void tell(const fs::path& folder, const std::string& origin, const Unfinished& edition,
          EditionFiles files) {
  std::erase_if(files.left_out, [&](const std::string& file) { return edition.has(file); });
  const std::vector<std::string> paragraphs = {
      "The student edition of " + origin + " is in " + folder.string() + ": " + edition.size() +
          ".",
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
  const fs::path folder = free_folder(arguments.folder);
  const EditionFiles files = divide_files(session.setup, session.course);
  const std::string commit = co_await find_commit(scope, session.setup);
  Unfinished edition(folder);
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
  tell(folder, std::string("version ") + QKOAN_VERSION + where, edition, files);
  co_return 0;
}

}  // namespace qkoan
