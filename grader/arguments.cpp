#include "arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

#include "problem.hpp"
#include "setup.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

/// The help for a stranger; `@` stands for the command's name, "./qkoan" as a rule.
constexpr std::string_view kHelp =
    R"(qkoan: learn how attention knows where tokens are, by writing it. Every file
you save is judged against an exact reference, at once.

Four things to type:
  @                  the next exercise, watched: save the file, read why
  @ list             all lessons, and how far you are
  @ hint             one hint more for the task you are at
  @ --help           this page; @ COMMAND --help has every option

More:
  @ run [NAME...]    judge once: --task, --seed, --sanitize, --json, ...
  @ quiz [NAME]      questions about the lessons, with explanations
  @ reset NAME       an exercise as it was at first (yours is kept)
  @ solution NAME    our solution, once yours is right
  @ check [NAME...]  the course proves itself: stubs fail, solutions pass,
                           planted bugs die, correct variants live
  @ properties [NAME]
                     what holds for all inputs, judged on many cases of any
                           implementation
  @ verify LIB.so    your own kernels: judged by the same suites, and raced
  @ bench [NAME]     how fast our solutions are, and others
  @ docs             the course as a site, to read beside the editor
  @ numbers [NAME]   the numbers that the pages show, computed
  @ grade SUBMISSIONS --out DIR
                     what a class handed in, graded
  @ export gradescope DIR
                     for Gradescope or GitHub, to do that there
  @ student-edition DIR
                     the course without solutions and answers, to hand out
  @ test             build everything and run every test of the course

NAME is a lesson's name, its number, or the beginning of its name.
Exit codes: 0 everything passed, 1 something failed, 2 wrong usage or set-up.
)";

std::string help_page() {
  std::string text;
  for (const char c : kHelp) {
    if (c == '@') {
      text += command_name();
    } else {
      text += c;
    }
  }
  return text;
}

/// The options of all commands write into one place.
struct Parser {
  explicit Parser(Arguments& result) : arguments(result) {}

  Arguments& arguments;
  CLI::App app{"qkoan", command_name()};

  CLI::App* command(const std::string& name, const std::string& about, Action action) {
    CLI::App* added = app.add_subcommand(name, about);
    added->callback([this, action] { arguments.action = action; });
    return added;
  }

  void lessons(CLI::App* command, const std::string& about, bool required, int most) {
    CLI::Option* option = command->add_option("NAME", arguments.lessons, about);
    option->expected(required ? 1 : 0, most);
    if (required) option->required();
  }

  /// CLI11 would silently wrap a number that is negative or too large.
  void seed(CLI::App* command, const std::string& about) {
    command->add_option_function<std::string>(
        "--seed",
        [this](const std::string& text) {
          std::uint64_t value = 0;
          const char* end = text.data() + text.size();
          const auto [stop, error] = std::from_chars(text.data(), end, value);
          if (error != std::errc() || stop != end) {
            throw CLI::ValidationError("--seed", "\"" + text + "\" is no whole number below 2^64");
          }
          arguments.seed = value;
        },
        about);
  }

  void add_run() {
    CLI::App* run = command("run", "Judge exercises once", Action::kRun);
    lessons(run, "lessons; without a name all of them", false, 1000);
    run->add_option("--task", arguments.tasks, "only this task (name or number); repeatable")
        ->allow_extra_args(false);
    seed(run, "the inputs of an earlier run");
    run->add_option("--implementation", arguments.implementation,
                    "whom to judge: FILE.cpp, FILE.so, solution, solution:LEVEL,\n"
                    "bug:NAME, variant:NAME or stub");
    run->add_option("--timeout", arguments.timeout, "seconds without a sign of life (2)")
        ->check(CLI::Range(0.01, 86400.0));
    run->add_option("--junit", arguments.junit, "write JUnit XML to this file");
    run->add_flag("--sanitize", arguments.sanitize, "with AddressSanitizer and UBSan");
    run->add_flag("--speed", arguments.speed, "grade the speed of what is right, too");
    run->add_flag("--json", arguments.json, "one JSON document on standard output");
  }

  void add_check() {
    CLI::App* check = command("check", "The course proves itself", Action::kCheck);
    lessons(check, "lessons; without a name all of them", false, 1000);
    check->add_option("--seeds", arguments.seeds, "how many seeds (20)")
        ->check(CLI::Range(1, 10000));
    seed(check, "the first seed, to repeat a check");
    check->add_option("--jobs", arguments.jobs, "at a time (as many as processors)")
        ->check(CLI::Range(1, 1024));
    check->add_option("--timeout", arguments.timeout, "seconds without a sign of life (2)")
        ->check(CLI::Range(0.01, 86400.0));
    check->add_option("--junit", arguments.junit, "write JUnit XML to this file");
    check->add_flag("--workers", arguments.workers,
                    "only planted bugs and variants, in processes of their own, as\n"
                    "a class's files are judged");
    check->add_flag("--json", arguments.json, "one JSON document on standard output");
  }

