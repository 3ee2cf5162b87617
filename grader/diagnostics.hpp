#ifndef QKOAN_GRADER_DIAGNOSTICS_HPP
#define QKOAN_GRADER_DIAGNOSTICS_HPP
/// @file
/// What the compiler and the linker said, brought back to the student's own lines.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace qkoan {

/// One error or warning.
struct Diagnostic {
  bool error = true;
  int line = 0;    ///< in the student's file; 0: no line of it is to blame
  int column = 0;  ///< 0: unknown
  std::string text;
  std::string source;     ///< that line of the file
  std::string elsewhere;  ///< "stl_algo.h:1809" if the compiler stumbled there, not in the file
};

/// The last word of a driver whose linker has said before what is wrong.
bool only_says_that_it_failed(std::string_view line);

/// Reads messages of g++, clang++, and the linkers ld, gold, mold and lld.
/// Errors come first, each in the compiler's order.
std::vector<Diagnostic> read_diagnostics(std::string_view messages,
                                         const std::filesystem::path& student_file);

}  // namespace qkoan

#endif
