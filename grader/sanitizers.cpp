#include "sanitizers.hpp"

#include <array>
#include <cctype>
#include <charconv>
#include <vector>

#include "files.hpp"
#include "text.hpp"

namespace qkoan {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kAddress = "ERROR: AddressSanitizer: ";
constexpr std::string_view kUndefined = ": runtime error: ";

/// The number behind "<file>:" in a line, or 0.
int line_number_in(std::string_view text, const std::string& file) {
  const std::size_t at = text.find(file + ":");
  if (at == std::string_view::npos) return 0;
  const std::string_view rest = text.substr(at + file.size() + 1);
  int number = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), number);
  return number;
}

struct Phrase {
  std::string_view report;
  std::string_view words;
};

std::string address_error_in_words(std::string_view error) {
  constexpr std::array<Phrase, 13> kPhrases = {{
      {"heap-buffer-overflow", "reaches past the end of allocated memory"},
      {"stack-buffer-overflow", "reaches past the end of a local array"},
      {"stack-buffer-underflow", "reaches before the start of a local array"},
      {"dynamic-stack-buffer-overflow", "reaches past the end of a local array"},
      {"global-buffer-overflow", "reaches past the end of a global array"},
      {"container-overflow", "reaches past the end of a container"},
      {"heap-use-after-free", "uses memory that was already freed"},
      {"stack-use-after", "uses a local variable that no longer exists"},
      {"attempting double-free", "frees the same memory twice"},
      {"stack-overflow", "calls itself without an end, until the stack was full"},
      {"SEGV", "touches memory that is not its own"},
      {"ABRT", "ends in abort() or a failed assertion"},
      {"FPE", "divides an integer by zero"},
  }};
  for (const Phrase& phrase : kPhrases) {
    if (error.starts_with(phrase.report)) return std::string(phrase.words);
  }
  return trim(printable(error.substr(0, error.find(" on "))));
}

/// "READ of size 4": the report's second line says which way the access went.
std::string access_in(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    for (const std::string_view kind : {"READ of size ", "WRITE of size "}) {
      if (!line.starts_with(kind)) continue;
      const std::string size(line.substr(kind.size(), line.find(' ', kind.size()) - kind.size()));
      return (kind[0] == 'R' ? " (reading " : " (writing ") + size + " bytes)";
    }
  }
  return "";
}

bool begins_report(std::string_view line) {
  return line.find(kAddress) != std::string_view::npos ||
         line.find(kUndefined) != std::string_view::npos || line.starts_with("==========") ||
         line.find(": Assertion '") != std::string_view::npos ||
         line.find("AddressSanitizer:DEADLYSIGNAL") != std::string_view::npos;
}

std::string words_of(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    if (const std::size_t at = line.find(": Assertion '"); at != std::string::npos) {
      return "asks a container for what it does not have: " + printable(trim(line.substr(at + 12)));
    }
    if (const std::size_t at = line.find(kUndefined); at != std::string::npos) {
      return "is undefined behaviour: " + printable(trim(line.substr(at + kUndefined.size())));
    }
    if (const std::size_t at = line.find(kAddress); at != std::string::npos) {
      return address_error_in_words(line.substr(at + kAddress.size())) + access_in(lines);
    }
  }
  return "";
}

}  // namespace

Finding read_sanitizer_report(std::string_view report, const fs::path& student_file) {
  const std::vector<std::string> lines = split_lines(report);
  Finding finding;
  finding.what = words_of(lines);
  if (finding.what.empty()) return finding;
  for (const std::string& line : lines) {
    finding.line = line_number_in(line, student_file.string());
    if (finding.line > 0) break;
  }
  finding.source = trim(line_of(student_file, finding.line));
  return finding;
}

std::string before_sanitizer_report(std::string_view printed) {
  std::string result;
  for (const std::string& line : split_lines(printed)) {
    if (begins_report(line)) break;
    result += line + "\n";
  }
  return result;
}

}  // namespace qkoan