  void add_properties() {
    CLI::App* properties = command(
        "properties", "Judge what holds for all inputs, such as invariances", Action::kProperties);
    lessons(properties, "lessons; without a name all of them", false, 1000);
    properties->add_option("--cases", arguments.cases, "for each property (100)")
        ->check(CLI::Range(1, 1000000));
    seed(properties, "the inputs of an earlier run");
    properties->add_option("--implementation", arguments.implementation,
                           "whom to judge: FILE.cpp, FILE.so, bug:NAME, variant:NAME,\n"
                           "solution:LEVEL or solution (the usual)");
    properties->add_option("--timeout", arguments.timeout, "seconds without a sign of life (60)")
        ->check(CLI::Range(0.01, 86400.0));
    properties->add_flag("--json", arguments.json, "one JSON document on standard output");
  }

  void add_bench() {
    CLI::App* bench = command("bench", "How fast implementations are", Action::kBench);
    lessons(bench, "lessons; without a name all that have benchmarks", false, 1000);
    bench->add_option("--implementation", arguments.implementation,
                      "who races with our solution: FILE.cpp, FILE.so or solution:LEVEL");
    bench->add_flag("--peers", arguments.peers, "also what others have built: Eigen, oneDNN, ...");
    bench
        ->add_option("--growth", arguments.growth,
                     "also time per score and memory per query of attention, as\n"
                     "texts grow up to so many tokens (65536 takes minutes)")
        ->check(CLI::Range(128, 65536));
    bench->add_option("--json", arguments.json_file, "write all results to this file");
    CLI::Option* page =
        bench->add_option("--page", arguments.page,
                          "fill in a page's blocks of numbers, and draw its pictures:\n"
                          "--peers --growth 65536 --json docs/speed.json --page docs/speed.md");
    bench->add_option("--from", arguments.from, "with --page: results of earlier races (--json)")
        ->needs(page);
  }

  void add_verify() {
    CLI::App* verify =
        command("verify", "The suites on your own library of kernels", Action::kVerify);
    verify->add_option("LIB", arguments.library, "shared object with functions of the contracts")
        ->required();
    verify->add_option("--lesson", arguments.lessons, "only this lesson's; repeatable")
        ->allow_extra_args(false);
    seed(verify, "the inputs of an earlier run");
    verify->add_option("--timeout", arguments.timeout, "seconds without a sign of life (2)")
        ->check(CLI::Range(0.01, 86400.0));
    verify->add_flag("--no-speed", arguments.no_speed, "do not race with our solutions");
    verify->add_flag("--json", arguments.json, "the verdicts as one JSON document, no races");
  }

  void add_grade() {
    CLI::App* grade = command("grade", "What a class handed in, graded", Action::kGrade);
    grade->add_option("SUBMISSIONS", arguments.submissions,
                      "a folder with a folder or an archive for each student, or one\n"
                      "archive of all, as learning platforms export them");
    grade->add_option("--out", arguments.out, "the folder for grades and reports");
    grade->add_option("--course", arguments.course_file,
                      "due time, lessons, points, students: see docs/grading_a_class.md");
    grade->add_flag("--no-speed", arguments.no_speed,
                    "judge only what is right, not how fast it is");
    seed(grade, "of all inputs; without it a fresh one, kept in DIR");
    grade->add_option("--jobs", arguments.jobs, "at a time (as many as processors)")
        ->check(CLI::Range(1, 1024));
    grade
        ->add_option("--tier", arguments.tier,
                     "what keeps students' code in (the strongest that is there)")
        ->check(CLI::IsMember({"namespaces", "landlock"}));
    CLI::Option* plan =
        grade->add_flag("--plan", arguments.plan, "only list what there is to judge, and stop");
    CLI::Option* again =
        grade
            ->add_flag("--report-only", arguments.report_only,
                       "judge nothing: write the reports again from what is in DIR")
            ->excludes(plan);
    add_shards(grade, plan, again);
  }

  void add_shards(CLI::App* grade, CLI::Option* plan, CLI::Option* again) {
    CLI::Option* shard = grade
                             ->add_option("--shard", arguments.shard,
                                          "judge only part 2 of 8 (2/8), in place of everything:\n"
                                          "--shard 2/8 --manifest DIR/manifest.json "
                                          "--results DIR/results")
                             ->excludes(plan)
                             ->excludes(again);
    grade->add_option("--manifest", arguments.manifest, "with --shard: what --plan has listed")
        ->needs(shard);
    grade->add_option("--results", arguments.results, "with --shard: where verdicts go")
        ->needs(shard);
    grade->add_flag("--built", arguments.built, "with --shard: build nothing, all is built")
        ->needs(shard);
    add_slurm(grade, {plan, again, shard});
  }

  void add_slurm(CLI::App* grade, const std::vector<CLI::Option*>& others) {
    CLI::Option* slurm = grade->add_flag("--slurm", arguments.slurm,
                                         "judge on a cluster: submit jobs, wait for verdicts");
    for (CLI::Option* other : others) slurm->excludes(other);
    grade->add_option("--chunk", arguments.chunk, "with --slurm: files for a job, about (100)")
        ->check(CLI::Range(1, 100000))
        ->needs(slurm);
    grade
        ->add_option("--slurm-option", arguments.slurm_options,
                     "with --slurm: what else sbatch is told, as\n"
                     "--slurm-option=--partition=NAME; repeatable")
        ->allow_extra_args(false)
        ->needs(slurm);
  }

