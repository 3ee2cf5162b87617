#include "class/racing.hpp"

#include <fstream>
#include <set>

#include "class/class_progress.hpp"
#include "class/class_run.hpp"
#include "class/work_folder.hpp"
#include "files.hpp"
#include "implementation.hpp"
#include "problem.hpp"
#include "sha256.hpp"
#include "speed.hpp"
#include "text.hpp"

namespace qkoan {

namespace fs = std::filesystem;

namespace {

constexpr double kRaceOfTaskSeconds = 30;  // who sleeps takes no time of the processor
constexpr int kTries = 3;                  // until there is a decision
constexpr std::size_t kLongestReason = 300;
constexpr int kExitOfSetUp = 2;

std::string processor_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return trim(line.substr(line.find(':') + 1));
  }
  return "a processor without a name";
}

fs::path our_worker(const Setup& setup, const Lesson& lesson) {
  return setup.build / "class/twins" / lesson.name;
}

fs::path race_program(const Setup& setup, const Lesson& lesson) {
  return setup.build / "races" / lesson.name;
}

fs::path our_solution(const Setup& setup, const Lesson& lesson) {
  return find_implementation(setup, lesson, "solution").library;
}

/// What a race has come to.
TaskSpeed speed_of_race(const Json& race) {
  TaskSpeed speed;
  const std::string decision = race["decision"].text();
  speed.pace = decision == "fast"           ? Pace::kFast
               : decision == "inconclusive" ? Pace::kInconclusive
                                            : Pace::kSlow;
  speed.required = race["required"].number();
  for (const Json& one : race["contenders"].items()) {
    if (one["name"].text() == "scalar") speed.ratio = one["ratio"]["median"].number();
  }
  if (decision == "wrong")
    speed.why = "wrong in a race: " + clip(printable(race["why"].text()), kLongestReason);
  return speed;
}

/// The program that races has ended without a word on this one.
TaskSpeed broken_race(const Outcome& outcome) {
  TaskSpeed speed;
  speed.pace = Pace::kSlow;
  speed.why = outcome.timed_out ? "a race takes longer than " + duration(kRaceOfTaskSeconds)
                                : "it crashes in a race";
  return speed;
}

/// What is raced, and who must be built for it.
struct WaitingRace {
  HandedIn text;
  SpeedConditions conditions;
  std::map<std::string, double> required;
};

}  // namespace

ClassRaces::Required ClassRaces::required_of(const GradeRecord& record) const {
  Required required;
  const Lesson& lesson = find_lesson(session_.course, record.conditions.lesson);
  for (const CountedLesson& counted : file_.lessons) {
    if (counted.name != lesson.name) continue;
    for (const CountedTask& task : counted.tasks) {
      for (const TaskGrade& grade : record.tasks) {
        if (grade.task == task.name && task.speed_points > 0 && grade.result == Result::kPassed)
          required[task.name] = lesson.find(task.name)->speed * lanes();
      }
    }
  }
  return required;
}

std::string ClassRaces::digest_of_races(const Lesson& lesson) {
  std::string& known = digests_[lesson.name];
  if (!known.empty()) return known;
  std::string digests;
  for (const fs::path& part :
       {race_program(session_.setup, lesson), our_worker(session_.setup, lesson),
        our_solution(session_.setup, lesson)}) {
    const std::optional<std::string> content = read_file(part);
    if (!content) throw Problem(part.string() + " is missing, without which nothing is raced.");
    digests += sha256(*content);
  }
  return known = sha256(digests);
}

SpeedConditions ClassRaces::conditions_of(const GradeRecord& record, const Required& required) {
  const Lesson& lesson = find_lesson(session_.course, record.conditions.lesson);
  std::vector<std::string> words;
  for (const auto& [task, ratio] : required) words.push_back(task + " " + Json(ratio).dump());
  return {record.conditions.key(), digest_of_races(lesson), join(words), processor_model()};
}

std::optional<GradeRecord> ClassRaces::record_of(const HandedIn& text) {
  std::optional<GradeRecord> record =
      read_record(record_file(results_, judge_.conditions_of(text).key()));
  if (!record) return record;
  const Required required = required_of(*record);
  if (required.empty()) return record;
  const std::optional<SpeedRecord> speed =
      read_speed_record(record_file(speeds_, conditions_of(*record, required).key()));
  if (speed) add_speed(*record, *speed);
  return record;
}

