#ifndef QKOAN_GRADER_CLASS_SPEED_RECORD_HPP
#define QKOAN_GRADER_CLASS_SPEED_RECORD_HPP
/// @file
/// How fast the right functions of one text are, as it is kept: beside the record of the verdict, since
/// verdicts may come from many machines, and speed is that of one.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "class/record.hpp"

namespace qkoan {

/// What decides it, apart from chance.
struct SpeedConditions {
  std::string record;     ///< the key of the verdict
  std::string races;      ///< SHA-256 of all who take part, but for the text
  std::string required;   ///< how fast, in words
  std::string processor;  ///< as it names itself

  /// SHA-256 of all of them: the record's name.
  std::string key() const;
};

/// One task of the lesson.
struct TaskSpeed {
  std::string task;
  Pace pace = Pace::kInconclusive;
  double ratio = 0;     ///< times as fast as the scalar form
  double required = 0;  ///< and so many it had to be
  std::string why;      ///< what ended the race, if it was not its speed
};

struct SpeedRecord {
  SpeedConditions conditions;
  std::vector<TaskSpeed> tasks;

  bool conclusive() const;
};

/// The record in this file; nothing if there is none, or if it is damaged.
std::optional<SpeedRecord> read_speed_record(const std::filesystem::path& file);

/// Publishes a record as FOLDER/ab/KEY.json (record_file()), whole or not at all, in place of an
/// inconclusive one. Throws Problem if the disk is full.
void publish(const SpeedRecord& record, const std::filesystem::path& folder);

/// Adds to a verdict how fast it is.
void add_speed(GradeRecord& record, const SpeedRecord& speed);

}  // namespace qkoan

#endif
