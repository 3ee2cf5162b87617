/// @file
/// The main program of every suite: judges one implementation.

#include <getopt.h>
#include <malloc.h>
#include <sys/prctl.h>

#include <boost/test/execution_monitor.hpp>
#include <boost/test/results_collector.hpp>
#include <boost/test/tree/traverse.hpp>
#include <boost/test/tree/visitor.hpp>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <cstdio>
#include <random>
#include <set>
#include <stdexcept>

#include "tests/support/failure.hpp"
#include "tests/support/faults.hpp"
#include "tests/support/implementation.hpp"
#include "tests/support/reporter.hpp"

namespace {

namespace ut = boost::unit_test;
using qkoan::reporter;

struct Options {
  std::string implementation, complement, mutant, mutants_of, check, worker_of;
  std::vector<std::string> tasks, worker;  // the command that starts a worker
  std::set<std::string> failed;
  std::uint64_t seed = std::random_device()() * 4294967296u + std::random_device()();
  int events = -1, cases = reporter().cases_wanted();
  bool list = false, no_shrink = false, stop = false, properties = false;
} options;

bool is_task(const ut::test_unit& unit) {
  return unit.p_type == ut::TUT_SUITE &&
         unit.p_parent_id == ut::framework::master_test_suite().p_id;
}

std::string task_of(const ut::test_unit& check) {
  return ut::framework::get<ut::test_suite>(check.p_parent_id).p_name;
}

/// The tasks (test suites) in their order, each with its checks (test cases).
class Tasks : public ut::test_tree_visitor {
 public:
  struct Task {
    ut::test_unit_id id;
    std::vector<ut::test_unit_id> checks;
  };

  static std::vector<Task> all() {
    Tasks visitor;
    ut::traverse_test_tree(ut::framework::master_test_suite(), visitor, true);
    return visitor.tasks_;
  }

 private:
  bool test_suite_start(const ut::test_suite& suite) override {
    if (is_task(suite)) tasks_.push_back({suite.p_id, {}});
    return true;
  }
  void visit(const ut::test_case& check) override { tasks_.back().checks.push_back(check.p_id); }

  std::vector<Task> tasks_;
};

/// Translates Boost.Test's view of a run into events.
class Events : public ut::test_observer {
  void test_unit_start(const ut::test_unit& unit) override {
    if (is_task(unit)) reporter().task_begins(unit.p_name);
    if (unit.p_type == ut::TUT_CASE) reporter().check_begins(unit.p_name);
  }

  void test_unit_finish(const ut::test_unit& unit, unsigned long) override {
    if (unit.p_type == ut::TUT_CASE) reporter().check_ends();
    if (!is_task(unit) || reporter().task_has_failed()) return;
    if (options.failed.count(unit.p_name) == 0) reporter().task_passed();
  }

  void test_unit_skipped(const ut::test_unit& unit, ut::const_string) override {
    if (!is_task(unit)) return;
    for (const ut::test_unit_id id : unit.p_dependencies.get()) {
      const auto& results = ut::results_collector.results(id);
      if (!results.passed()) {
        return reporter().task_not_run(unit.p_name, ut::framework::get<ut::test_suite>(id).p_name);
      }
    }
  }

  void exception_caught(const boost::execution_exception& e) override {
    const std::string what(e.what().begin(), e.what().end());
    reporter().failed(qkoan::Failure{"internal", "the suite itself failed: " + what});
  }
};

/// A check runs unless its task has failed, in this run or before, or the first failure is enough. If
/// properties are asked for, they run, and nothing else does.
boost::test_tools::assertion_result may_run(ut::test_unit_id id) {
  if (options.stop && reporter().any_task_has_failed()) return false;
  const auto& check = ut::framework::get<ut::test_case>(id);
  if (options.properties) return check.has_label("property");
  return !reporter().task_has_failed() && options.failed.count(task_of(check)) == 0;
}

/// Takes "depends_on" off a task.
void make_independent(ut::test_suite& task) {
  std::erase_if(task.p_decorators.value, [](const ut::decorator::base_ptr& decorator) {
    return dynamic_cast<const ut::decorator::depends_on*>(decorator.get()) != nullptr;
  });
}

/// Boost.Test's initialisation: the tests are registered, nothing has run.
bool prepare() {
  for (const Tasks::Task& task : Tasks::all()) {
    // Where another's functions stand in for what is missing, each task can be judged by itself.
    if (options.properties || !options.complement.empty())
      make_independent(ut::framework::get<ut::test_suite>(task.id));
    for (const auto id : task.checks)
      ut::framework::get<ut::test_case>(id).add_precondition(may_run);
  }
  static Events events;
  ut::framework::register_observer(events);
  return true;
}

int print_tasks(char* program) {
  ut::framework::init([] { return true; }, 1, &program);
  ut::framework::finalize_setup_phase();
  std::vector<qkoan::TaskInfo> tasks;
  for (const auto& [id, check_ids] : Tasks::all()) {
    const auto& task = ut::framework::get<ut::test_suite>(id);
    qkoan::TaskInfo info{task.p_name, {}, {}};
    for (const ut::test_unit_id check_id : check_ids) {
      const auto& check = ut::framework::get<ut::test_case>(check_id);
      info.checks.push_back({check.p_name, check.p_description, check.has_label("property")});
    }
    for (const ut::test_unit_id need : task.p_dependencies.get()) {
      info.needs.push_back(ut::framework::get<ut::test_suite>(need).p_name);
    }
    tasks.push_back(info);
  }
  std::printf("%s\n", qkoan::to_json(tasks).c_str());
  return 0;
}

constexpr const char* kUsage = R"(Judges an implementation of this lesson's contract.
  --implementation FILE  shared object to judge
  --complement FILE      shared object whose functions stand in for those that it lacks
  --select NAME          planted bug or variant in that object
  --seed N               seed of all cases; without it, a fresh one
  --task NAME            judge only this task and what it needs; repeatable
  --check TASK/CHECK     judge only this check
  --properties           judge all properties and nothing else, whatever fails
  --cases N              judge N generated cases in each check
  --failed TASK          take this task as failed; repeatable
  --events FD            write events there, one JSON object per line
  --no-shrink            report the first failing case as it is
  --stop                 judge nothing more after the first failure
  --list                 print tasks and checks as JSON
  --mutants FILE         print the planted bugs and variants of a shared object as JSON
  --worker-source HEADER print the source of a worker for this contract
  -- COMMAND...          judge the worker that this starts, in place of a shared object
)";

