#include "class/manifest.hpp"

#include <algorithm>
#include <set>

#include "files.hpp"
#include "problem.hpp"
#include "sha256.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

namespace fs = std::filesystem;

constexpr const char* kManifestSchema = "qkoan/manifest/1";

Json to_json(const Submission& submission) {
  Json files = Json::array();
  for (const HandedIn& file : submission.files)
    files.push(Json::object({{"lesson", file.lesson}, {"content", file.content}}));
  return Json::object({{"id", submission.id},
                       {"student", submission.student},
                       {"submitted", submission.submitted},
                       {"files", std::move(files)},
                       {"problems", submission.problems}});
}

/// Lessons and ids become parts of paths: nothing else may stand there.
bool is_simple_name(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

Submission read_submission(const Json& json, const std::string& place) {
  Submission submission;
  submission.id = json["id"].text();
  submission.student = json["student"].text();
  submission.submitted = json["submitted"].text();
  submission.problems = json["problems"].texts();
  if (!is_simple_name(submission.id)) throw Problem(place + ": \"id\" is missing, or is no name.");
  for (const Json& entry : json["files"].items()) {
    const HandedIn file{entry["lesson"].text(), entry["content"].text()};
    if (!is_simple_name(file.lesson) || !is_sha256(file.content))
      throw Problem(place + ": a file without a lesson, or without the hash of its text.");
    if (!submission.files.empty() && submission.files.back().lesson >= file.lesson)
      throw Problem(place + ": files are not sorted by lesson, or two are for one.");
    submission.files.push_back(file);
  }
  return submission;
}

}  // namespace

Json to_json(const Manifest& manifest) {
  Json submissions = Json::array();
  for (const Submission& submission : manifest.submissions) submissions.push(to_json(submission));
  return Json::object({{"schema", kManifestSchema},
                       {"notes", manifest.notes},
                       {"submissions", std::move(submissions)}});
}

Manifest read_manifest(const fs::path& file) {
  const std::string shown = printable(file.string());
  const std::string again = "\nMake it again: give the same command with --plan.";
  const std::optional<std::string> text = read_file(file);
  if (!text) throw Problem("There is no " + shown + "." + again);
  const ParsedJson json = parse_json(*text);
  if (!json.error.empty())
    throw Problem(shown + " is not valid JSON: " + printable(json.error) + again);
  if (json.value["schema"].text() != kManifestSchema || !json.value["submissions"].is_array())
    throw Problem(shown + " is no manifest (\"schema\" is not \"" + kManifestSchema + "\")." +
                  again);
  Manifest manifest;
  manifest.notes = json.value["notes"].texts();
  std::set<std::string> ids;
  for (const Json& entry : json.value["submissions"].items()) {
    const std::string place =
        shown + ", submission " + std::to_string(manifest.submissions.size() + 1);
    manifest.submissions.push_back(read_submission(entry, place));
    if (!ids.insert(manifest.submissions.back().id).second)
      throw Problem(place + ": another one has its \"id\"." + again);
  }
  return manifest;
}

fs::path text_with_hash(const fs::path& files, const std::string& content) {
  return files / content.substr(0, 2) / (content + ".cpp");
}

}  // namespace qkoan
