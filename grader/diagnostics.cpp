#include "diagnostics.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>

#include "files.hpp"
#include "text.hpp"

namespace qkoan {

namespace fs = std::filesystem;

namespace {

/// "file:12:5: the rest"
struct Location {
  std::string file;
  int line = 0;
  int column = 0;
  std::string rest;
};

/// Takes ":123" from the start of `text`.
std::optional<int> take_number(std::string_view& text) {
  if (text.size() < 2 || text[0] != ':' || !std::isdigit(static_cast<unsigned char>(text[1]))) {
    return std::nullopt;
  }
  text.remove_prefix(1);
  int value = 0;
  while (!text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) &&
         value < 100'000'000) {
    value = value * 10 + (text[0] - '0');
    text.remove_prefix(1);
  }
  return value;
}

std::optional<Location> read_location(std::string_view text) {
  for (std::size_t i = text.find(':'); i != std::string_view::npos; i = text.find(':', i + 1)) {
    std::string_view rest = text.substr(i);
    const std::optional<int> line = take_number(rest);
    if (!line) continue;
    Location place{trim(text.substr(0, i)), *line, 0, ""};
    place.column = take_number(rest).value_or(0);
    if (rest.starts_with(':') || rest.starts_with(',')) rest.remove_prefix(1);
    place.rest = trim(rest);
    return place;
  }
  return std::nullopt;
}

std::optional<std::string> after(std::string_view text, std::string_view start) {
  if (!text.starts_with(start)) return std::nullopt;
  return trim(text.substr(start.size()));
}

/// The name that a linker misses: mold and lld "undefined symbol: X", ld "undefined reference to
/// `X'".
std::optional<std::string> undefined_name(std::string_view text) {
  constexpr std::string_view kSymbol = "undefined symbol: ";
  constexpr std::string_view kReference = "undefined reference to ";
  if (const std::size_t at = text.find(kSymbol); at != std::string_view::npos) {
    std::string name = trim(text.substr(at + kSymbol.size()));
    const std::size_t object = name.find(".o: ");  // older mold names the object file first
    return object == std::string::npos ? name : name.substr(object + 4);
  }
  if (const std::size_t at = text.find(kReference); at != std::string_view::npos) {
    const std::string quoted = trim(text.substr(at + kReference.size()));
    return quoted.size() > 2 ? quoted.substr(1, quoted.size() - 2) : quoted;
  }
  return std::nullopt;
}

/// As a compiler calls itself: g++, x86_64-linux-gnu-g++-12, clang++-19, cc1plus.
bool is_compiler(std::string_view name) {
  if (name.find_first_of(" /") != std::string_view::npos) return false;
  return name == "cc1plus" || name.find("++") != std::string_view::npos ||
         name.starts_with("clang");
}

bool is_name_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

/// Reads line by line, and remembers how the compiler got to where it stumbled.
class Reader {
 public:
  explicit Reader(const fs::path& file)
      : file_(file), lines_(split_lines(read_file(file).value_or(""))) {}

  void read(std::string_view line) {
    if (const std::optional<std::string> name = undefined_name(line)) return undefined(*name);
    const bool includes =
        line.starts_with("In file included from") || line.starts_with("                 from");
    if (includes) return included(line.substr(line.find("from ") + 5));
    const std::optional<Location> place = read_location(line);
    if (!place) return without_place(line);
    if (place->rest.starts_with("required ") || place->rest.starts_with("note: ") ||
        place->rest.starts_with("in ")) {
      return passed_through(*place);
    }
    const std::optional<std::string> fatal = after(place->rest, "fatal error:");
    const std::optional<std::string> error = after(place->rest, "error:");
    const std::optional<std::string> warning = after(place->rest, "warning:");
    if (fatal || error) add(true, *place, fatal ? *fatal : *error);
    if (!fatal && !error && warning) add(false, *place, *warning);
  }

  /// Errors before warnings. One mistake in a template is reported once for every use: the first
  /// is enough.
  std::vector<Diagnostic> result() const {
    std::vector<Diagnostic> ordered;
    std::set<std::pair<int, std::string>> seen;
    for (const bool error : {true, false}) {
      for (const Diagnostic& one : found_) {
        if (one.error == error && seen.emplace(one.line, one.text).second) ordered.push_back(one);
      }
    }
    return ordered;
  }

