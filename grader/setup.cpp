#include "setup.hpp"

#include <sched.h>

#include <algorithm>
#include <cstdlib>

#include "files.hpp"
#include "json.hpp"
#include "problem.hpp"

namespace qkoan {

namespace fs = std::filesystem;

std::string Setup::shown(const fs::path& file) const {
  const fs::path relative = file.lexically_normal().lexically_relative(source);
  const bool inside = !relative.empty() && *relative.begin() != "..";
  return inside ? relative.string() : file.string();
}

namespace {

/// "version 0.1.0, commit 1a2b3c" of a student edition; of the course itself nothing. Throws Problem.
std::string read_edition(const fs::path& source) {
  const fs::path file = source / "edition.json";
  std::error_code error;
  if (!fs::exists(file, error)) return "";
  const Json edition = parse_json(read_file(file).value_or("")).value;
  if (edition["edition"].text() != "student" || edition["version"].text().empty()) {
    throw Problem(
        file.string() +
        " is damaged. It says which edition of the course this is: take it from where the "
        "course came from.");
  }
  const std::string commit = edition["commit"].text();
  return "version " + edition["version"].text() + (commit.empty() ? "" : ", commit " + commit);
}

}  // namespace

Setup find_setup() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const fs::path file = program.parent_path().parent_path() / "paths.json";
  const std::string again = "\nConfigure again from the course's folder: cmake --preset default";
  const std::optional<std::string> content = read_file(file);
  if (!content) {
    throw Problem("The build folder is not configured: " + file.string() + " is missing." + again);
  }
  const ParsedJson json = parse_json(*content);
  const Json& paths = json.value;
  if (!paths["source"].is_text() || !paths["build"].is_text()) {
    throw Problem("The build folder is damaged: " + file.string() + " is not understood. " +
                  json.error + again);
  }
  Setup setup;
  setup.source = fs::path(paths["source"].text()).lexically_normal();
  setup.build = fs::path(paths["build"].text()).lexically_normal();
  setup.compiler = paths["compiler"].text("g++");
  setup.cmake = paths["cmake"].text("cmake");
  setup.linker_flags = paths["linker_flags"].texts();
  setup.student_edition = read_edition(setup.source);
  return setup;
}

void refuse_for_students(const Setup& setup, const std::string& what) {
  throw Problem("This is the student edition of the course (" + setup.student_edition +
                "): it comes without " + what + ". Who handed it out has them.");
}

const std::string& command_name() {
  static const std::string name = [] {
    const char* given = std::getenv("QKOAN_COMMAND");
    return std::string(given && *given ? given : "./qkoan");
  }();
  return name;
}

int processor_count() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

}  // namespace qkoan
