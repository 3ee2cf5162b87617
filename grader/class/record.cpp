#include "class/record.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "files.hpp"
#include "problem.hpp"
#include "sha256.hpp"

namespace qkoan {

namespace {

namespace fs = std::filesystem;

constexpr const char* kRecordSchema = "qkoan/grade/1";

Json to_json(const Conditions& conditions) {
  return Json::object({{"lesson", conditions.lesson},
                       {"content", conditions.content},
                       {"harness", conditions.harness},
                       {"compiler", conditions.compiler},
                       {"limits", conditions.limits},
                       {"tier", conditions.tier},
                       {"seed", std::to_string(conditions.seed)}});
}

Json to_json(const TaskGrade& grade) {
  Json json = Json::object({{"task", grade.task},
                            {"title", grade.title},
                            {"number", grade.number},
                            {"points", grade.points},
                            {"speed_points", grade.speed_points},
                            {"result", name_of(grade.result)},
                            {"because", grade.because},
                            {"kind", grade.kind},
                            {"message", grade.message},
                            {"report", grade.report},
                            {"bug", grade.bug},
                            {"about", grade.about}});
  if (!grade.pace) return json;
  json.member("speed") = Json::object({{"pace", name_of(*grade.pace)},
                                       {"ratio", grade.speed_ratio},
                                       {"required", grade.speed_required}});
  return json;
}

/// One of the values, by its name; nothing if it has none of the names.
template <class Value>
std::optional<Value> named(const Json& name, std::initializer_list<Value> values) {
  for (const Value value : values) {
    if (name.text() == name_of(value)) return value;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> whole_seed(const std::string& text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

std::optional<Conditions> read_conditions(const Json& json) {
  const std::optional<std::uint64_t> seed = whole_seed(json["seed"].text());
  if (!seed || !is_sha256(json["content"].text())) return std::nullopt;
  Conditions conditions;
  conditions.lesson = json["lesson"].text();
  conditions.content = json["content"].text();
  conditions.harness = json["harness"].text();
  conditions.compiler = json["compiler"].text();
  conditions.limits = json["limits"].text();
  conditions.tier = json["tier"].text();
  conditions.seed = *seed;
  return conditions;
}

/// Nothing if what points depend on is not there.
std::optional<TaskGrade> read_grade(const Json& json) {
  const std::optional<Result> result =
      named(json["result"], {Result::kPassed, Result::kFailed, Result::kNotRun});
  if (!result || json["task"].text().empty() || !json["points"].is_whole() ||
      !json["speed_points"].is_whole())
    return std::nullopt;
  TaskGrade grade;
  grade.task = json["task"].text();
  grade.title = json["title"].text();
  grade.number = json["number"].whole();
  grade.points = json["points"].whole();
  grade.speed_points = json["speed_points"].whole();
  grade.result = *result;
  grade.because = json["because"].text();
  grade.kind = json["kind"].text();
  grade.message = json["message"].text();
  grade.report = json["report"].text();
  grade.bug = json["bug"].text();
  grade.about = json["about"].text();
  if (json["speed"].is_null()) return grade;
  grade.pace = named(json["speed"]["pace"], {Pace::kFast, Pace::kSlow, Pace::kInconclusive});
  if (!grade.pace) return std::nullopt;
  grade.speed_ratio = json["speed"]["ratio"].number();
  grade.speed_required = json["speed"]["required"].number();
  return grade;
}

/// A name that no other process has, on no other machine that writes to the same folder.
fs::path new_name_beside(const fs::path& file) {
  if (sodium_init() < 0) throw Problem("libsodium cannot be used: it finds no random numbers.");
  char number[24];
  std::snprintf(number, sizeof number, "%08x%08x", randombytes_random(), randombytes_random());
  return file.parent_path() / ("." + file.stem().string() + "." + number + ".new");
}

[[noreturn]] void cannot_publish(const fs::path& file, const std::string& reason) {
  throw Problem(
      "A result cannot be written to " + file.string() + ": " + reason +
      ".\nWhat was published before is kept: make room, or take another folder, and start "
      "again.");
}

/// Gives a file its final name, unless that is taken. 0, or why not.
int link_whole(const fs::path& fresh, const fs::path& file) {
  if (link(fresh.c_str(), file.c_str()) == 0) return 0;
  const int reason = errno;
  // After a lost answer, a network file system says that a link exists which it has just made.
  struct stat status{};
  const bool made = stat(fresh.c_str(), &status) == 0 && status.st_nlink == 2;
  return made ? 0 : reason;
}

void flush_folder(const fs::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);  // some file systems cannot, and need not
  close(descriptor);
}

}  // namespace

std::string Conditions::key() const { return sha256(to_json(*this).dump()); }

Json to_json(const GradeRecord& record) {
  Json json = Json::object({{"schema", kRecordSchema},
                            {"conditions", to_json(record.conditions)},
                            {"compiled", record.compiled},
                            {"compiler_says", record.compiler_says},
                            {"broken", record.broken},
                            {"tasks", Json::array()},
                            {"seconds", Json::object({{"compile", record.compile_seconds},
                                                      {"judge", record.judge_seconds}})}});
  for (const TaskGrade& grade : record.tasks) json.member("tasks").push(to_json(grade));
  return json;
}

std::optional<GradeRecord> read_record(const fs::path& file) {
  const ParsedJson parsed = parse_json(read_file(file).value_or(""));
  const Json& json = parsed.value;
  if (json["schema"].text() != kRecordSchema || !json["compiled"].is_bool() ||
      !json["tasks"].is_array())
    return std::nullopt;
  const std::optional<Conditions> conditions = read_conditions(json["conditions"]);
  // Under another name it is a copy that somebody made, or changed.
  if (!conditions || conditions->key() != file.stem().string()) return std::nullopt;
  GradeRecord record;
  record.conditions = *conditions;
  record.compiled = json["compiled"].flag();
  record.compiler_says = json["compiler_says"].text();
  record.broken = json["broken"].text();
  record.compile_seconds = json["seconds"]["compile"].number();
  record.judge_seconds = json["seconds"]["judge"].number();
  for (const Json& one : json["tasks"].items()) {
    std::optional<TaskGrade> grade = read_grade(one);
    if (!grade) return std::nullopt;
    record.tasks.push_back(std::move(*grade));
  }
  return record;
}

void publish(const GradeRecord& record, const fs::path& results) {
  const fs::path file = record_file(results, record.conditions.key());
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) cannot_publish(file, error.message());
  const fs::path fresh = new_name_beside(file);
  const std::string reason = write_atomically(fresh, to_json(record).dump(1) + "\n");
  if (!reason.empty()) cannot_publish(file, reason);
  int failed = link_whole(fresh, file);
  if (failed == EEXIST) {  // the first one stays, unless it is damaged
    const bool good = read_record(file) || std::rename(fresh.c_str(), file.c_str()) == 0;
    failed = good ? 0 : errno;
  }
  unlink(fresh.c_str());
  if (failed != 0) cannot_publish(file, std::strerror(failed));
  flush_folder(file.parent_path());
}

fs::path record_file(const fs::path& results, const std::string& key) {
  return results / key.substr(0, 2) / (key + ".json");
}

}  // namespace qkoan