 private:
  bool is_student(const std::string& name) const {
    return fs::path(name).filename() == file_.filename() &&
           (fs::path(name).is_relative() || fs::path(name).lexically_normal() == file_);
  }

  void included(std::string_view chain) {
    const std::optional<Location> place = read_location(chain);
    if (place && is_student(place->file)) through_ = *place;
  }

  /// A step of an instantiation, or a note behind an error that has no line yet.
  void passed_through(const Location& place) {
    if (!is_student(place.file)) return;
    const bool note = place.rest.starts_with("note: ");
    if (!note) through_ = place;
    if (note && !found_.empty() && found_.back().line == 0) locate(found_.back(), place);
  }

  void without_place(std::string_view line) {
    if (const std::optional<std::string> fatal = after(line, "LLVM ERROR:")) return add(*fatal);
    const std::size_t at = line.find("error: ");
    if (at == std::string_view::npos || !is_compiler(line.substr(0, line.find(": ")))) return;
    if (!only_says_that_it_failed(line)) add(trim(line.substr(at + 7)));
  }

  void add(const std::string& text) { found_.push_back({true, 0, 0, text, "", ""}); }

  void locate(Diagnostic& diagnostic, const Location& place) const {
    diagnostic.line = place.line;
    diagnostic.column = place.column;
    const auto index = static_cast<std::size_t>(place.line) - 1;
    if (place.line < 1 || index >= lines_.size()) return;
    diagnostic.source = lines_[index];
    std::replace(diagnostic.source.begin(), diagnostic.source.end(), '\t', ' ');
  }

  void add(bool error, const Location& place, const std::string& text) {
    Diagnostic diagnostic;
    diagnostic.error = error;
    diagnostic.text = text;
    if (is_student(place.file)) {
      locate(diagnostic, place);
    } else {
      const std::string name = fs::path(place.file).filename().string();
      diagnostic.elsewhere = name + ":" + std::to_string(place.line);
      if (through_.line > 0) locate(diagnostic, through_);
    }
    through_ = {};
    const bool ours = diagnostic.line > 0;
    if (error || ours) found_.push_back(std::move(diagnostic));
  }

  /// The linker knows no line: the last line that mentions the name is a good guess, since a
  /// declaration stands before its use.
  void undefined(const std::string& symbol) {
    if (!undefined_.insert(symbol).second) return;
    Diagnostic diagnostic;
    diagnostic.text = symbol + " is used, but defined nowhere";
    const std::string qualified = symbol.substr(0, symbol.find('('));
    const std::string name = qualified.substr(qualified.find_last_of(" :") + 1);
    for (std::size_t i = 0; i < lines_.size() && !name.empty(); ++i) {
      const std::size_t at = call_position(lines_[i], name);
      if (at == std::string::npos) continue;
      locate(diagnostic, {"", static_cast<int>(i) + 1, static_cast<int>(at) + 1, ""});
    }
    found_.push_back(std::move(diagnostic));
  }

  /// Where `name` stands as a whole word, outside a comment; npos if it does not.
  static std::size_t call_position(const std::string& line, const std::string& name) {
    const std::size_t comment = line.find("//");
    for (std::size_t at = line.find(name); at < comment; at = line.find(name, at + 1)) {
      const bool begins = at == 0 || !is_name_character(line[at - 1]);
      const std::size_t end = at + name.size();
      if (begins && (end == line.size() || !is_name_character(line[end]))) return at;
    }
    return std::string::npos;
  }

  fs::path file_;
  std::vector<std::string> lines_;
  std::vector<Diagnostic> found_;
  std::set<std::string> undefined_;
  Location through_;
};

}  // namespace

bool only_says_that_it_failed(std::string_view line) {
  return line.find("linker command failed") != std::string_view::npos ||
         line.starts_with("collect2: error: ld returned");
}

std::vector<Diagnostic> read_diagnostics(std::string_view messages, const fs::path& student_file) {
  Reader reader(student_file.lexically_normal());
  for (const std::string& line : split_lines(messages)) reader.read(line);
  return reader.result();
}

}  // namespace qkoan
