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

/// A check of a suite, as --list tells it.
struct CheckInfo {
  std::string name;
  std::string description;
  bool property;
};

/// A task of a suite.
struct TaskInfo {
  std::string name;
  std::vector<CheckInfo> checks;
  std::vector<std::string> needs;  ///< tasks that it builds on
};

std::string to_json(const std::vector<TaskInfo>& tasks);
std::string to_json(const std::vector<MutantInfo>& mutants);

/// Where a suite says what happens. A suite has one.
class Reporter {
 public:
  void set_seed(std::uint64_t seed) { seed_ = seed; }
  void set_shrinks(bool shrinks) { shrinks_ = shrinks; }
  std::uint64_t seed() const { return seed_; }
  bool shrinks() const { return shrinks_; }

  /// How many cases for_all() judges.
  void set_cases(int cases) { cases_wanted_ = cases; }
  int cases_wanted() const { return cases_wanted_; }

  /// Whether properties are judged, each by itself.
  void set_properties(bool properties) { properties_ = properties; }
  bool properties() const { return properties_; }

  /// Events go to this descriptor, one write each; −1: nowhere.
  void open(int descriptor) { descriptor_ = descriptor; }

  void start(const std::string& implementation);
  void task_begins(const std::string& task);
  void check_begins(const std::string& check);
  void check_ends();
  void failed(const Failure& failure);
  void task_passed();
  void task_not_run(const std::string& task, const std::string& because);
  void end();

  /// A sign of life in a check that may take longer than the grader waits for one.
  void alive() const;

  /// The case that is judged from now on, should it be the last.
  void case_begins(const std::vector<std::pair<std::string, std::string>>& parameters);

  /// From a signal handler: the process is about to die of `signal`, at `address` if it is known.
  void fault(int signal, const void* address);

  bool task_has_failed() const { return task_has_failed_; }
  bool any_task_has_failed() const { return any_task_has_failed_; }
  void count_cases(int cases) { cases_ += cases; }
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

Reporter& reporter();

}  // namespace qkoan

#endif
