#include "class/export_command.hpp"

#include "class/course_file.hpp"
#include "class/zip.hpp"
#include "files.hpp"
#include "json.hpp"
#include "new_folder.hpp"
#include "problem.hpp"
#include "process.hpp"
#include "text.hpp"

namespace qkoan {

namespace fs = std::filesystem;

namespace {

/// Who handed in what and when is the platform's business.
constexpr const char* kPlatformKnows[] = {"students", "due", "late", "classroom50"};

ZipFile exported_file(const fs::path& file, std::string name) {
  std::optional<std::string> content = read_file(file);
  if (!content) throw Problem(file.string() + " cannot be read.");
  const auto mode = fs::status(file).permissions();
  return {std::move(name), std::move(*content), (mode & fs::perms::owner_exec) != fs::perms::none};
}

/// The files of the course that git knows, as they are now: not what else lies in its folder, which may be
/// somebody's work.
Async<std::vector<ZipFile>> course_files(Scope scope, const Setup& setup) {
  std::vector<std::string> names;
  Command command;
  command.arguments = {"git", "-c", "core.quotePath=off", "-C", setup.source.string(), "ls-files"};
  command.environment = build_environment();
  command.on_output = [&](std::string_view line) { names.emplace_back(line); };
  const Outcome outcome = co_await run(scope, std::move(command));
  if (!outcome.succeeded() || names.empty())
    throw Problem("git does not know which files are the course's in " + setup.source.string() +
                  ".\nExport from a git checkout: a copy without git may contain anybody's files.");
  std::vector<ZipFile> files;
  for (const std::string& name : names) {
    const fs::path file = setup.source / name;
    if (fs::is_regular_file(fs::symlink_status(file)))
      files.push_back(exported_file(file, "course/" + name));
  }
  co_return files;
}

/// What an instructor decides, without what the platform knows. Throws Problem.
std::string course_file_for_platform(const std::string& file, const Course& course) {
  read_course_file(file, course);
  Json json = parse_json(read_file(file).value_or("")).value;
  for (const char* member : kPlatformKnows) json.remove(member);
  return json.dump(2) + "\n";
}

Async<std::vector<ZipFile>> gradescope_files(Scope scope, Session& session, std::string file) {
  const fs::path templates = session.setup.source / "grader/export/gradescope";
  std::vector<ZipFile> files = co_await course_files(scope, session.setup);
  std::string targets = "class\n";
  if (!file.empty()) {
    files.push_back({"course.json", course_file_for_platform(file, session.course), false});
    targets.clear();
    for (const CountedLesson& lesson : read_course_file(file, session.course).lessons)
      targets += "class_" + lesson.name + "\n";
  }
  files.push_back(exported_file(templates / "run_autograder", "run_autograder"));
  files.push_back(exported_file(templates / "setup.sh", "setup.sh"));
  files.push_back({"targets", targets, false});
  co_return files;
}

void write_files(NewFolder& folder, const std::vector<ZipFile>& files) {
  for (const ZipFile& file : files) {
    folder.write(file.path, file.content);
    if (file.executable) folder.make_executable(file.path);
  }
}

Async<> export_gradescope(Scope scope, Session& session, const Arguments& arguments) {
  NewFolder folder(arguments.folder);
  std::vector<ZipFile> files = co_await gradescope_files(scope, session, arguments.course_file);
  folder.write("autograder.zip", zip_of(files));
  for (ZipFile& file : files) file.path = "autograder/" + file.path;
  write_files(folder, files);
  folder.finish();
  say("Upload " + (folder.path() / "autograder.zip").string() +
      " as the autograder of a programming assignment, on Ubuntu 24.04.\n"
      "It contains the course with its solutions: give it to nobody else.\n");
}

void export_actions(const Session& session, const Arguments& arguments) {
  NewFolder folder(arguments.folder);
  const fs::path file = session.setup.source / "grader/export/actions/grade.yml";
  write_files(folder, {exported_file(file, ".github/workflows/grade.yml")});
  folder.finish();
  say("Put " + (folder.path() / ".github").string() +
      " into the repository that students get: a student edition.\n");
}

}  // namespace

Async<int> export_command(Session& session, Arguments arguments) {
  if (session.setup.for_students()) refuse_for_students(session.setup, "the grading of classes");
  if (arguments.platform == "actions" && !arguments.course_file.empty())
    throw Problem(
        "--course is for gradescope: on GitHub, students run all lessons that they have.");
  const Scope scope;
  if (arguments.platform == "gradescope")
    co_await export_gradescope(scope, session, arguments);
  else
    export_actions(session, arguments);
  co_return 0;
}

}  // namespace qkoan
