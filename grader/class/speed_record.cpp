#include "class/speed_record.hpp"

#include <algorithm>

#include "files.hpp"
#include "problem.hpp"
#include "sha256.hpp"

namespace qkoan {

namespace {

namespace fs = std::filesystem;

constexpr const char* kSpeedSchema = "qkoan/speed/1";

Json to_json(const SpeedConditions& conditions) {
  return Json::object({{"record", conditions.record},
                       {"races", conditions.races},
                       {"required", conditions.required},
                       {"processor", conditions.processor}});
}

std::optional<TaskSpeed> read_task_speed(const Json& json) {
  TaskSpeed speed;
  speed.task = json["task"].text();
  speed.ratio = json["ratio"].number();
  speed.required = json["required"].number();
  speed.why = json["why"].text();
  for (const Pace pace : {Pace::kFast, Pace::kSlow, Pace::kInconclusive}) {
    if (json["pace"].text() != name_of(pace)) continue;
    speed.pace = pace;
    return speed;
  }
  return std::nullopt;
}

}  // namespace

std::string SpeedConditions::key() const { return sha256(to_json(*this).dump()); }

bool SpeedRecord::conclusive() const {
  return std::none_of(tasks.begin(), tasks.end(),
                      [](const TaskSpeed& one) { return one.pace == Pace::kInconclusive; });
}

std::optional<SpeedRecord> read_speed_record(const fs::path& file) {
  const Json json = parse_json(read_file(file).value_or("")).value;
  if (json["schema"].text() != kSpeedSchema || !json["tasks"].is_array()) return std::nullopt;
  const Json& conditions = json["conditions"];
  SpeedRecord record;
  record.conditions = {conditions["record"].text(), conditions["races"].text(),
                       conditions["required"].text(), conditions["processor"].text()};
  // Under another name it is a copy that somebody made, or changed.
  if (file.stem() != record.conditions.key()) return std::nullopt;
  for (const Json& one : json["tasks"].items()) {
    std::optional<TaskSpeed> speed = read_task_speed(one);
    if (!speed) return std::nullopt;
    record.tasks.push_back(std::move(*speed));
  }
  return record;
}

void publish(const SpeedRecord& record, const fs::path& folder) {
  Json json = Json::object({{"schema", kSpeedSchema},
                            {"conditions", to_json(record.conditions)},
                            {"tasks", Json::array()}});
  for (const TaskSpeed& one : record.tasks) {
    json.member("tasks").push(Json::object({{"task", one.task},
                                            {"pace", name_of(one.pace)},
                                            {"ratio", one.ratio},
                                            {"required", one.required},
                                            {"why", one.why}}));
  }
  const fs::path file = record_file(folder, record.conditions.key());
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  const std::string reason = error ? error.message() : write_atomically(file, json.dump(1) + "\n");
  if (reason.empty()) return;
  throw Problem("A result cannot be written to " + file.string() + ": " + reason +
                ".\nMake room, and start again: what was raced before is kept.");
}

void add_speed(GradeRecord& record, const SpeedRecord& speed) {
  for (TaskGrade& grade : record.tasks) {
    for (const TaskSpeed& one : speed.tasks) {
      if (one.task != grade.task) continue;
      grade.pace = one.pace;
      grade.speed_ratio = one.ratio;
      grade.speed_required = one.required;
      grade.speed_why = one.why;
    }
  }
}

}  // namespace qkoan
