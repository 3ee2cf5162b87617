#include "class/class_archive.hpp"

#include <algorithm>
#include <map>
#include <regex>
#include <vector>

#include "problem.hpp"

namespace qkoan {

namespace {

// A class may have 100,000 students. A bomb among them costs time, and no memory.
constexpr ArchiveLimits kClassLimits = {kMostOfFile, kMostOfArchive, std::size_t{256} << 30,
                                        10'000'000, 0};

using Names = std::map<std::string, bool>;  // and whether it is a folder

/// What lies where in the archive.
struct Shape {
  std::string wrapper;  ///< the folder that all of it is in, if there is one
  Names top;            ///< what lies in the top folder

  /// The parts of a path below the wrapper; none if it is the wrapper, or left behind.
  std::vector<std::string> below(const std::string& path) const {
    std::vector<std::string> parts = path_parts(path);
    if (std::any_of(parts.begin(), parts.end(), is_left_behind)) return {};
    if (!wrapper.empty() && !parts.empty()) parts.erase(parts.begin());
    return parts;
  }
};

/// "zip -r class.zip class" puts all into one folder, and so do exports. A single student is one folder,
/// too: with an exercise in it, or with nothing that could be a student's.
bool is_wrapper(const Names& inside, const SubmissionReader& reader) {
  long of_students = 0;
  for (const auto& [name, is_folder] : inside) {
    if (is_export_entry(name, is_folder)) return true;
    if (name == "exercises" || reader.want(name) == Want::kFile) return false;
    if (sender_of(name, is_folder)) ++of_students;
  }
  return of_students > 1;
}

[[noreturn]] void is_damaged(const std::string& shown, const std::string& failure) {
  throw Problem(
      shown + " cannot be read: " + failure +
      ".\nFetch it once more from where it comes from, or unpack it and give the folder.");
}

Shape shape_of(int archive, const std::string& shown, const SubmissionReader& reader) {
  Names first, second;
  const auto remember = [](Names& names, const std::vector<std::string>& parts, std::size_t level,
                           bool folder) {
    if (parts.size() <= level) return;
    bool& is_folder = names[parts[level]];
    is_folder = is_folder || folder || parts.size() > level + 1;
  };
  const ArchiveSummary summary = read_archive(
      archive, kClassLimits, [](const std::string&) { return Want::kName; },
      [&](const ArchiveEntry& entry) {
        const std::vector<std::string> parts = Shape{}.below(entry.path);
        if (!entry.refused.empty()) return;
        remember(first, parts, 0, entry.path.ends_with('/'));
        remember(second, parts, 1, entry.path.ends_with('/'));
      });
  if (!summary.failure.empty()) is_damaged(shown, summary.failure);
  const bool one_folder = first.size() == 1 && first.begin()->second;
  if (one_folder && is_wrapper(second, reader)) return {first.begin()->first, second};
  return {"", first};
}

/// The path in a student's folder, or the file's name for the student.
std::string inner_path(const std::vector<std::string>& parts, const Sender& sender) {
  if (parts.size() == 1) return sender.name;
  std::string path = parts[1];
  for (std::size_t i = 2; i < parts.size(); ++i) path += "/" + parts[i];
  return path;
}

bool is_of_class(const std::string& name) { return name == kTimesFile || name == kGradescopeFile; }

/// Asks about one path; in the child that reads the archive.
Want want_of_class(const Shape& shape, const SubmissionReader& reader, const std::string& path) {
  const std::vector<std::string> parts = shape.below(path);
  if (parts.empty() || path.ends_with('/')) return Want::kSkip;
  if (parts.size() == 1 && is_of_class(parts[0])) return Want::kArchive;
  const std::optional<Sender> sender = sender_of(parts[0], parts.size() > 1);
  return sender ? reader.want(inner_path(parts, *sender)) : Want::kSkip;
}

void take_for_class(const Shape& shape, const SubmissionReader& reader, ArchiveEntry& entry,
                    ClassRows& rows) {
  const std::vector<std::string> parts = shape.below(entry.path);
  if (parts.empty() || !path_fault(entry.path).empty()) {
    rows.others().refuse(entry.path, entry.refused);
    return;
  }
  if (parts.size() == 1 && is_of_class(parts[0])) {
    rows.take_class_file(parts[0], entry.content);
    return;
  }
  const auto taken = rows.take(parts[0], parts.size() > 1);
  if (!taken || !taken->first->charge(entry.content.size(), 1, 0)) return;
  entry.path = inner_path(parts, taken->second);
  reader.take_entry(entry, entry.path, 0, *taken->first);
}

}  // namespace

bool is_export_entry(const std::string& name, bool is_folder) {
  static const std::regex kGradescope(R"(^submission_\d+$)");
  if (name == kGradescopeFile) return true;
  if (is_folder)
    return sender_of_folder(name).student != name || std::regex_match(name, kGradescope);
  const std::optional<Sender> sender = sender_of_file(name);
  return sender && sender->name != name;
}

void read_class_archive(int archive, const std::string& shown, const SubmissionReader& reader,
                        ClassRows& rows) {
  const Shape shape = shape_of(archive, shown, reader);
  for (const auto& [name, is_folder] : shape.top) {
    rows.announce(name, is_folder);
    const bool nobodys = !sender_of(name, is_folder);
    if (nobodys) rows.take(name, is_folder);
  }
  const ArchiveSummary summary = read_archive(
      archive, kClassLimits,
      [&](const std::string& path) { return want_of_class(shape, reader, path); },
      [&](ArchiveEntry& entry) { take_for_class(shape, reader, entry, rows); });
  if (!summary.failure.empty()) is_damaged(shown, summary.failure);
}

}  // namespace qkoan