  void add_export() {
    CLI::App* exported = command("export", "What makes a learning platform grade", Action::kExport);
    exported
        ->add_option("PLATFORM", arguments.platform,
                     "gradescope: an autograder; actions: a workflow for GitHub")
        ->required()
        ->check(CLI::IsMember({"gradescope", "actions"}));
    exported->add_option("DIR", arguments.folder, "where to put it: a new or an empty folder")
        ->required();
    exported->add_option("--course", arguments.course_file,
                         "gradescope: lessons and points: see docs/grading_a_class.md");
  }

  void add_small_commands() {
    command("list", "All lessons, and how far you are", Action::kList);
    CLI::App* hint = command("hint", "One hint more", Action::kHint);
    lessons(hint, "a lesson; without a name the one you are at", false, 1);
    hint->add_option("--task", arguments.tasks, "for this task; else the first unsolved one")
        ->expected(1);
    CLI::App* quiz = command("quiz", "Questions about the lessons", Action::kQuiz);
    lessons(quiz, "a lesson; without a name all that is open", false, 1);
    quiz->add_flag("--again", arguments.again, "also what was answered rightly before");
    CLI::App* reset = command("reset", "An exercise as it was at first", Action::kReset);
    lessons(reset, "a lesson", true, 1);
    reset->add_flag("--yes", arguments.yes, "do not ask");
    CLI::App* solution =
        command("solution", "Our solution, once yours is right", Action::kSolution);
    lessons(solution, "a lesson", true, 1);
    solution->add_flag("--anyway", arguments.anyway, "for instructors: at any time");
    CLI::App* numbers = command("numbers", "The numbers of the pages, computed", Action::kNumbers);
    lessons(numbers, "lessons; without a name all of them", false, 1000);
    numbers->add_flag("--update", arguments.update, "write them into the lessons' pages");
    CLI::App* docs = command("docs", "The course as a site", Action::kDocs);
    docs->add_option("--edition", arguments.edition,
                     "student, or instructor: with solutions, and pages for instructors")
        ->check(CLI::IsMember({"student", "instructor"}));
    docs->add_flag("--pdf", arguments.pdf, "all lessons as one PDF, too (printed by Chromium)");
    CLI::App* edition =
        command("student-edition", "The course without solutions, planted bugs and answers",
                Action::kStudentEdition);
    edition->add_option("DIR", arguments.folder, "where to put it: a new or an empty folder")
        ->required();
    command("test", "Every test of the course", Action::kTest)->prefix_command();
  }

  void build() {
    app.set_help_flag();
    app.add_flag_callback("-h,--help", [this] { print(help_page()); }, "This page");
    app.add_flag_callback(
        "--version", [this] { arguments.action = Action::kVersion; }, "The version");
    app.require_subcommand(0, 1);
    add_run();
    add_check();
    add_properties();
    add_bench();
    add_verify();
    add_grade();
    add_export();
    add_small_commands();
    for (CLI::App* one : app.get_subcommands({})) one->set_help_flag("-h,--help", "This page");
  }

  void print(std::string text) {
    arguments.action = Action::kPrint;
    arguments.text = std::move(text);
  }
};

/// "What went wrong", and what to type instead.
[[noreturn]] void explain(const CLI::App& app, const std::string& message, int argc, char** argv) {
  std::vector<std::string> commands;
  for (const CLI::App* one : app.get_subcommands({})) commands.push_back(one->get_name());
  const std::string first = argc > 1 ? argv[1] : "";
  const bool known = std::find(commands.begin(), commands.end(), first) != commands.end();
  if (known) {
    throw Problem(command_name() + " " + first + ": " + trim(printable(message)) +
                  "\nIts options: " + command_name() + " " + first + " --help");
  }
  if (argc == 2 && !first.starts_with('-') && nearest(first, commands).empty()) {
    throw Problem("There is no command \"" + printable(first) +
                  "\". If it is a lesson: " + command_name() + " run " + printable(first) +
                  "\nAll commands: " + command_name() + " --help");
  }
  std::string text = "There is no command \"" + printable(first) + "\".";
  if (first.starts_with('-')) text = "There is no option \"" + printable(first) + "\".";
  const std::vector<std::string> near = nearest(first, commands);
  if (!near.empty()) text += " Did you mean " + command_name() + " " + join(near, " or ") + "?";
  throw Problem(text + "\nAll commands: " + command_name() + " --help");
}

}  // namespace

Arguments parse_arguments(int argc, char** argv) {
  Arguments arguments;
  Parser parser(arguments);
  parser.build();
  try {
    const bool asks = argc > 1 && std::string_view(argv[1]) == "help";
    asks ? parser.app.parse("--help") : parser.app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    arguments.action = Action::kPrint;
    for (const CLI::App* command : parser.app.get_subcommands()) arguments.text = command->help();
  } catch (const CLI::ParseError& error) {
    explain(parser.app, error.what(), argc, argv);
  }
  return arguments;
}

}  // namespace qkoan
