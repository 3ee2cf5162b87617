#include "course.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "files.hpp"
#include "json.hpp"
#include "problem.hpp"
#include "text.hpp"

namespace qkoan {

namespace fs = std::filesystem;

namespace {

constexpr int kMostPoints = 1000;

std::optional<int> whole_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Splits "01-scaled_scores"; nothing for folders that are no lessons.
std::optional<Lesson> lesson_of_folder(const fs::path& folder) {
  const std::string name = folder.filename().string();
  const std::size_t dash = name.find('-');
  if (dash == std::string::npos || dash + 1 == name.size()) return std::nullopt;
  const std::optional<int> number = whole_number(std::string_view(name).substr(0, dash));
  if (!number) return std::nullopt;
  Lesson lesson;
  lesson.number = *number;
  lesson.name = name.substr(dash + 1);
  lesson.folder = folder;
  return lesson;
}

/// The text of a member that must be there.
std::string required(const Json& object, const char* name, const std::string& place) {
  if (object[name].is_text()) return object[name].text();
  throw Problem(place + ": \"" + name + "\" is missing, or is no text.");
}

int points_of(const Json& task, const char* name, const std::string& place) {
  const Json& points = task[name];
  if (points.is_null()) return 1;
  if (points.is_whole() && points.number() >= 1 && points.number() <= kMostPoints)
    return points.whole();
  throw Problem(place + ": \"" + name + "\" is no whole number from 1 to " +
                std::to_string(kMostPoints) + ".");
}

/// What a task demands of the speed, and what it gives for it.
void read_speed(const Json& entry, CourseTask& task, const std::string& place) {
  const Json& speed = entry["speed"];
  if (speed.is_null()) {
    if (entry["speed_points"].is_null()) return;
    throw Problem(place + ": \"speed_points\" needs \"speed\", which says how fast is enough.");
  }
  task.speed = speed.number();
  if (task.speed > 0) {
    task.speed_points = points_of(entry, "speed_points", place);
    return;
  }
  throw Problem(
      place +
      ": \"speed\" is no number above 0. It says how many times as fast as the scalar form "
      "is enough, for each lane of a vector, such as 0.25.");
}

void read_tasks(const Setup& setup, Lesson& lesson) {
  const fs::path file = lesson.folder / "tasks.json";
  const std::string shown = setup.shown(file);
  const std::optional<std::string> content = read_file(file);
  if (!content) {
    throw Problem(shown + " is missing.\nEvery lesson has one: " +
                  R"({"title": "...", "tasks": [{"task": "dot", "title": "...", "hints": []}]})");
  }
  const ParsedJson json = parse_json(*content);
  if (!json.error.empty()) throw Problem(shown + " is not valid JSON: " + printable(json.error));
  lesson.title = required(json.value, "title", shown);
  for (const Json& entry : json.value["tasks"].items()) {
    const std::string place = shown + ", task " + std::to_string(lesson.tasks.size() + 1);
    CourseTask task{required(entry, "task", place), required(entry, "title", place),
                    entry["hints"].texts()};
    task.points = points_of(entry, "points", place);
    read_speed(entry, task, place);
    lesson.tasks.push_back(std::move(task));
  }
  if (lesson.tasks.empty()) throw Problem(shown + " lists no task: \"tasks\" is missing or empty.");
}

/// Exact name, number, or beginning of exactly one name; otherwise a Problem that helps.
std::size_t find_name(std::string_view wanted, const std::vector<std::string>& names,
                      const std::vector<int>& numbers, const std::string& kind,
                      const std::string& list) {
  std::vector<std::string> beginnings;
  std::size_t found = names.size();
  const std::optional<int> number = whole_number(wanted);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == wanted || number == numbers[i]) return i;
    if (!wanted.empty() && names[i].starts_with(wanted)) {
      beginnings.push_back(names[i]);
      found = i;
    }
  }
  if (beginnings.size() == 1) return found;
  const std::string quoted = "\"" + printable(wanted) + "\"";
  if (beginnings.size() > 1) {
    throw Problem(quoted + " is the beginning of more than one " + kind + ": " + join(beginnings) +
                  ".\nType one of these.");
  }
  const std::vector<std::string> near = nearest(wanted, names);
  throw Problem("There is no " + kind + " " + quoted + "." +
                (near.empty() ? "" : " Did you mean " + join(near, " or ") + "?") + "\n" + list);
}

}  // namespace

std::string Lesson::label() const { return (number < 10 ? "0" : "") + std::to_string(number); }

int Lesson::number_of(std::string_view task) const {
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i].name == task) return static_cast<int>(i) + 1;
  }
  return 0;
}

const CourseTask* Lesson::find(std::string_view task) const {
  for (const CourseTask& one : tasks) {
    if (one.name == task) return &one;
  }
  return nullptr;
}

bool Lesson::graded_for_speed() const {
  return std::any_of(tasks.begin(), tasks.end(), [](const CourseTask& t) { return t.speed > 0; });
}

int Course::task_count() const {
  int count = 0;
  for (const Lesson& lesson : lessons) count += static_cast<int>(lesson.tasks.size());
  return count;
}

Course read_course(const Setup& setup) {
  Course course;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(setup.source / "lessons", error)) {
    if (!entry.is_directory()) continue;
    std::optional<Lesson> lesson = lesson_of_folder(entry.path());
    if (!lesson) continue;
    read_tasks(setup, *lesson);
    course.lessons.push_back(std::move(*lesson));
  }
  if (course.lessons.empty()) {
    throw Problem("There are no lessons in " + (setup.source / "lessons").string() +
                  ".\nA lesson is a folder like lessons/01-scaled_scores with a tasks.json.");
  }
  std::sort(course.lessons.begin(), course.lessons.end(), [](const Lesson& a, const Lesson& b) {
    return std::pair(a.number, a.name) < std::pair(b.number, b.name);
  });
  return course;
}

const Lesson& find_lesson(const Course& course, std::string_view wanted) {
  std::vector<std::string> names;
  std::vector<int> numbers;
  for (const Lesson& lesson : course.lessons) {
    names.push_back(lesson.name);
    numbers.push_back(lesson.number);
  }
  const std::string list = "All lessons: " + command_name() + " list";
  return course.lessons[find_name(wanted, names, numbers, "lesson", list)];
}

std::vector<const Lesson*> find_lessons(const Course& course,
                                        const std::vector<std::string>& wanted) {
  std::vector<const Lesson*> lessons;
  for (const std::string& name : wanted) lessons.push_back(&find_lesson(course, name));
  if (!lessons.empty()) return lessons;
  for (const Lesson& lesson : course.lessons) lessons.push_back(&lesson);
  return lessons;
}

std::string find_task(const Lesson& lesson, std::string_view wanted) {
  std::vector<std::string> names;
  std::vector<int> numbers;
  for (const CourseTask& task : lesson.tasks) {
    names.push_back(task.name);
    numbers.push_back(static_cast<int>(names.size()));
  }
  const std::string list = "The tasks of " + lesson.name + ": " + join(names);
  return names[find_name(wanted, names, numbers, "task", list)];
}

}  // namespace qkoan
