#include "class/submission_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "class/folder.hpp"

namespace qkoan {

namespace {

constexpr int kSecondsOfArchive = 20;

/// A file's name without its folders.
std::string last_part(const std::string& path) {
  const std::vector<std::string> parts = path_parts(path);
  return parts.empty() ? "" : parts.back();
}

/// Whether a path lies in a folder that is no part of the work, such as .git.
bool in_left_behind(const std::vector<std::string>& parts) {
  return std::any_of(parts.begin(), parts.end(), is_left_behind);
}

const char* advice_for_foreign() {
  return "this kind of archive is not read: hand in a zip or a tar";
}

std::string advice_for_name(const std::string& lesson) {
  return "it is not judged: its name must be " + lesson + ".cpp";
}

constexpr ArchiveLimits kLimits = {kMostOfFile, kMostOfArchive, kMostOfArchive,
                                   kMostEntriesOfArchive, kSecondsOfArchive};

}  // namespace

Want SubmissionReader::want(const std::string& path) const {
  const std::vector<std::string> parts = path_parts(path);
  if (parts.empty() || path.ends_with('/') || in_left_behind(parts)) return Want::kSkip;
  switch (names_.meaning(parts.back()).kind) {
    case NameKind::kLesson:
      return Want::kFile;
    case NameKind::kArchive:
      return Want::kArchive;
    case NameKind::kAlmostLesson:
    case NameKind::kForeignArchive:
      return Want::kName;
    case NameKind::kNothing:
      break;
  }
  return Want::kSkip;
}

void SubmissionReader::take_text(const std::string& text, const std::string& place,
                                 Findings& findings) const {
  const NameMeaning meaning = names_.meaning(last_part(place));
  if (meaning.kind == NameKind::kLesson) findings.offer(store_, meaning.lesson, text, place);
}

void SubmissionReader::take_entry(const ArchiveEntry& entry, const std::string& place, int depth,
                                  Findings& findings) const {
  const NameMeaning meaning = names_.meaning(last_part(entry.path));
  if (!entry.refused.empty()) {
    findings.refuse(place, entry.refused);
  } else if (path_parts(entry.path).size() > kDeepestFolder + 1) {
    findings.refuse(place, "it lies more than " + std::to_string(kDeepestFolder) + " folders deep");
  } else if (meaning.kind == NameKind::kAlmostLesson) {
    findings.refuse(place, advice_for_name(meaning.lesson));
  } else if (meaning.kind == NameKind::kForeignArchive) {
    findings.refuse(place, advice_for_foreign());
  } else if (entry.kind == Want::kFile) {
    take_text(entry.content, place, findings);
  } else if (entry.kind == Want::kArchive && depth >= kDeepestArchive) {
    findings.refuse(place, "archives in archives are read " + std::to_string(kDeepestArchive) +
                               " deep, and this one lies deeper");
  } else if (entry.kind == Want::kArchive) {
    const Descriptor archive = in_memory(entry.content);
    unpack(archive.get(), place, depth + 1, findings);
  }
}

void SubmissionReader::unpack(int archive, const std::string& place, int depth,
                              Findings& findings) const {
  if (!findings.charge(0, 0, 1)) return;
  Findings found;
  const ArchiveSummary summary = read_archive(
      archive, kLimits, [this](const std::string& path) { return want(path); },
      [&](ArchiveEntry& entry) { take_entry(entry, place + "/" + entry.path, depth, found); });
  // Half of what somebody handed in is not what they handed in.
  if (!summary.failure.empty()) findings.refuse(place, summary.failure);
  findings.add(found, summary.failure.empty());
  findings.charge(summary.bytes, summary.entries, 0);
}

void SubmissionReader::read_file(int folder, const std::string& name, const std::string& place,
                                 Findings& findings) const {
  const NameMeaning meaning = names_.meaning(last_part(place));
  ArchiveEntry entry{Want::kName, place, "", ""};
  if (meaning.kind == NameKind::kNothing) return;
  std::string fault;
  const Descriptor file = open_file(folder, name, fault);
  if (fault.empty() && meaning.kind == NameKind::kArchive) {
    unpack(file.get(), place, 1, findings);
    return;
  }
  if (fault.empty() && meaning.kind == NameKind::kLesson) {
    entry.kind = Want::kFile;
    entry.content = read_at_most(file.get(), kMostOfFile, fault);
  }
  entry.refused = fault;
  take_entry(entry, place, 0, findings);
}

void SubmissionReader::walk(int folder, const std::string& place, std::size_t depth,
                            Findings& findings) const {
  std::string fault;
  const std::vector<FolderEntry> entries = list_folder(folder, kMostEntriesOfSubmission, fault);
  if (!fault.empty()) findings.refuse(place.empty() ? "all of it" : place, fault);
  for (const FolderEntry& entry : entries) {
    if (is_left_behind(entry.name)) continue;
    if (!findings.charge(0, 1, 0)) return;
    const std::string inner = place.empty() ? entry.name : place + "/" + entry.name;
    const bool wanted = names_.meaning(entry.name).kind != NameKind::kNothing;
    if (entry.kind == EntryKind::kFile) read_file(folder, entry.name, inner, findings);
    if (entry.kind == EntryKind::kOther && wanted) findings.refuse(inner, entry.fault);
    // One more than is read: to say of an exercise there that it is too deep.
    if (entry.kind != EntryKind::kFolder || depth > kDeepestFolder) continue;
    const Descriptor opened = open_folder(folder, entry.name);
    if (opened) {
      walk(opened.get(), inner, depth + 1, findings);
    } else {
      findings.refuse(inner, std::string("it cannot be read (") + std::strerror(errno) + ")");
    }
  }
}

void SubmissionReader::read_folder(int parent, const std::string& name, Findings& findings) const {
  const Descriptor folder = open_folder(parent, name);
  if (folder) {
    walk(folder.get(), "", 0, findings);
  } else {
    findings.refuse(name, std::string("it cannot be read (") + std::strerror(errno) + ")");
  }
}

}  // namespace qkoan
