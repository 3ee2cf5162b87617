#ifndef QKOAN_GRADER_SETUP_HPP
#define QKOAN_GRADER_SETUP_HPP
/// @file
/// Where everything is: read from build/paths.json, which CMake writes. And which edition of the course
/// this is: only a student edition has a file edition.json.

#include <filesystem>
#include <string>
#include <vector>

namespace qkoan {

struct Setup {
  std::filesystem::path source;           ///< the top of the repository
  std::filesystem::path build;            ///< the build folder
  std::string compiler;                   ///< the C++ compiler of this build
  std::string cmake;                      ///< the build tool
  std::vector<std::string> linker_flags;  ///< e.g. -fuse-ld=mold
  std::string student_edition;  ///< where it comes from: "version 0.1.0, commit 1a2b3c"; else empty

  /// Whether this course comes without solutions, planted bugs and answers.
  bool for_students() const { return !student_edition.empty(); }

  std::filesystem::path exercise(const std::string& lesson) const {
    return source / "exercises" / (lesson + ".cpp");
  }
  std::filesystem::path stub(const std::string& lesson) const {
    return source / "tests" / "stubs" / (lesson + ".cpp");
  }
  std::filesystem::path suite(const std::string& lesson) const { return build / "suites" / lesson; }
  std::filesystem::path mutants(const std::string& lesson) const {
    return build / "mutants" / (lesson + ".so");
  }
  /// A worker that has them: its argument is the name of one.
  std::filesystem::path mutants_worker(const std::string& lesson) const {
    return build / "class/mutants" / lesson;
  }
  /// Of a student edition.
  std::filesystem::path known_mistakes(const std::string& lesson) const {
    return source / "tests" / "known_mistakes" / (lesson + ".json");
  }
  /// A file's name as a person in `source` would type it.
  std::string shown(const std::filesystem::path& file) const;
};

/// Finds the build folder from the place of this program. Throws Problem.
Setup find_setup();

/// Throws Problem: what a student edition comes without, and who has it.
[[noreturn]] void refuse_for_students(const Setup& setup, const std::string& what);

/// What people type to start this program: "./qkoan".
const std::string& command_name();

/// Number of processors that this process may use.
int processor_count();

}  // namespace qkoan

#endif
