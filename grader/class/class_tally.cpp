#include "class/class_tally.hpp"

namespace qkoan {

namespace {

void count(TaskTally& tally, const TaskScore& score) {
  if (!score.grade) {
    ++tally.not_judged;
    return;
  }
  if (score.result == Result::kPassed) ++tally.passed;
  if (score.result == Result::kFailed) ++(score.unwritten() ? tally.unwritten : tally.failed);
  if (score.result == Result::kNotRun) ++tally.not_run;
  if (score.task.speed_points == 0 || score.result != Result::kPassed || !score.grade->pace) return;
  if (*score.grade->pace == Pace::kFast) ++tally.fast;
  if (*score.grade->pace == Pace::kSlow) ++tally.slow;
  if (*score.grade->pace == Pace::kInconclusive) ++tally.inconclusive;
}

void take_conditions(RunFacts& run, const Conditions& conditions) {
  run.compilers.insert(conditions.compiler);
  run.limits.insert(conditions.limits);
  run.tiers.insert(conditions.tier);
  run.seeds.insert(std::to_string(conditions.seed));
  run.harnesses[conditions.lesson].insert(conditions.harness);
}

StudentLine line_of_student(const Score& score, const std::vector<Person>& people) {
  StudentLine line{score.id,  score.student, people,       {},      score.lateness,
                   score.raw, score.penalty, score.points, score.of};
  for (const LessonScore& lesson : score.lessons) line.of_lessons.push_back(lesson.points());
  return line;
}

}  // namespace

ClassTally::ClassTally(const CourseFile& file, bool speed) {
  for (const CountedLesson& lesson : file.lessons) {
    for (const CountedTask& task : lesson.tasks) {
      tasks.push_back({lesson.name, lesson.label, task});
      if (!speed) tasks.back().task.speed_points = 0;
    }
  }
}

void ClassTally::add(const Score& score, const std::vector<Person>& people,
                     const CourseFile& file) {
  const auto remark = [&](std::vector<Remark>& to, const std::string& lesson,
                          const std::string& what) {
    to.push_back({score.id, names_of(score.student, people), lesson, what});
  };
  auto tally = tasks.begin();
  for (const LessonScore& lesson : score.lessons) {
    if (lesson.record) take_conditions(run, lesson.record->conditions);
    if (!lesson.content.empty() && !lesson.record) remark(attention, lesson.name, "not judged yet");
    if (lesson.record && !lesson.record->broken.empty())
      remark(attention, lesson.name, "could not be judged: " + lesson.record->broken);
    else if (lesson.record && !lesson.record->compiled)
      remark(uncompiled, lesson.name, lesson.record->compiler_says);
    for (const TaskScore& task : lesson.tasks) {
      count(*tally++, task);
      if (task.grade && task.speed_reason.starts_with("no verdict"))
        remark(attention, lesson.name, task.task.name + ": " + task.speed_reason);
      if (!task.grade || task.grade->bug.empty()) continue;
      MistakeTally& mistake = mistakes[{lesson.name, task.task.name, task.grade->bug}];
      mistake = {lesson.name, task.task.name, task.grade->about, mistake.count + 1};
    }
  }
  if (score.lateness.unknown)
    remark(attention, "", "nobody knows when it was handed in: counted as in time");
  if (people.empty() && !file.people_file.empty())
    remark(attention, "", "not in " + file.people_file);
  for (const std::string& problem : score.problems) remark(refused, "", problem);
  students.push_back(line_of_student(score, people));
}

}  // namespace qkoan
