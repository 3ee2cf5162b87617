#include "verdict.hpp"

#include <algorithm>

namespace qkoan {

const char* name_of(Result result) {
  switch (result) {
    case Result::kPassed:
      return "passed";
    case Result::kFailed:
      return "failed";
    case Result::kNotRun:
      break;
  }
  return "not_run";
}

const char* name_of(Pace pace) {
  switch (pace) {
    case Pace::kFast:
      return "fast";
    case Pace::kSlow:
      return "slow";
    case Pace::kInconclusive:
      break;
  }
  return "inconclusive";
}

bool Verdict::passed() const {
  return broken.empty() && compiled() && !tasks.empty() &&
         std::all_of(tasks.begin(), tasks.end(), [](const TaskVerdict& task) {
           return !task.asked || task.of.result == Result::kPassed;
         });
}

const TaskVerdict* Verdict::headline() const {
  const TaskVerdict* unwritten = nullptr;
  for (const TaskVerdict& task : tasks) {
    if (task.of.result != Result::kFailed) continue;
    if (!task.of.failure.unsolved()) return &task;
    if (!unwritten) unwritten = &task;
  }
  return unwritten;
}

int Verdict::passed_count() const {
  return static_cast<int>(std::count_if(tasks.begin(), tasks.end(), [](const TaskVerdict& task) {
    return task.of.result == Result::kPassed;
  }));
}

bool Verdict::fast() const {
  return std::none_of(speed.begin(), speed.end(),
                      [](const SpeedResult& result) { return result.pace == Pace::kSlow; });
}

Points Verdict::points(const TaskVerdict& task) const {
  return {task.of.result == Result::kPassed ? task.points : 0, task.points};
}

Points Verdict::speed_points(const TaskVerdict& task) const {
  bool raced = false;
  bool fast = true;
  for (const SpeedResult& result : speed) {
    if (result.task != task.of.task) continue;
    raced = true;
    fast = fast && result.pace == Pace::kFast;
  }
  return {raced && fast ? task.speed_points : 0, task.speed_points};
}

Points Verdict::points() const {
  Points sum;
  for (const TaskVerdict& task : tasks) {
    if (task.asked) sum = sum + points(task);
  }
  return sum;
}

Points Verdict::speed_points() const {
  Points sum;
  for (const TaskVerdict& task : tasks) {
    if (task.asked) sum = sum + speed_points(task);
  }
  return sum;
}

}  // namespace qkoan
