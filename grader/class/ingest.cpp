#include "class/ingest.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <limits>

#include "class/class_archive.hpp"
#include "class/folder.hpp"
#include "class/out_folder.hpp"
#include "problem.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

namespace fs = std::filesystem;

std::string in_quotes(const fs::path& path) { return "\"" + printable(path.string()) + "\""; }

/// A folder of submissions, one of which is a platform's export in a folder of its own.
std::string export_inside(int folder, const std::vector<FolderEntry>& entries) {
  std::string inside;
  for (const FolderEntry& entry : entries) {
    if (is_left_behind(entry.name)) continue;
    if (!inside.empty() || entry.kind != EntryKind::kFolder) return "";
    inside = entry.name;
  }
  if (inside.empty()) return "";
  const Descriptor opened = open_folder(folder, inside);
  std::string fault;  // is told when it is read
  for (const FolderEntry& entry : list_folder(opened.get(), 100, fault)) {
    if (is_export_entry(entry.name, entry.kind == EntryKind::kFolder)) return inside;
  }
  return "";
}

void read_entry_of_class(int folder, const FolderEntry& entry, const SubmissionReader& reader,
                         ClassRows& rows) {
  const bool is_folder = entry.kind != EntryKind::kFile;
  if (entry.name == kTimesFile || entry.name == kGradescopeFile) {
    std::string fault = entry.fault;
    const Descriptor file = open_file(folder, entry.name, fault);
    const std::string text = fault.empty() ? read_at_most(file.get(), kMostOfClassFile, fault) : "";
    if (!fault.empty()) throw Problem(entry.name + " in what was handed in: " + fault + ".");
    rows.take_class_file(entry.name, text);
    return;
  }
  const auto taken = rows.take(entry.name, is_folder);
  if (!taken) return;
  const auto& [findings, sender] = *taken;
  if (entry.kind == EntryKind::kOther) {
    findings->refuse(entry.name, entry.fault + ", and not followed");
  } else if (is_folder) {
    reader.read_folder(folder, entry.name, *findings);
  } else {
    reader.read_file(folder, entry.name, sender.name, *findings);
  }
}

void read_class_folder(int folder, const SubmissionReader& reader, ClassRows& rows) {
  std::string fault;
  const std::vector<FolderEntry> entries =
      list_folder(folder, std::numeric_limits<std::size_t>::max() - 1, fault);
  if (!fault.empty()) throw Problem("The folder of what was handed in: " + fault + ".");
  const std::string inside = export_inside(folder, entries);
  if (!inside.empty()) {
    read_class_folder(open_folder(folder, inside).get(), reader, rows);
    return;
  }
  for (const FolderEntry& entry : entries)
    rows.announce(entry.name, entry.kind != EntryKind::kFile);
  for (const FolderEntry& entry : entries) read_entry_of_class(folder, entry, reader, rows);
}

void read_class(const fs::path& submissions, const SubmissionReader& reader, ClassRows& rows) {
  const std::string shown = in_quotes(submissions);
  const Descriptor opened(open(submissions.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const std::string reason = std::strerror(errno);
  if (!opened)
    throw Problem(
        "What was handed in cannot be read: " + shown + ": " + reason +
        ".\nGive a folder with a folder or an archive for each student, or one archive of all.");
  std::error_code error;
  if (fs::is_directory(submissions, error)) {
    read_class_folder(opened.get(), reader, rows);
  } else if (fs::is_regular_file(submissions, error)) {
    read_class_archive(opened.get(), shown, reader, rows);
  } else {
    throw Problem(shown + " is neither a folder nor an archive.");
  }
}

}  // namespace

Manifest ingest(const Course& course, const fs::path& submissions, const fs::path& out) {
  std::error_code error;
  if (!fs::exists(submissions, error))
    throw Problem(
        "There is no " + in_quotes(submissions) +
        ".\nGive a folder with a folder or an archive for each student, or one archive of all.");
  claim_out_folder(out, submissions);
  const HandedInNames names(course);
  const TextStore store(out / "files");
  const SubmissionReader reader(names, store);
  ClassRows rows;
  read_class(submissions, reader, rows);
  const Manifest manifest = rows.finish();
  if (manifest.submissions.empty())
    throw Problem("Nobody has handed in anything in " + in_quotes(submissions) +
                  ".\nIt should have a folder or an archive for each student.");
  store.flush();
  write_into_out_folder(out / "manifest.json", to_json(manifest).dump(1) + "\n");
  return manifest;
}

}  // namespace qkoan
