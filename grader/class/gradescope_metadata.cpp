#include "class/gradescope_metadata.hpp"

#include <optional>

#include "class/iso_time.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

constexpr std::size_t kLongestName = 200;

/// A value that says what it means: "Ada", "'Ada'", "\"Ada\""; nothing otherwise.
std::optional<std::string> plain_value(std::string_view text) {
  std::string value = trim(text);
  const bool quoted =
      value.size() > 1 && (value[0] == '\'' || value[0] == '"') && value.back() == value[0];
  if (quoted) value = value.substr(1, value.size() - 2);
  constexpr std::string_view kSpecial = "&*!|>{}[]%@`\"\\#";
  const std::size_t apostrophe = value.find('\'');  // O'Brien needs no quotes
  const bool special = value.find_first_of(kSpecial) != std::string::npos ||
                       (quoted ? apostrophe != std::string::npos : apostrophe == 0) ||
                       (!quoted && value.find(": ") != std::string::npos);
  if (value.empty() || special || value.size() > kLongestName) return std::nullopt;
  return value;
}

/// What stands behind a key at the line's beginning.
std::optional<std::string_view> behind(std::string_view line, std::string_view key) {
  if (!line.starts_with(key)) return std::nullopt;
  return line.substr(key.size());
}

/// "submission_123" of "submission_123:"; nothing for other lines.
std::optional<std::string> folder_of(std::string_view line) {
  if (!line.starts_with("submission_") || !line.ends_with(':')) return std::nullopt;
  return std::string(line.substr(0, line.size() - 1));
}

}  // namespace

std::map<std::string, GradescopeSubmission> read_gradescope_metadata(std::string_view text) {
  std::map<std::string, GradescopeSubmission> result;
  GradescopeSubmission* current = nullptr;
  bool in_submitters = false;
  for (const std::string& line : split_lines(text)) {
    if (const std::optional<std::string> folder = folder_of(line)) current = &result[*folder];
    if (current == nullptr) continue;
    if (line.starts_with("  :")) in_submitters = trim(line) == ":submitters:";
    if (const auto time = behind(line, "  :created_at:")) {
      const std::optional<Instant> instant = read_time(plain_value(*time).value_or(""));
      if (instant) current->submitted = in_utc(*instant);
    }
    const auto name = behind(line, "  - :name:");
    if (!in_submitters || !name) continue;
    if (const std::optional<std::string> value = plain_value(*name))
      current->names += (current->names.empty() ? "" : ", ") + *value;
  }
  return result;
}

}  // namespace qkoan
