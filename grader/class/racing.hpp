#ifndef QKOAN_GRADER_CLASS_RACING_HPP
#define QKOAN_GRADER_CLASS_RACING_HPP
/// @file
/// How fast is what a class has solved: one text after the other, on one processor, when all are judged.
/// Students' functions run in workers, and the program that races believes nothing of them
/// (benchmarks/support/watched_race.hpp).

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "class/course_file.hpp"
#include "class/judging.hpp"
#include "class/speed_record.hpp"

namespace qkoan {

struct ClassRaceSummary {
  long raced = 0;
  long known = 0;  ///< from earlier runs
};

class ClassRaces {
 public:
  /// @param file which speed counts
  /// @param out  has the verdicts in its folder "results"; speeds go to "speed"
  ClassRaces(Session& session, ClassJudge& judge, const CourseFile& file,
             const std::filesystem::path& out)
      : session_(session),
        judge_(judge),
        file_(file),
        results_(out / "results"),
        speeds_(out / "speed") {}

  /// Races what was judged right and is graded for speed, and publishes it. What is published is not raced
  /// again, unless it was inconclusive. Throws Problem if something is wrong with the set-up.
  Async<ClassRaceSummary> race(Scope scope, std::vector<HandedIn> texts);

  /// The verdict on a text, with its speed as far as it is known.
  std::optional<GradeRecord> record_of(const HandedIn& text);

 private:
  using Required = std::map<std::string, double>;  ///< times as fast as the scalar form, by task

  Required required_of(const GradeRecord& record) const;
  SpeedConditions conditions_of(const GradeRecord& record, const Required& required);
  std::string digest_of_races(const Lesson& lesson);
  Async<SpeedRecord> race_text(Scope scope, HandedIn text, SpeedConditions conditions,
                               Required required, Bench bench);
  Async<TaskSpeed> race_task(Scope scope, const Lesson& lesson, std::string task, double required,
                             std::filesystem::path worker, Bench bench);
  Command race_command(const Lesson& lesson, const std::string& task, double required,
                       const std::filesystem::path& worker, const Bench& bench) const;

  Session& session_;
  ClassJudge& judge_;
  const CourseFile& file_;
  std::filesystem::path results_, speeds_;
  std::map<std::string, std::string> digests_;
};

}  // namespace qkoan

#endif
