#ifndef QKOAN_GRADER_CLASS_RECORD_HPP
#define QKOAN_GRADER_CLASS_RECORD_HPP
/// @file
/// The verdict on one text for one lesson, as it is kept: every student who handed in this text gets
/// it, and whoever wants to know how it came about finds everything here.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "json.hpp"
#include "suite.hpp"
#include "verdict.hpp"

namespace qkoan {

/// What decides a verdict, apart from chance. Two records with the same conditions are one.
struct Conditions {
  std::string lesson;
  std::string content;   ///< SHA-256 of the student's text
  std::string harness;   ///< SHA-256 of suite, worker, planted bugs and contracts
  std::string compiler;  ///< its own words: "g++ (Debian 12.2.0-14) 12.2.0", and the flags
  std::string limits;    ///< of time and memory, in words
  std::string tier;      ///< what kept the student's code in: "namespaces" or "landlock"
  std::uint64_t seed = 0;

  /// SHA-256 of all of them: the record's name.
  std::string key() const;
};

/// One task of the lesson.
struct TaskGrade {
  std::string task;
  std::string title;
  int number = 0;
  int points = 1;        ///< for a right answer, as the lesson has it
  int speed_points = 0;  ///< and for a fast one, apart
  Result result = Result::kNotRun;
  std::string because;  ///< not run: the failed task that it builds on
  std::string kind;     ///< of the failure: unsolved, wrong, crashed, hung, ... (failure.hpp)
  std::string message;  ///< of the failure, one line
  std::string
      report;       ///< the failure as the student would see it, without hidden inputs; plain text
  std::string bug;  ///< the planted bug with the same numbers; or empty
  std::string about;         ///< completes "your numbers are those of a known mistake: …"
  std::optional<Pace> pace;  ///< absent: not graded for speed, or not right
  double speed_ratio = 0;    ///< times as fast as the scalar form
  double speed_required = 0;
  std::string speed_why;  ///< what ended the race, if it was not its speed
};

struct GradeRecord {
  Conditions conditions;
  bool compiled = false;
  std::string compiler_says;  ///< errors and warnings, printable, shortened
  std::string broken;         ///< it could not be judged at all, and this is why
  std::vector<TaskGrade> tasks;
  double compile_seconds = 0;
  double judge_seconds = 0;
};

Json to_json(const GradeRecord& record);

/// The record in this file; nothing if there is none, or if it is damaged.
std::optional<GradeRecord> read_record(const std::filesystem::path& file);

/// Publishes a record as RESULTS/ab/KEY.json, whole or not at all. The first one stays.
/// Throws Problem if the disk is full.
void publish(const GradeRecord& record, const std::filesystem::path& results);

/// Where the record with this key is published.
std::filesystem::path record_file(const std::filesystem::path& results, const std::string& key);

}  // namespace qkoan

#endif
