#ifndef QKOAN_GRADER_COMPILE_HPP
#define QKOAN_GRADER_COMPILE_HPP
/// @file
/// From a .cpp file to a shared object that a suite can load, in one compiler call.

#include <filesystem>
#include <string>
#include <vector>

#include "async.hpp"
#include "diagnostics.hpp"
#include "process.hpp"
#include "setup.hpp"

namespace qkoan {

/// What to compile.
struct CompileRequest {
  std::string lesson;            ///< whose grading flags to use
  std::filesystem::path source;  ///< the file
  std::string purpose;           ///< "" for the student's own file, else part of the object's name
  bool sanitized = false;        ///< with AddressSanitizer and UBSan, and checked containers
};

struct Compilation {
  bool succeeded = false;
  std::filesystem::path library;
  std::vector<Diagnostic> diagnostics;
  double seconds = 0;
};

/// Compiles with the flags of compile_commands.json, which every editor sees too.
/// Throws Problem if the set-up is broken; a file that does not compile is a result.
Async<Compilation> compile(Scope scope, const Setup& setup, CompileRequest request);

/// What a compiler that has ended says of a file; `library` stays empty.
Compilation read_compilation(const Outcome& outcome, const std::filesystem::path& source);

/// The environment in which a suite can load sanitized objects.
struct SanitizerRuntime {
  std::vector<std::string> environment;
  /// The same for a program that has used up its stack: handlers run on another, but a small one,
  /// on which a report may fail that the first environment allows.
  std::vector<std::string> environment_without_stack;
  std::string unavailable;  ///< why there is none, or empty
};

/// Finds the compiler's sanitizer libraries: the suites themselves are not sanitized, so the
/// libraries are loaded before them.
Async<SanitizerRuntime> find_sanitizers(Scope scope, const Setup& setup);

}  // namespace qkoan

#endif
