#ifndef QKOAN_GRADER_SANITIZERS_HPP
#define QKOAN_GRADER_SANITIZERS_HPP
/// @file
/// From a sanitizer's report to one line of the student's file and one sentence.

#include <filesystem>
#include <string>
#include <string_view>

namespace qkoan {

/// Where and why a program died.
struct Finding {
  int line = 0;             ///< in the student's file; 0: not known
  std::string source;       ///< that line
  std::string what;         ///< in words; empty: there was no report
  std::string unavailable;  ///< why nothing could be found out, or empty
};

/// Understands AddressSanitizer, UndefinedBehaviorSanitizer and libstdc++'s assertions.
Finding read_sanitizer_report(std::string_view report, const std::filesystem::path& student_file);

/// What the program itself had printed before the report began.
std::string before_sanitizer_report(std::string_view printed);

}  // namespace qkoan

#endif
