#include "state.hpp"

#include <optional>
#include <utility>

#include "files.hpp"

namespace qkoan {

namespace fs = std::filesystem;

namespace {

constexpr int kVersion = 1;

/// Whether this can be a state file; what is inside is read with care.
bool is_sound(const ParsedJson& file) {
  return file.error.empty() && file.value.is_object() && file.value["version"] == Json(kVersion) &&
         (file.value["lessons"].is_object() || file.value["lessons"].is_null());
}

Json fresh_state() { return Json::object({{"version", kVersion}, {"lessons", Json::object()}}); }

}  // namespace

State::State(const Setup& setup)
    : file_(setup.source / ".qkoan" / "state.json"), json_(fresh_state()) {
  std::error_code error;
  const std::optional<std::string> content = read_file(file_);
  if (!content && !fs::exists(file_, error)) return;
  ParsedJson read = parse_json(content.value_or(""));
  if (is_sound(read)) {
    json_ = std::move(read.value);
    return;
  }
  const fs::path aside = file_.string() + ".damaged";
  fs::rename(file_, aside, error);
  message_ =
      "The record of your progress was damaged and starts anew; the next run of each lesson "
      "fills it again. " +
      (error ? "The damaged file stays where it is: " + setup.shown(file_)
             : "The old file is now " + setup.shown(aside)) +
      ".";
}

/// What is known of a task, to be changed.
Json& State::task(const std::string& lesson, const std::string& task) {
  return json_.member("lessons").member(lesson).member("tasks").member(task);
}

bool State::passed(const std::string& lesson, const std::string& task) const {
  return json_["lessons"][lesson]["tasks"][task]["passed"].flag();
}

bool State::changed_since(const Setup& setup, const Lesson& lesson) const {
  const std::string now = content_hash(read_file(setup.exercise(lesson.name)).value_or(""));
  for (const auto& [name, task] : json_["lessons"][lesson.name]["tasks"].members()) {
    if (task["file"].is_text() && task["file"].text() != now) return true;
  }
  return false;
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
  const Json before = json_;
  const std::string hash = content_hash(read_file(verdict.source).value_or(""));
  for (const TaskVerdict& task : verdict.tasks) {
    const bool decided = task.asked || task.of.result != Result::kNotRun;
    if (!decided) continue;
    Json& entry = this->task(verdict.lesson, task.of.task);
    entry.member("passed") = task.of.result == Result::kPassed;
    entry.member("file") = hash;
  }
  if (!(json_ == before)) save();
}

void State::forget(const std::string& lesson) {
  reload();
  const Json tasks = json_["lessons"][lesson]["tasks"];
  for (const auto& [name, known] : tasks.members()) task(lesson, name).remove("passed");
  save();
}

int State::hints_shown(const std::string& lesson, const std::string& task) const {
  return json_["lessons"][lesson]["tasks"][task]["hints"].whole();
}

void State::show_hints(const std::string& lesson, const std::string& task, int count) {
  reload();
  this->task(lesson, task).member("hints") = count;
  save();
}

bool State::answered(const std::string& lesson, const std::string& question) const {
  return json_["lessons"][lesson]["quiz"][question]["right"].flag();
}

bool State::answered_at_first(const std::string& lesson, const std::string& question) const {
  return json_["lessons"][lesson]["quiz"][question]["first"].flag();
}

void State::record_answer(const std::string& lesson, const std::string& question, bool right) {
  reload();
  Json& entry = json_.member("lessons").member(lesson).member("quiz").member(question);
  const bool first_try = entry["first"].is_null();
  if (first_try) entry.member("first") = right;
  if (first_try || right) entry.member("right") = right;
  save();
}

std::string State::current() const { return json_["current"].text(); }

void State::set_current(const std::string& lesson) {
  if (current() == lesson) return;
  reload();
  json_.member("current") = lesson;
  save();
}

std::string State::take_message() { return std::exchange(message_, ""); }

/// Another terminal may have written meanwhile.
void State::reload() {
  ParsedJson read = parse_json(read_file(file_).value_or(""));
  if (is_sound(read)) json_ = std::move(read.value);
}

void State::save() {
  if (!writable_) return;
  std::error_code ignored;
  fs::create_directories(file_.parent_path(), ignored);
  const std::string error = write_atomically(file_, json_.dump(2) + "\n");
  if (error.empty()) return;
  writable_ = false;
  message_ = "Your progress cannot be recorded in " + file_.string() + ": " + error +
             ". Everything else works.";
}

}  // namespace qkoan