const std::vector<option> kOptions{{"implementation", required_argument, nullptr, 'i'},
                                   {"complement", required_argument, nullptr, 'o'},
                                   {"select", required_argument, nullptr, 's'},
                                   {"seed", required_argument, nullptr, 'r'},
                                   {"task", required_argument, nullptr, 't'},
                                   {"check", required_argument, nullptr, 'c'},
                                   {"properties", no_argument, nullptr, 'p'},
                                   {"cases", required_argument, nullptr, 'k'},
                                   {"failed", required_argument, nullptr, 'f'},
                                   {"events", required_argument, nullptr, 'e'},
                                   {"no-shrink", no_argument, nullptr, 'n'},
                                   {"stop", no_argument, nullptr, 'x'},
                                   {"list", no_argument, nullptr, 'l'},
                                   {"mutants", required_argument, nullptr, 'm'},
                                   {"worker-source", required_argument, nullptr, 'w'},
                                   {nullptr, 0, nullptr, 0}};

/// Takes one option; false if there is no such option.
bool take(int name, const char* value) {
  switch (name) {
    case 'i':
      options.implementation = value;
      return true;
    case 'o':
      options.complement = value;
      return true;
    case 's':
      options.mutant = value;
      return true;
    case 'r':
      options.seed = std::stoull(value);
      return true;
    case 't':
      options.tasks.push_back(value);
      return true;
    case 'c':
      options.check = value;
      return true;
    case 'p':
      options.properties = true;
      return true;
    case 'k':
      options.cases = std::stoi(value);
      return true;
    case 'f':
      options.failed.insert(value);
      return true;
    case 'e':
      options.events = std::stoi(value);
      return true;
    case 'n':
      options.no_shrink = true;
      return true;
    case 'x':
      options.stop = true;
      return true;
    case 'l':
      options.list = true;
      return true;
    case 'm':
      options.mutants_of = value;
      return true;
    case 'w':
      options.worker_of = value;
      return true;
  }
  return false;
}

/// The options of Boost.Test that amount to ours.
std::vector<std::string> boost_arguments(const char* program) {
  const bool for_people = options.events < 0;
  std::vector<std::string> arguments{program, "--catch_system_errors=no", "--color_output=no",
                                     for_people ? "--log_level=test_suite" : "--log_level=nothing",
                                     for_people ? "--report_level=short" : "--report_level=no"};
  for (const std::string& task : options.tasks) arguments.push_back("--run_test=" + task);
  if (!options.check.empty()) arguments.push_back("--run_test=" + options.check);
  return arguments;
}

int judge(const char* program) {
  if (options.worker.empty())
    qkoan::load_implementation(options.implementation, options.mutant);
  else
    qkoan::judge_remotely(options.worker);
  if (!options.complement.empty()) qkoan::load_complement(options.complement);
  reporter().set_seed(options.seed);
  reporter().set_shrinks(!options.no_shrink);
  reporter().set_cases(options.cases);
  reporter().set_properties(options.properties);
  reporter().open(options.events);
  reporter().start(options.implementation);
  qkoan::report_faults();
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // an endless loop does not outlive who asked for the verdict
  if (options.events < 0) {
    std::printf("seed %llu\n", static_cast<unsigned long long>(options.seed));
  }
  std::vector<std::string> arguments = boost_arguments(program);
  std::vector<char*> pointers;
  for (std::string& a : arguments) pointers.push_back(a.data());
  const int result =
      ut::unit_test_main(prepare, static_cast<int>(pointers.size()), pointers.data());
  reporter().end();
  return result == 0 ? 0 : 1;
}

/// Cases come and go by megabytes. What the system had taken back after one, it would clear for the next.
void keep_memory() {
  constexpr int kMega = 1024 * 1024;
  mallopt(M_MMAP_THRESHOLD, 32 * kMega);
  mallopt(M_TRIM_THRESHOLD, 512 * kMega);
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory();
  try {
    for (int name; (name = getopt_long(argc, argv, "", kOptions.data(), nullptr)) != -1;) {
      if (take(name, optarg)) continue;
      std::fputs(kUsage, stderr);
      return 2;
    }
    if (options.list) return print_tasks(argv[0]);
    if (!options.mutants_of.empty()) {
      std::printf("%s\n", qkoan::to_json(qkoan::list_mutants(options.mutants_of)).c_str());
      return 0;
    }
    if (!options.worker_of.empty()) {
      std::printf("%s", qkoan::worker_source(options.worker_of).c_str());
      return 0;
    }
    options.worker.assign(argv + optind, argv + argc);
    if (options.implementation.empty() && options.worker.empty()) {
      throw std::runtime_error("--implementation FILE says what to judge");
    }
    return judge(argv[0]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
    return 2;
  }
}
