#ifndef QKOAN_GRADER_VERDICT_HPP
#define QKOAN_GRADER_VERDICT_HPP
/// @file
/// The verdict on one implementation of one lesson. Every report is made from this and nothing
/// else.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "compile.hpp"
#include "sanitizers.hpp"
#include "suite.hpp"

namespace qkoan {

/// A task with its result.
struct TaskVerdict {
  int number = 0;
  std::string title;
  TaskResult of;            ///< what the suite says
  std::string description;  ///< of the failed check
  bool asked = true;        ///< false: it was run only because others build on it
  int points = 1;           ///< for a right answer,
  int speed_points = 0;     ///< and for a fast one, apart; 0: it is not graded for speed
};

/// Some points of all that there are.
struct Points {
  int got = 0;
  int of = 0;

  Points operator+(const Points& other) const { return {got + other.got, of + other.of}; }
};

/// The planted bug that produces the student's numbers.
struct Misconception {
  std::string bug;
  std::string about;
};

enum class Pace { kFast, kSlow, kInconclusive };

/// "passed", "failed", "not_run"; "fast", "slow", "inconclusive": as programs read them.
const char* name_of(Result result);
const char* name_of(Pace pace);

/// How fast one function is.
struct SpeedResult {
  std::string task;
  Pace pace = Pace::kInconclusive;
  double required = 0;  ///< times as fast as the scalar form,
  double low = 0;       ///< and how many times it is: the median's range, 95 %
  double ratio = 0;     ///< its median
  double high = 0;
  double seconds = 0;               ///< of one call
  double scalar = 0;                ///< of the scalar form
  double ours = 0;                  ///< of our solution; 0: it is not here
  double share_of_peak = 0;         ///< 0: the work is not floating point alone
  std::vector<std::string> advice;  ///< what to mend, read from the compiled code
};

struct Verdict {
  std::string lesson;
  std::string lesson_label;  ///< "01"
  std::string lesson_title;
  std::string implementation;    ///< empty: the student's own file
  std::filesystem::path source;  ///< the judged .cpp, if there is one
  std::filesystem::path
      library;  ///< the judged shared object; empty: a planted bug or variant in one
  std::uint64_t seed = 0;
  bool sanitized = false;
  std::filesystem::path
      complement;  ///< of a library of kernels: what it lacks was taken from there
  std::optional<Compilation> compilation;
  std::vector<TaskVerdict> tasks;  ///< in the course's order
  std::string broken;              ///< it could not be judged at all, and this is why
  std::string printed;             ///< what the judged program itself printed
  double judge_seconds = 0;
  std::optional<Misconception> misconception;
  std::optional<Finding> finding;  ///< the line of a crash
  std::vector<SpeedResult> speed;  ///< of what is right, if it was asked for
  bool speed_graded = false;       ///< points for speed were given, or refused
  std::string not_raced;           ///< speed was asked for, and this is why nothing was raced

  bool compiled() const { return !compilation || compilation->succeeded; }
  /// A library of kernels, which need not have all functions.
  bool completed() const { return !complement.empty(); }
  /// Everything that was asked for passed.
  bool passed() const;
  /// The one failure to show: the first real one, else the first unwritten task, else none.
  const TaskVerdict* headline() const;
  int passed_count() const;
  /// Nothing was found to be too slow.
  bool fast() const;
  /// A right answer has its points; a fast one has others, once it is known to be fast.
  Points points(const TaskVerdict& task) const;
  Points speed_points(const TaskVerdict& task) const;
  /// Of all that was asked for.
  Points points() const;
  Points speed_points() const;
};

}  // namespace qkoan

#endif
