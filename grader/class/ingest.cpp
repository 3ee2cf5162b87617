#include "class/ingest.hpp"

#include <algorithm>
#include <optional>

#include "files.hpp"
#include "problem.hpp"
#include "sha256.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

namespace fs = std::filesystem;

void write_or_complain(const fs::path& file, const std::string& text) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  const std::string reason = write_atomically(file, text);
  if (!reason.empty()) throw Problem("Cannot write " + file.string() + ": " + reason + ".");
}

}  // namespace

Manifest ingest(const Course& course, const fs::path& submissions, const fs::path& out) {
  Manifest manifest;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(submissions, error)) {
    if (!entry.is_directory() || entry.is_symlink()) continue;
    const std::string name = entry.path().filename().string();
    Submission submission;
    submission.id = sha256(name).substr(0, 32);
    submission.student = printable(name);
    for (const Lesson& lesson : course.lessons) {
      const fs::path file = entry.path() / (lesson.name + ".cpp");
      if (!fs::is_regular_file(fs::symlink_status(file, error))) continue;
      const std::string text = read_file(file).value_or("");
      submission.files.push_back({lesson.name, sha256(text)});
      write_or_complain(text_with_hash(out / "files", sha256(text)), text);
    }
    std::sort(submission.files.begin(), submission.files.end(),
              [](const HandedIn& a, const HandedIn& b) { return a.lesson < b.lesson; });
    if (submission.files.empty()) submission.problems.push_back("no exercise of this course");
    manifest.submissions.push_back(std::move(submission));
  }
  std::sort(manifest.submissions.begin(), manifest.submissions.end(),
            [](const Submission& a, const Submission& b) { return a.student < b.student; });
  write_or_complain(out / "manifest.json", to_json(manifest).dump(1) + "\n");
  return manifest;
}

}  // namespace qkoan
