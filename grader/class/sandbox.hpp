#ifndef QKOAN_GRADER_CLASS_SANDBOX_HPP
#define QKOAN_GRADER_CLASS_SANDBOX_HPP
/// @file
/// Where the code of others is compiled and run: behind `confine` (grader/confine/confine.cpp), which
/// knows Landlock, seccomp and limits, and where it can be had behind bubblewrap, which knows
/// namespaces.

#include <filesystem>
#include <string>
#include <vector>

#include "async.hpp"
#include "process.hpp"
#include "setup.hpp"

namespace qkoan {

/// What keeps code in, strongest first.
enum class Tier {
  kNamespaces,  ///< a root of its own without files, and processes of its own, around the other tier
  kLandlock     ///< no file can be opened, no system call but some forty be made
};

const char* name_of(Tier tier);

class Sandbox {
 public:
  /// The strongest tier that this machine has, or the wanted one: tried out, not believed.
  /// @param wanted  "namespaces", "landlock", or empty
  /// Throws Problem: why none can be had.
  static Async<Sandbox> find(Scope scope, Setup setup, std::string wanted);

  /// A call of the compiler that sees the distribution's files, the course's contracts and `folder`,
  /// where it works, and nothing else.
  Command compiler(const std::filesystem::path& folder, std::vector<std::string> call) const;

  /// What starts a program that sees nothing at all.
  std::vector<std::string> worker(const std::filesystem::path& program) const;

  Tier tier() const { return tier_; }
  /// As whom compilers and suites run: never as root. −1: as the one who runs the tool.
  int user() const { return user_; }
  /// What may be seen and used, in words.
  std::vector<std::string> describe() const;

  /// The contracts and what a worker is linked to (cmake/class.cmake); without links on the way, which
  /// a compiler would not see.
  static std::filesystem::path course(const Setup& setup) {
    return std::filesystem::weakly_canonical(setup.build / "class/course");
  }
  static std::filesystem::path confine(const Setup& setup) { return setup.build / "class/confine"; }

 private:
  Sandbox(Setup setup, Tier tier, int user) : setup_(std::move(setup)), tier_(tier), user_(user) {}
  std::vector<std::string> around_compiler(const std::filesystem::path& folder) const;

  Setup setup_;
  Tier tier_;
  int user_;
};

/// Limits of a program's memory, time and files, in words; part of what decides a verdict.
std::string limits_in_words();
std::string compiler_limits_in_words();

}  // namespace qkoan

#endif
