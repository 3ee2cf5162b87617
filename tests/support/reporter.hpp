#ifndef QKOAN_TESTS_SUPPORT_REPORTER_HPP
#define QKOAN_TESTS_SUPPORT_REPORTER_HPP
/// @file
/// What happens during a run of a suite, as one JSON object per line.
///
///     {"event":"start","seed":"7","implementation":"x.so","functions_missing":[]}
///     {"event":"task","task":"dot"}
///     {"event":"check","task":"dot","check":"worked_example"}
///     {"event":"failed","task":"dot","check":"any_vectors","failure":{...}}
///     {"event":"passed","task":"dot","checks":3,"cases":61,"worst":0.31,"ulps":2.4}
///     {"event":"not_run","task":"scaled_scores","because":"dot"}
///     {"event":"fault","task":"dot","check":"any_vectors","failure":{"kind":"crashed",...}}
///     {"event":"alive"}
///     {"event":"end"}
///
/// When properties are judged, each also has {"event":"property","task":...,"check":...,"cases":100,
/// "holds":true}, and what fails does not keep the others from being judged.
///
/// "alive" only says that a check goes on, to a grader that waits for a sign of life.
///
/// A run that ends without "fault" or "end" was ended from within: by exit(), or from outside.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace qkoan {

struct Failure;
struct MutantInfo;

/// A check of a suite, as `--list` tells it.
struct CheckInfo {
  std::string name;         ///< of its test case
  std::string description;  ///< completes "check: …"
  bool property;            ///< whether it holds for every input
};

/// A task of a suite.
struct TaskInfo {
  std::string name;                ///< of its test suite, and of the contract's function
  std::vector<CheckInfo> checks;   ///< in the order of the suite
  std::vector<std::string> needs;  ///< tasks that it builds on
};

/// What `--list` prints.
/// @{
std::string to_json(const std::vector<TaskInfo>& tasks);
std::string to_json(const std::vector<MutantInfo>& mutants);
/// @}

/// Where a suite says what happens. A suite has one.
class Reporter {
 public:
  /// Where the seeds of all checks come from.
  /// @{
  void set_seed(std::uint64_t seed) { seed_ = seed; }
  std::uint64_t seed() const { return seed_; }
  /// @}

  /// Whether a case that fails is made smaller before it is reported.
  /// @{
  void set_shrinks(bool shrinks) { shrinks_ = shrinks; }
  bool shrinks() const { return shrinks_; }
  /// @}

  /// How many cases for_all() judges.
  /// @{
  void set_cases(int cases) { cases_wanted_ = cases; }
  int cases_wanted() const { return cases_wanted_; }
  /// @}

  /// Whether properties are judged, each by itself.
  /// @{
  void set_properties(bool properties) { properties_ = properties; }
  bool properties() const { return properties_; }
  /// @}

  /// Events go to this descriptor, one write each; −1: nowhere.
  void open(int descriptor) { descriptor_ = descriptor; }

  /// @name Events
  /// In this order. Each writes its line, as reporter.hpp shows them.
  /// @{
  void start(const std::string& implementation);  ///< tells the seed, and what is missing
  void task_begins(const std::string& task);      ///< counts from 0 again
  void check_begins(const std::string& check);    ///< of the task that began last
  void check_ends();                              ///< a line only if properties are judged
  void failed(const Failure& failure);  ///< the first of a task, or of a property, is told
  void task_passed();                   ///< no line if nothing was judged
  void task_not_run(const std::string& task, const std::string& because);  ///< a failed task
  void end();                                                              ///< the run is complete
  /// @}

  /// A sign of life in a check that may take longer than the grader waits for one.
  void alive() const;

  /// The case that is judged from now on, should it be the last.
  void case_begins(const std::vector<std::pair<std::string, std::string>>& parameters);

  /// From a signal handler: the process is about to die of `signal`, at `address` if it is known.
  void fault(int signal, const void* address);

  bool task_has_failed() const { return task_has_failed_; }          ///< the task that began last
  bool any_task_has_failed() const { return any_task_has_failed_; }  ///< since the start
  void count_cases(int cases) { cases_ += cases; }                   ///< judged since the last call
  /// A comparison went well; its largest errors, in units of the bound and in floats.
  void judged(double ratio, double ulps = 0) {
    worst_ = ratio > worst_ ? ratio : worst_;
    ulps_ = ulps > ulps_ ? ulps : ulps_;
  }

 private:
  void write(const std::string& line) const;

  std::uint64_t seed_ = 0;
  bool shrinks_ = true;
  int cases_wanted_ = 32;  // sizes grow to their limits over these
  bool properties_ = false;
  int descriptor_ = -1;
  std::string task_, check_;
  char case_[512] = "";  ///< JSON; a signal handler reads it
  bool task_has_failed_ = false, any_task_has_failed_ = false;
  bool check_has_failed_ = false;
  int checks_ = 0, cases_ = 0, cases_before_check_ = 0;
  double worst_ = 0, ulps_ = 0;
};

/// The reporter of this process.
Reporter& reporter();

}  // namespace qkoan

#endif
