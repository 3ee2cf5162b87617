#include "class/class_rows.hpp"

#include <algorithm>
#include <tuple>

#include "class/gradescope_metadata.hpp"
#include "class/iso_time.hpp"
#include "problem.hpp"
#include "sha256.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

/// Half of a SHA-256: nobody finds two names with the same one, and file names stay short.
constexpr std::size_t kIdLength = 32;

}  // namespace

std::optional<Sender> sender_of(const std::string& name, bool is_folder) {
  if (is_left_behind(name)) return std::nullopt;
  return is_folder ? std::optional(sender_of_folder(name)) : sender_of_file(name);
}

void ClassRows::announce(const std::string& name, bool is_folder) {
  const std::optional<Sender> sender = sender_of(name, is_folder);
  if (!sender) return;
  rows_[sender->student];
  int& latest = versions_[{sender->student, sender->name}];
  latest = std::max(latest, sender->version);
}

std::optional<std::pair<Findings*, Sender>> ClassRows::take(const std::string& name,
                                                            bool is_folder) {
  const std::optional<Sender> sender = sender_of(name, is_folder);
  const bool of_class = name == kTimesFile || name == kGradescopeFile;
  if (!sender && !of_class && !is_left_behind(name))
    others_.refuse(name,
                   "it is nobody's: neither a folder, nor an archive, nor named as Moodle or "
                   "Canvas name files");
  if (!sender) return std::nullopt;
  Findings& findings = rows_[sender->student];
  const int latest = versions_[{sender->student, sender->name}];
  if (sender->version < latest) {
    findings.refuse(name, "it is not judged: version " + std::to_string(latest) + " is later");
    return std::nullopt;
  }
  return std::pair(&findings, *sender);
}

void ClassRows::take_class_file(const std::string& name, const std::string& text) {
  if (name == kTimesFile) read_times(text);
  if (name != kGradescopeFile) return;
  for (const auto& [folder, submission] : read_gradescope_metadata(text)) {
    names_[folder] = submission.names;
    times_[folder] = submission.submitted;
  }
}

void ClassRows::read_times(const std::string& text) {
  int number = 0;
  for (const std::string& line : split_lines(text)) {
    const std::string place = std::string(kTimesFile) + ":" + std::to_string(++number) + ": ";
    const std::size_t space = line.find(' ');
    if (trim(line).empty()) continue;
    const std::optional<Instant> time = read_time(line.substr(0, space));
    if (!time || space == std::string::npos)
      throw Problem(place + "a line is a time with its zone, a space, and a student, such as\n" +
                    "    2026-11-21T20:01:54+01:00 ada");
    const std::string student = trim(line.substr(space));
    if (!rows_.contains(student))
      throw Problem(place + "nobody called \"" + printable(student) + "\" has handed in anything.");
    times_[student] = in_utc(*time);
  }
}

Manifest ClassRows::finish() const {
  Manifest manifest;
  manifest.notes = others_.problems();
  for (const auto& [student, findings] : rows_) {
    Submission submission;
    submission.id = sha256(student).substr(0, kIdLength);
    submission.student = printable(student);
    const auto names = names_.find(student);
    if (names != names_.end() && !names->second.empty())
      submission.student = printable(names->second) + " (" + submission.student + ")";
    const auto time = times_.find(student);
    if (time != times_.end()) submission.submitted = time->second;
    findings.settle(submission);
    manifest.submissions.push_back(std::move(submission));
  }
  std::sort(manifest.submissions.begin(), manifest.submissions.end(),
            [](const Submission& a, const Submission& b) {
              return std::tie(a.student, a.id) < std::tie(b.student, b.id);
            });
  return manifest;
}

}  // namespace qkoan
