#include "state.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "files.hpp"

namespace qkoan {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr int kVersion = 1;

/// Whether everything that we are going to look at has the type that we expect.
bool is_sound(const json& state) {
  if (!state.is_object() || state.value("version", json()) != json(kVersion)) return false;
  if (state.contains("current") && !state["current"].is_string()) return false;
  const json& lessons = state.contains("lessons") ? state["lessons"] : json::object();
  if (!lessons.is_object()) return false;
  for (const json& lesson : lessons) {
    if (!lesson.is_object()) return false;
    const json& tasks = lesson.contains("tasks") ? lesson["tasks"] : json::object();
    if (!tasks.is_object()) return false;
    for (const json& task : tasks) {
      if (!task.is_object()) return false;
      if (task.contains("passed") && !task["passed"].is_boolean()) return false;
      if (task.contains("hints") && !task["hints"].is_number_integer()) return false;
    }
  }
  return true;
}

json fresh_state() { return {{"version", kVersion}, {"lessons", json::object()}}; }

/// What is known of a task, or nothing at all.
const json& task_of(const json& state, const std::string& lesson, const std::string& task) {
  static const json kNothing = json::object();
  const json* place = &state;
  for (const std::string& key : {std::string("lessons"), lesson, std::string("tasks"), task}) {
    const auto found = place->find(key);
    if (found == place->end()) return kNothing;
    place = &*found;
  }
  return *place;
}

}  // namespace

State::State(const Setup& setup)
    : file_(setup.source / ".qkoan" / "state.json"), json_(std::make_unique<json>(fresh_state())) {
  std::error_code error;
  const std::optional<std::string> content = read_file(file_);
  if (!content && !fs::exists(file_, error)) return;
  json read = json::parse(content.value_or(""), nullptr, false);
  if (!read.is_discarded() && is_sound(read)) {
    *json_ = std::move(read);
    return;
  }
  const fs::path aside = file_.string() + ".damaged";
  fs::rename(file_, aside, error);
  message_ = "The record of your progress was damaged and starts anew; the next run of each lesson "
             "fills it again. " +
             (error ? "The damaged file stays where it is: " + setup.shown(file_)
                    : "The old file is now " + setup.shown(aside)) +
             ".";
}

State::~State() = default;

bool State::passed(const std::string& lesson, const std::string& task) const {
  return task_of(*json_, lesson, task).value("passed", false);
}

int State::passed_count(const Lesson& lesson) const {
  int count = 0;
  for (const CourseTask& task : lesson.tasks) count += passed(lesson.name, task.name) ? 1 : 0;
  return count;
}

int State::passed_count(const Course& course) const {
  int count = 0;
  for (const Lesson& lesson : course.lessons) count += passed_count(lesson);
  return count;
}

bool State::lesson_passed(const Lesson& lesson) const {
  return passed_count(lesson) == static_cast<int>(lesson.tasks.size());
}

void State::record(const Verdict& verdict) {
  if (!verdict.implementation.empty() || !verdict.compiled() || !verdict.broken.empty()) return;
  reload();
  const json before = *json_;
  const std::string hash = content_hash(read_file(verdict.source).value_or(""));
  for (const TaskVerdict& task : verdict.tasks) {
    const bool decided = task.asked || task.of.result != Result::kNotRun;
    if (!decided) continue;
    json& entry = (*json_)["lessons"][verdict.lesson]["tasks"][task.of.task];
    entry["passed"] = task.of.result == Result::kPassed;
    entry["file"] = hash;
  }
  if (*json_ != before) save();
}

void State::forget(const std::string& lesson) {
  reload();
  for (auto& task : (*json_)["lessons"][lesson]["tasks"]) task.erase("passed");
  save();
}

int State::hints_shown(const std::string& lesson, const std::string& task) const {
  return task_of(*json_, lesson, task).value("hints", 0);
}

void State::show_hints(const std::string& lesson, const std::string& task, int count) {
  reload();
  (*json_)["lessons"][lesson]["tasks"][task]["hints"] = count;
  save();
}

std::string State::current() const { return json_->value("current", ""); }

void State::set_current(const std::string& lesson) {
  if (current() == lesson) return;
  reload();
  (*json_)["current"] = lesson;
  save();
}

std::string State::take_message() { return std::exchange(message_, ""); }

/// Another terminal may have written meanwhile.
void State::reload() {
  json read = json::parse(read_file(file_).value_or(""), nullptr, false);
  if (!read.is_discarded() && is_sound(read)) *json_ = std::move(read);
}

void State::save() {
  if (!writable_) return;
  std::error_code ignored;
  fs::create_directories(file_.parent_path(), ignored);
  const std::string error = write_atomically(
      file_, json_->dump(2, ' ', false, json::error_handler_t::replace) + "\n");
  if (error.empty()) return;
  writable_ = false;
  message_ = "Your progress cannot be recorded in " + file_.string() + ": " + error +
             ". Everything else works.";
}

}  // namespace qkoan
