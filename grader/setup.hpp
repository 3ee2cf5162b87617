#ifndef QKOAN_GRADER_SETUP_HPP
#define QKOAN_GRADER_SETUP_HPP
/// @file
/// Where everything is: read from build/paths.json, which CMake writes.

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
  /// A file's name as a person in `source` would type it.
  std::string shown(const std::filesystem::path& file) const;
};

/// Finds the build folder from the place of this program. Throws Problem.
Setup find_setup();

/// What people type to start this program: "./qkoan".
const std::string& command_name();

/// Number of processors that this process may use.
int processor_count();

}  // namespace qkoan

#endif
