#include "class/handed_in_names.hpp"

#include <algorithm>
#include <regex>

namespace qkoan {

namespace {

constexpr std::size_t kLongestPath = 4096;

constexpr std::string_view kArchiveEndings[] = {".zip",     ".tar",  ".tar.gz", ".tgz",
                                                ".tar.bz2", ".tbz2", ".tar.xz", ".txz",
                                                ".tar.zst", ".tzst", ".7z"};
constexpr std::string_view kForeignEndings[] = {".rar", ".tar.lz", ".tar.z", ".lzh",
                                                ".cab", ".iso",    ".dmg",   ".gz"};

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

/// The ending's length; 0 if it is none of them.
template <class Endings>
std::size_t ending(std::string_view name, const Endings& endings) {
  const std::string low = lower_case(name);
  for (const std::string_view one : endings) {
    if (low.size() > one.size() && low.ends_with(one)) return one.size();
  }
  return 0;
}

/// What is left if everything goes that nobody types on purpose: "alibi.cpp" of "Alibi (1).CPP".
std::string plain_name(std::string_view name) {
  static const std::regex kCopy(R"([ _-]*(\(\d{1,3}\)|-\d{1,3}| - copy|_copy)(?=\.))");
  std::string result;
  if (name.size() > 255) return result;
  for (const char c : std::regex_replace(lower_case(name), kCopy, "")) {
    const bool usual = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    if (usual) result += c;
  }
  return result;
}

/// Takes "-2" away before the ending.
int take_version(std::string& name) {
  static const std::regex kVersion(R"(^(.*)-(\d{1,4})((\.[A-Za-z0-9]+){1,2})$)");
  std::smatch match;
  if (!std::regex_match(name, match, kVersion)) return 0;
  const int version = std::stoi(match[2].str());
  name = match[1].str() + match[3].str();
  return version;
}

}  // namespace

HandedInNames::HandedInNames(const Course& course) {
  for (const Lesson& lesson : course.lessons) lessons_.push_back(lesson.name);
}

NameMeaning HandedInNames::meaning(std::string_view name) const {
  for (const std::string& lesson : lessons_) {
    if (name == lesson + ".cpp") return {NameKind::kLesson, lesson};
  }
  if (ending(name, kArchiveEndings) > 0) return {NameKind::kArchive, ""};
  if (ending(name, kForeignEndings) > 0) return {NameKind::kForeignArchive, ""};
  const std::string plain = plain_name(name);
  for (const std::string& lesson : lessons_) {
    for (const char* const other : {".cpp", ".cc", ".cxx", ".cpp.txt"}) {
      if (plain == lesson + other) return {NameKind::kAlmostLesson, lesson};
    }
  }
  return {};
}

std::optional<std::string> archive_stem(std::string_view name) {
  const std::size_t length = ending(name, kArchiveEndings);
  if (length == 0) return std::nullopt;
  return std::string(name.substr(0, name.size() - length));
}

std::vector<std::string> path_parts(std::string_view path) {
  std::vector<std::string> parts(1);
  for (const char c : path) {
    if (c == '/' || c == '\\') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  std::erase_if(parts, [](const std::string& part) { return part.empty() || part == "."; });
  return parts;
}

std::string path_fault(std::string_view path) {
  if (path.empty()) return "its name is empty, or no text in UTF-8";
  if (path.size() > kLongestPath) return "its path is too long";
  const bool drive = path.size() > 1 && path[1] == ':';
  if (path[0] == '/' || path[0] == '\\' || drive) return "its path is absolute";
  const std::vector<std::string> parts = path_parts(path);
  const bool leads_out = std::find(parts.begin(), parts.end(), "..") != parts.end();
  return leads_out ? "its path leads out of its folder" : "";
}

bool is_left_behind(std::string_view name) {
  return name.starts_with('.') || name == "__MACOSX" || name == "Thumbs.db" ||
         name == "desktop.ini";
}

Sender sender_of_folder(const std::string& folder) {
  static const std::regex kMoodle(R"(^(.+_\d+)_assignsubmission_(file|onlinetext)_?$)");
  std::smatch match;
  if (folder.size() < 256 && std::regex_match(folder, match, kMoodle)) return {match[1].str(), ""};
  return {folder, ""};
}

std::optional<Sender> sender_of_file(const std::string& file) {
  static const std::regex kMoodle(R"(^(.+_\d+)_assignsubmission_(file|onlinetext)_(.+)$)");
  static const std::regex kCanvas(R"(^([^_]+)_(LATE_)?(\d{3,})_(\d{3,})_(.+)$)");
  std::smatch match;
  if (file.size() > 255) return std::nullopt;
  if (std::regex_match(file, match, kMoodle)) return Sender{match[1].str(), match[3].str()};
  if (std::regex_match(file, match, kCanvas)) {
    Sender sender{match[1].str() + "_" + match[3].str(), match[5].str()};
    sender.version = take_version(sender.name);
    return sender;
  }
  if (const std::optional<std::string> stem = archive_stem(file)) return Sender{*stem, file};
  const std::size_t foreign = ending(file, kForeignEndings);
  if (foreign > 0) return Sender{file.substr(0, file.size() - foreign), file};
  return std::nullopt;
}

}  // namespace qkoan
