#ifndef QKOAN_GRADER_SUITE_HPP
#define QKOAN_GRADER_SUITE_HPP
/// @file
/// Talking to a suite: its command line, its events, its lists.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "failure.hpp"
#include "process.hpp"

namespace qkoan {

enum class Result { kPassed, kFailed, kNotRun };

/// What one suite process said of one task.
struct TaskResult {
  std::string task;
  Result result = Result::kNotRun;
  std::string check;            ///< the failed check
  Failure failure;              ///< if it failed
  std::string because;          ///< not run: the failed task that it builds on
  int checks = 0;               ///< passed: how many checks,
  int cases = 0;                ///< how many cases,
  std::optional<double> worst;  ///< the largest error, as a part of the bound,
  std::optional<double> ulps;   ///< and in floats
};

/// What one suite process said of one property.
struct PropertyResult {
  std::string task;
  std::string check;
  int cases = 0;
  bool holds = false;
  Failure failure;  ///< the smallest counterexample
};

/// How long a suite may be silent, if nothing else is asked for.
constexpr double kSuiteLimitSeconds = 2;

/// Whom to judge, and by what.
struct SuiteRequest {
  std::filesystem::path suite;
  std::filesystem::path implementation;
  std::vector<std::string> worker;   ///< instead: starts a process that has the functions
  std::filesystem::path complement;  ///< has the functions that the implementation lacks; or empty
  std::string select;                ///< a planted bug or a variant inside the implementation
  std::uint64_t seed = 0;
  std::vector<std::string> tasks;   ///< empty: all
  std::string check;                ///< "task/check": only this one
  std::vector<std::string> failed;  ///< known to fail: they crashed before
  bool properties = false;          ///< all properties, and nothing else
  int cases = 0;                    ///< generated ones in each check; 0: the usual number
  bool shrink = true;
  bool brief = false;                    ///< which checks fail is enough, not how
  double limit = kSuiteLimitSeconds;     ///< seconds without a sign of life
  double deadline = 0;                   ///< seconds in all; 0: as many as it takes
  int processor = -1;                    ///< where it runs; −1: anywhere
  int user = -1;                         ///< as whom; −1: as the one who runs the tool
  std::vector<std::string> environment;  ///< in addition, for sanitizers
};

/// One suite process, from its start to its end.
struct SuiteRun {
  std::vector<TaskResult> results;  ///< in the order in which they were decided
  std::vector<PropertyResult> properties;
  std::string task;  ///< where it was at the end

  std::string check;
  bool ended = false;            ///< it came to its end and said so
  bool started = false;          ///< it could load the implementation
  std::optional<Failure> fault;  ///< its own word about the crash that killed it
  double limit = 0;
  bool late = false;  ///< the deadline ended it
  Outcome outcome;
};

/// Runs the suite to its end, however it ends.
Async<SuiteRun> run_suite(Scope scope, SuiteRequest request);

/// Why a run that did not end stopped, in words.
Failure cause_of_death(const SuiteRun& run);

/// "a segmentation fault (SIGSEGV)"
std::string signal_in_words(const std::string& name);

struct SuiteCheck {
  std::string name;
  std::string description;
  bool property = false;
};

struct SuiteTask {
  std::string name;
  std::vector<SuiteCheck> checks;
  std::vector<std::string> needs;
};

/// Asks a suite for its tasks. Throws Problem.
Async<std::vector<SuiteTask>> list_tasks(Scope scope, std::filesystem::path suite);

struct Mutant {
  std::string name;
  bool bug = true;  ///< false: a correct variant
  std::string about;
  std::vector<std::string> functions;
};

/// Asks a suite for the planted bugs and variants in a shared object. Throws Problem.
Async<std::vector<Mutant>> list_mutants(Scope scope, std::filesystem::path suite,
                                        std::filesystem::path library);

}  // namespace qkoan

#endif
