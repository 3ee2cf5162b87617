#ifndef QKOAN_GRADER_TEXT_HPP
#define QKOAN_GRADER_TEXT_HPP
/// @file
/// Text for people: lines, columns, escaping, and the nearest name.

#include <string>
#include <string_view>
#include <vector>

namespace qkoan {

/// No line of a report is longer.
constexpr int kReportWidth = 80;

/// The lines of a text, without their line ends.
std::vector<std::string> split_lines(std::string_view text);

/// Without white space at both ends.
std::string trim(std::string_view text);

/// Safe to show: control characters and broken UTF-8 become \xNN, tabs become spaces.
std::string printable(std::string_view text);

/// Printable, and nothing but text for readers of HTML and XML, in elements and attributes.
std::string escape_markup(std::string_view text, std::string_view line_break = "\n");

/// As one word of a shell's command line: in quotes, where it would be another one or several.
std::string shell_word(const std::string& text);

/// Number of terminal columns that a (printable) UTF-8 text takes.
int columns(std::string_view text);

/// At most `width` columns; what was longer ends in "…".
std::string clip(std::string_view text, int width);

/// Clipped, then filled with spaces to exactly `width` columns.
std::string pad(std::string_view text, int width);

/// Lines of at most `width` columns, broken at spaces.
std::vector<std::string> wrap(std::string_view text, int width);

/// "1 task", "2 tasks".
std::string plural(long count, std::string_view noun);

/// "61 ms" below a second, "1.9 s" above.
std::string duration(double seconds);

/// "4.33 ms": three digits, from nanoseconds to seconds.
std::string fine_duration(double seconds);

/// Names joined by commas.
std::string join(const std::vector<std::string>& names, std::string_view separator = ", ");

/// The names closest to `wanted` by edit distance, if any is close.
std::vector<std::string> nearest(std::string_view wanted, const std::vector<std::string>& names);

}  // namespace qkoan

#endif
