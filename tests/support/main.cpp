/// @file
/// The main program of every suite: judges one implementation.

#include <CLI/CLI.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "tests/support/faults.hpp"
#include "tests/support/implementation.hpp"
#include "tests/support/reporter.hpp"

namespace {

namespace ut = boost::unit_test;
using qkoan::reporter;

struct Options {
  std::string implementation, mutant, mutants_of, check;
  std::vector<std::string> tasks;
  std::set<std::string> failed;
  std::uint64_t seed = std::random_device()() * 4294967296u + std::random_device()();
  int events = -1;
  bool list = false, no_shrink = false;
} options;

bool is_task(const ut::test_unit& unit) {
  return unit.p_type == ut::TUT_SUITE && unit.p_parent_id == ut::framework::master_test_suite().p_id;
}

std::string task_of(const ut::test_unit& check) {
  return ut::framework::get<ut::test_suite>(check.p_parent_id).p_name;
}

/// Walks the tasks (test suites) in their order.
template <class Visit>
void for_each_task(Visit visit) {
  auto& master = ut::framework::master_test_suite();
  for (ut::counter_t i = 0; i < master.size(); ++i) {
    visit(ut::framework::get<ut::test_suite>(master.get(i)));
  }
}

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
        return reporter().task_not_run(unit.p_name,
                                       ut::framework::get<ut::test_suite>(id).p_name);
      }
    }
  }

  void exception_caught(const boost::execution_exception& e) override {
    reporter().failed({"internal", "the suite itself failed: " +
                                       std::string(e.what().begin(), e.what().end())});
  }
};

/// A check runs unless its task has failed, in this run or before.
ut::test_tools::assertion_result may_run(ut::test_unit_id id) {
  const auto& check = ut::framework::get<ut::test_case>(id);
  return !reporter().task_has_failed() && options.failed.count(task_of(check)) == 0;
}

/// Boost.Test's initialisation: the tests are registered, nothing has run.
bool prepare() {
  for_each_task([](ut::test_suite& task) {
    for (ut::counter_t i = 0; i < task.size(); ++i) {
      ut::framework::get<ut::test_case>(task.get(i)).add_precondition(may_run);
    }
  });
  static Events events;
  ut::framework::register_observer(events);
  return true;
}

int print_tasks(char* program) {
  ut::framework::init([] { return true; }, 1, &program);
  ut::framework::finalize_setup_phase();
  auto tasks = nlohmann::ordered_json::array();
  for_each_task([&](ut::test_suite& task) {
    auto checks = nlohmann::ordered_json::array(), needs = nlohmann::ordered_json::array();
    for (ut::counter_t i = 0; i < task.size(); ++i) {
      const auto& check = ut::framework::get<ut::test_case>(task.get(i));
      checks.push_back({{"check", check.p_name.get()}, {"description", check.p_description.get()}});
    }
    for (const ut::test_unit_id id : task.p_dependencies.get()) {
      needs.push_back(ut::framework::get<ut::test_suite>(id).p_name.get());
    }
    tasks.push_back({{"task", task.p_name.get()}, {"checks", checks}, {"needs", needs}});
  });
  std::printf("%s\n", nlohmann::ordered_json{{"tasks", tasks}}.dump(2).c_str());
  return 0;
}

int print_mutants(const std::string& path) {
  auto mutants = nlohmann::ordered_json::array();
  for (const qkoan::MutantInfo& m : qkoan::list_mutants(path)) {
    mutants.push_back({{"name", m.name}, {"kind", m.is_bug ? "bug" : "variant"},
                       {"about", m.about}, {"functions", m.functions}});
  }
  std::printf("%s\n", nlohmann::ordered_json{{"mutants", mutants}}.dump(2).c_str());
  return 0;
}

void describe_options(CLI::App& app) {
  app.add_option("--implementation", options.implementation, "shared object to judge");
  app.add_option("--select", options.mutant, "planted bug or variant in that object");
  app.add_option("--seed", options.seed, "seed of all cases; without it, a fresh one");
  app.add_option("--task", options.tasks, "judge only this task and what it needs; repeatable");
  app.add_option("--check", options.check, "judge only this check, as TASK/CHECK");
  app.add_option("--failed", options.failed, "take this task as failed; repeatable");
  app.add_option("--events", options.events, "descriptor for events, one JSON object per line");
  app.add_flag("--no-shrink", options.no_shrink, "report the first failing case as it is");
  app.add_flag("--list", options.list, "print tasks and checks as JSON");
  app.add_option("--mutants", options.mutants_of, "print the mutants of a shared object as JSON");
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
  qkoan::load_implementation(options.implementation, options.mutant);
  reporter().set_seed(options.seed);
  reporter().set_shrinks(!options.no_shrink);
  reporter().open(options.events);
  reporter().start(options.implementation);
  qkoan::report_faults();
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

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Judges an implementation of this lesson's contract.");
  describe_options(app);
  CLI11_PARSE(app, argc, argv);
  try {
    if (options.list) return print_tasks(argv[0]);
    if (!options.mutants_of.empty()) return print_mutants(options.mutants_of);
    if (options.implementation.empty()) {
      throw std::runtime_error("--implementation FILE says what to judge");
    }
    return judge(argv[0]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
    return 2;
  }
}
