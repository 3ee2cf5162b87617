#include "class/course_file.hpp"

#include <algorithm>

#include "class/checked_json.hpp"
#include "files.hpp"
#include "problem.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

namespace fs = std::filesystem;

constexpr long kMostPointsOfTask = 10000;
constexpr const char* kNoPenalty = "no penalty";
constexpr const char* kNoPoints = "no points";

CountedTask counted(const Lesson& lesson, const CourseTask& task) {
  return {task.name, task.title, lesson.number_of(task.name), 100L * task.points,
          100L * task.speed_points};
}

CountedLesson counted(const Lesson& lesson) {
  CountedLesson result{lesson.name, lesson.label(), lesson.title, {}};
  for (const CourseTask& task : lesson.tasks) result.tasks.push_back(counted(lesson, task));
  return result;
}

/// {"points": 2, "speed_points": 0}; what is absent is as in the lesson.
CountedTask read_weight(const CheckedJson& json, const Lesson& lesson, const CourseTask& task) {
  json.only({"points", "speed_points"});
  CountedTask result = counted(lesson, task);
  if (json.has("points")) result.points = json.at("points").hundredths(kMostPointsOfTask);
  if (!json.has("speed_points")) return result;
  result.speed_points = json.at("speed_points").hundredths(kMostPointsOfTask);
  if (result.speed_points > 0 && task.speed_points == 0)
    json.at("speed_points").complain("the speed of " + task.name + " is not graded. Write 0.");
  return result;
}

/// {} for all tasks with their own points, {"tasks": {...}} for these tasks alone.
CountedLesson read_lesson(const CheckedJson& json, const Lesson& lesson) {
  json.only({"tasks"});
  if (!json.has("tasks")) return counted(lesson);
  const CheckedJson tasks = json.at("tasks");
  std::vector<std::string> names;
  for (const CourseTask& task : lesson.tasks) names.push_back(task.name);
  if (!tasks.value().is_object() || tasks.value().members().empty())
    tasks.complain("names no task. Write {\"" + names.front() +
                   "\": {}, ...} with those that count, or leave \"tasks\" out for all of them.");
  for (const auto& [name, weight] : tasks.value().members()) {
    if (!lesson.find(name)) tasks.unknown("task of " + lesson.name, name, names);
  }
  CountedLesson result{lesson.name, lesson.label(), lesson.title, {}};
  for (const CourseTask& task : lesson.tasks) {
    if (tasks.has(task.name))
      result.tasks.push_back(read_weight(tasks.at(task.name), lesson, task));
  }
  return result;
}

std::vector<CountedLesson> read_lessons(const CheckedJson& json, const Course& course) {
  std::vector<std::string> names;
  for (const Lesson& lesson : course.lessons) names.push_back(lesson.name);
  if (!json.value().is_object() || json.value().members().empty())
    json.complain("names no lesson. Write {\"" + names.front() +
                  "\": {}, ...} with those that count, or leave \"lessons\" out for all of them.");
  for (const auto& [name, lesson] : json.value().members()) {
    if (std::find(names.begin(), names.end(), name) == names.end())
      json.unknown("lesson", name, names);
  }
  std::vector<CountedLesson> lessons;
  for (const Lesson& lesson : course.lessons) {
    if (json.has(lesson.name)) lessons.push_back(read_lesson(json.at(lesson.name), lesson));
  }
  return lessons;
}

LatePolicy read_late(const CheckedJson& json) {
  LatePolicy late;
  if (json.value().is_text()) {
    const bool free = json.one_of({kNoPenalty, kNoPoints}) == kNoPenalty;
    late.kind = free ? LatePolicy::Kind::kNoPenalty : LatePolicy::Kind::kNoPoints;
    return late;
  }
  json.only({"grace_minutes", "percent_per_day", "days"});
  late.kind = LatePolicy::Kind::kByDays;
  if (json.has("grace_minutes")) late.grace_minutes = json.at("grace_minutes").whole(0, 1440);
  late.percent_per_day = json.at("percent_per_day").whole(0, 100);
  late.days = json.at("days").whole(1, 366);
  return late;
}

void read_due(const CheckedJson& json, CourseFile& file) {
  if (!json.has("due")) {
    if (json.has("late")) json.at("late").complain("needs \"due\": after what is it late?");
    return;
  }
  const std::string due = json.at("due").text();
  file.due = read_time(due);
  if (!file.due)
    json.at("due").complain("\"" + clip(printable(due), 40) +
                            "\" is no time. Write it as 2026-11-21T23:59:00+01:00, with its zone.");
  if (!json.has("late"))
    json.complain(
        std::string("\"due\" needs \"late\": what becomes of what comes later. Write \"") +
        kNoPenalty + "\", \"" + kNoPoints +
        "\" or {\"grace_minutes\": 15, \"percent_per_day\": 10, \"days\": 3}.");
  file.late = read_late(json.at("late"));
}

/// Classroom 50 knows whole points only.
Classroom50 read_classroom50(const CheckedJson& json, const std::vector<CountedLesson>& lessons) {
  json.only({"classroom", "assignment", "assignment_type"});
  const std::string type = json.at("assignment_type").one_of({"individual", "group"});
  for (const CountedLesson& lesson : lessons) {
    for (const CountedTask& task : lesson.tasks) {
      if (task.points % 100 != 0 || task.speed_points % 100 != 0)
        json.complain("Classroom 50 takes whole points only, and " + lesson.name + ", " +
                      task.name + " has " + in_points(task.points) + " and " +
                      in_points(task.speed_points) + ". Give all tasks more, or leave it out.");
    }
  }
  return {json.at("classroom").text(), json.at("assignment").text(), type == "group"};
}

}  // namespace

std::string in_points(Hundredths amount) {
  std::string text = std::to_string(amount / 100);
  if (amount % 100 == 0) return text;
  text += "." + std::to_string(amount % 100 / 10);
  return amount % 10 == 0 ? text : text + std::to_string(amount % 10);
}

CourseFile default_course_file(const Course& course) {
  CourseFile file;
  for (const Lesson& lesson : course.lessons) file.lessons.push_back(counted(lesson));
  return file;
}

CourseFile read_course_file(const fs::path& path, const Course& course) {
  const std::string shown = printable(path.string());
  const std::optional<std::string> text = read_file(path);
  if (!text) throw Problem("The course file " + shown + " cannot be read.");
  const ParsedJson parsed = parse_json(*text);
  if (!parsed.error.empty())
    throw Problem(shown + " is not valid JSON: " + printable(parsed.error));
  const CheckedJson json(parsed.value, shown);
  json.only({"assignment", "title", "due", "late", "lessons", "students", "similarity_percent",
             "classroom50"});
  CourseFile file = default_course_file(course);
  file.assignment = json.at("assignment").text();
  file.title = json.has("title") ? json.at("title").text() : file.assignment;
  read_due(json, file);
  if (json.has("lessons")) file.lessons = read_lessons(json.at("lessons"), course);
  if (json.has("similarity_percent"))
    file.similarity_percent = json.at("similarity_percent").whole(1, 100);
  if (json.has("classroom50"))
    file.classroom50 = read_classroom50(json.at("classroom50"), file.lessons);
  if (!json.has("students")) return file;
  file.people_file = json.at("students").text();
  file.people = read_roster(path.parent_path() / file.people_file);
  return file;
}

}  // namespace qkoan
