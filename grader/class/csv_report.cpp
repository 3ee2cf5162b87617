#include "class/csv.hpp"
#include "class/machine_class_reports.hpp"

namespace qkoan {

namespace {

std::string gradebook_line(const CourseFile& file, const Person& person, const StudentLine& line) {
  return csv_line({file.assignment, file.due ? in_utc(*file.due) : "", line.lateness.submitted,
                   person.student_id, person.last_name, person.first_name, person.email,
                   in_points(line.raw), in_points(line.penalty), in_points(line.points),
                   in_points(line.of)});
}

}  // namespace

std::string render_gradebook(const ClassTally& tally, const CourseFile& file) {
  std::string text =
      csv_line({"assignment", "duedate", "timestamp", "student_id", "last_name", "first_name",
                "email", "raw_score", "late_submission_penalty", "score", "max_score"});
  StudentLine nothing;
  for (const TaskTally& one : tally.tasks) nothing.of += one.task.points + one.task.speed_points;
  for (const StudentLine& line : tally.students) {
    Person unknown;
    unknown.student_id = line.student;
    if (line.people.empty()) text += gradebook_line(file, unknown, line);
    for (const Person& person : line.people) text += gradebook_line(file, person, line);
  }
  for (const Person& person : tally.absent) text += gradebook_line(file, person, nothing);
  return text;
}

}  // namespace qkoan