Async<ClassRaceSummary> ClassRaces::race(Scope scope, std::vector<HandedIn> texts) {
  ClassRaceSummary summary;
  std::vector<WaitingRace> waiting;
  for (HandedIn& text : texts) {
    const std::optional<GradeRecord> record =
        read_record(record_file(results_, judge_.conditions_of(text).key()));
    if (!record) continue;
    const Required required = required_of(*record);
    if (required.empty()) continue;
    co_await session_.builder.prepare_races(scope, text.lesson);
    const SpeedConditions conditions = conditions_of(*record, required);
    const std::optional<SpeedRecord> known =
        read_speed_record(record_file(speeds_, conditions.key()));
    if (known && known->conclusive())
      ++summary.known;
    else
      waiting.push_back({std::move(text), conditions, required});
  }
  summary.raced = static_cast<long>(waiting.size());
  if (waiting.empty()) co_return summary;

  ClassProgress progress(summary.raced, "raced");
  const WorkFolder folder(judge_.sandbox().user());
  const int processor = usable_processors().back();
  for (WaitingRace& one : waiting) {
    const Bench bench{processor, folder.fresh(0)};
    const SpeedRecord record = co_await race_text(scope, std::move(one.text), one.conditions,
                                                  std::move(one.required), bench);
    publish(record, speeds_);
    progress.step();
  }
  co_return summary;
}

Async<SpeedRecord> ClassRaces::race_text(Scope scope, HandedIn text, SpeedConditions conditions,
                                         Required required, Bench bench) {
  SpeedRecord record;
  record.conditions = std::move(conditions);
  const Lesson& lesson = find_lesson(session_.course, text.lesson);
  const Compilation compilation = co_await judge_.compile(scope, std::move(text), bench);
  for (const auto& [task, ratio] : required) {
    TaskSpeed speed;
    if (!compilation.succeeded) {  // it did when it was judged
      speed.why = "it could not be compiled once more";
    }
    for (int n = 0; compilation.succeeded && n < kTries; ++n) {
      speed = co_await race_task(scope, lesson, task, ratio, compilation.library, bench);
      if (speed.pace != Pace::kInconclusive) break;
    }
    speed.task = task;
    record.tasks.push_back(std::move(speed));
  }
  co_return record;
}

Command ClassRaces::race_command(const Lesson& lesson, const std::string& task, double required,
                                 const fs::path& worker, const Bench& bench) const {
  const Setup& setup = session_.setup;
  const Sandbox& sandbox = judge_.sandbox();
  const Json workers = Json::object(
      {{"own", sandbox.worker(worker)}, {"ours", sandbox.worker(our_worker(setup, lesson))}});
  Command command;
  command.arguments = {race_program(setup, lesson).string(),
                       "--grade",
                       task + "=" + Json(required).dump(),
                       "--twins",
                       our_solution(setup, lesson).string(),
                       "--workers",
                       workers.dump()};
  command.environment = bare_environment();
  command.processor = bench.processor;
  command.user = sandbox.user();
  command.limit = kRaceOfTaskSeconds;
  return command;
}

Async<TaskSpeed> ClassRaces::race_task(Scope scope, const Lesson& lesson, std::string task,
                                       double required, fs::path worker, Bench bench) {
  Command command = race_command(lesson, task, required, worker, bench);
  bool begun = false;
  std::optional<TaskSpeed> speed;
  command.on_output = [&](std::string_view line) {
    const Json event = parse_json(line).value;
    begun = begun || !event["watched"].is_null();
    if (!event["race"].is_null()) speed = speed_of_race(event["race"]);
  };
  const Outcome outcome = co_await run(scope, std::move(command));
  // Up to here, and with these words, it is nobody's doing but ours.
  if (!begun || (outcome.exit_code == kExitOfSetUp && !outcome.errors.empty())) {
    const std::string why = outcome.start_error.empty() ? outcome.errors : outcome.start_error;
    throw Problem("The races of " + lesson.name + " broke off: " + trim(printable(why)) +
                  "\nTo grade the class without them: --no-speed");
  }
  if (!speed) speed = broken_race(outcome);
  if (speed->required == 0) speed->required = required;
  co_return *speed;
}

}  // namespace qkoan
