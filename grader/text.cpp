#include "text.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <numeric>
#include <utility>

namespace qkoan {

namespace {

/// Length of the well-formed UTF-8 sequence at the start of `text`, or 0.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead < 0xc2   ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
  const bool outside = (lead == 0xed && byte(1) > 0x9f) || (lead == 0xf4 && byte(1) > 0x8f);
  return overlong || outside ? 0 : length;
}

/// C1 control characters, and those that turn the direction of writing.
bool is_hidden_control(std::string_view sequence) {
  if (sequence.size() == 2 && sequence[0] == '\xc2') return sequence[1] < '\xa0';
  if (sequence.size() != 3 || sequence[0] != '\xe2') return false;
  const auto second = static_cast<unsigned char>(sequence[1]);
  const auto third = static_cast<unsigned char>(sequence[2]);
  return (second == 0x80 && third >= 0xa8 && third <= 0xae) ||
         (second == 0x81 && third >= 0xa6 && third <= 0xa9);
}

bool is_combining(std::string_view sequence) {
  return sequence.size() == 2 &&
         (sequence[0] == '\xcc' || (sequence[0] == '\xcd' && sequence[1] < '\xb0'));
}

std::string hexadecimal(char byte) {
  char text[8];
  std::snprintf(text, sizeof text, "\\x%02x", static_cast<unsigned char>(byte));
  return text;
}

}  // namespace

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    result.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

std::string trim(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return "";
  return std::string(text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1));
}

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    const std::string_view sequence = text.substr(0, std::max<std::size_t>(length, 1));
    const bool control = text[0] >= 0 && (text[0] < ' ' || text[0] == '\x7f');
    if (text[0] == '\t') {
      result += "  ";
    } else if (length == 0 || control || is_hidden_control(sequence)) {
      for (const char byte : sequence) result += hexadecimal(byte);
    } else {
      result += sequence;
    }
    text.remove_prefix(sequence.size());
  }
  return result;
}

std::string shell_word(const std::string& text) {
  const auto plain = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || std::isalnum(byte) ||
           std::string_view("_-./:=,+@%").find(c) != std::string_view::npos;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return text;
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? "'\\''" : std::string(1, c);
  return result + "'";
}

std::string escape_markup(std::string_view text, std::string_view line_break) {
  std::string result;
  for (const std::string& line : split_lines(text)) {
    if (!result.empty()) result += line_break;
    for (const char c : printable(line)) {
      switch (c) {
        case '&':
          result += "&amp;";
          break;
        case '<':
          result += "&lt;";
          break;
        case '>':
          result += "&gt;";
          break;
        case '"':
          result += "&quot;";
          break;
        case '\'':
          result += "&#39;";
          break;
        default:
          result += c;
      }
    }
  }
  return result;
}

int columns(std::string_view text) {
  int result = 0;
  while (!text.empty()) {
    const std::size_t length = std::max<std::size_t>(sequence_length(text), 1);
    if (!is_combining(text.substr(0, length))) ++result;
    text.remove_prefix(length);
  }
  return result;
}

std::string clip(std::string_view text, int width) {
  if (columns(text) <= width) return std::string(text);
  std::string result;
  int used = 0;
  while (!text.empty()) {
    const std::size_t length = std::max<std::size_t>(sequence_length(text), 1);
    const int wide = is_combining(text.substr(0, length)) ? 0 : 1;
    if (used + wide > width - 1) break;
    used += wide;
    result += text.substr(0, length);
    text.remove_prefix(length);
  }
  return result + "…";
}

std::string pad(std::string_view text, int width) {
  std::string result = clip(text, width);
  result.append(static_cast<std::size_t>(std::max(0, width - columns(result))), ' ');
  return result;
}

std::vector<std::string> wrap(std::string_view text, int width) {
  std::vector<std::string> result;
  std::string line;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && columns(line) + 1 + columns(word) > width) {
      result.push_back(std::exchange(line, ""));
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty()) result.push_back(line);
  return result;
}

std::string plural(long count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string duration(double seconds) {
  char text[32];
  if (seconds < 0.9995) {
    std::snprintf(text, sizeof text, "%.0f ms", seconds * 1000);
  } else {
    const bool whole = seconds == static_cast<double>(static_cast<long>(seconds));
    std::snprintf(text, sizeof text, whole ? "%.0f s" : "%.1f s", seconds);
  }
  return text;
}

std::string fine_duration(double seconds) {
  const auto in = [](double number, const char* unit) {
    char text[64];
    std::snprintf(text, sizeof text, "%.3g %s", number, unit);
    return std::string(text);
  };
  if (seconds < 1e-6) return in(seconds * 1e9, "ns");
  if (seconds < 1e-3) return in(seconds * 1e6, "µs");
  return seconds < 1 ? in(seconds * 1e3, "ms") : in(seconds, "s");
}

std::string join(const std::vector<std::string>& names, std::string_view separator) {
  std::string result;
  for (const std::string& name : names) {
    if (!result.empty()) result += separator;
    result += name;
  }
  return result;
}

namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
    }
  }
  return row.back();
}

}  // namespace

std::vector<std::string> nearest(std::string_view wanted, const std::vector<std::string>& names) {
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const std::string& name : names) {
    // Half a name, misspelt, is close to the beginning of the whole one.
    const std::size_t beginning = edit_distance(wanted, name.substr(0, wanted.size()));
    const std::size_t distance = std::min(edit_distance(wanted, name), beginning + 1);
    if (distance <= 2 + wanted.size() / 4) ranked.emplace_back(distance, name);
  }
  std::sort(ranked.begin(), ranked.end());
  std::vector<std::string> result;
  for (const auto& [distance, name] : ranked) {
    if (distance == ranked.front().first && result.size() < 3) result.push_back(name);
  }
  return result;
}

}  // namespace qkoan
