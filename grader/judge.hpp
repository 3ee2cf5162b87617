#ifndef QKOAN_GRADER_JUDGE_HPP
#define QKOAN_GRADER_JUDGE_HPP
/// @file
/// Compiles, runs the suite, and goes on behind crashes: from an implementation to a verdict.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "course.hpp"
#include "diagnose.hpp"
#include "implementation.hpp"
#include "setup.hpp"
#include "verdict.hpp"

namespace qkoan {

/// What is asked for.
struct JudgeRequest {
  Implementation implementation;
  std::vector<std::string> tasks;     ///< empty: all
  std::optional<std::uint64_t> seed;  ///< empty: a fresh one
  bool sanitized = false;
  bool shrink = true;
  double limit = 0;  ///< seconds without a sign of life; 0: the usual
  /// It is compiled already, and this starts a process that has the functions.
  std::optional<Compilation> compilation = {};
  std::vector<std::string> worker = {};
  int processor = -1;   ///< where it is judged; −1: anywhere
  int user = -1;        ///< as whom; −1: as the one who runs the tool
  double deadline = 0;  ///< seconds for all tasks; 0: as many as they take
};

/// Judges; remembers what the suites say of themselves.
class Judge {
 public:
  explicit Judge(const Setup& setup) : setup_(setup) {}

  /// The verdict, without what takes longer to find out.
  Async<Verdict> judge(Scope scope, const Lesson& lesson, JudgeRequest request);

  /// What takes longer: the line of a crash, the planted bug with the same numbers.
  /// @return  whether the verdict has become richer
  Async<bool> explain(Scope scope, Verdict& verdict, double limit);

  /// From now on all seeds are one: how planted bugs fail is found out once.
  void remember_failures() { known_failures_ = std::make_shared<KnownFailures>(); }

  /// Whether explain() has work to do.
  static bool explainable(const Verdict& verdict);

  /// The tasks and checks of a lesson's suite.
  Async<std::vector<SuiteTask>> tasks(Scope scope, std::string lesson);
  /// The planted bugs and variants of a lesson.
  Async<std::vector<Mutant>> mutants(Scope scope, std::string lesson);

  const Setup& setup() const { return setup_; }

 private:
  Async<std::vector<std::string>> sanitizer_environment(Scope scope);
  Async<> run_to_the_end(Scope scope, Verdict& verdict, SuiteRequest request);
  Async<std::optional<Mutant>> find_bug(Scope scope, const Verdict& verdict, TaskResult failed);
  Async<Finding> find_crash(Scope scope, const Verdict& verdict, const TaskVerdict& task,
                            double limit);

  Setup setup_;
  std::map<std::string, std::vector<SuiteTask>> tasks_;
  std::map<std::string, std::vector<Mutant>> mutants_;
  std::shared_ptr<KnownFailures> known_failures_;
};

/// A number from the system's random device.
std::uint64_t fresh_seed();

/// The command that repeats what led to this failure.
std::string replay_command(const Verdict& verdict, const TaskVerdict& task);

}  // namespace qkoan

#endif
