#include "class/judging.hpp"

#include <algorithm>
#include <regex>

#include "failure_report.hpp"
#include "files.hpp"
#include "precompiled.hpp"
#include "problem.hpp"
#include "sha256.hpp"
#include "text.hpp"

namespace qkoan {

namespace fs = std::filesystem;

namespace {

/// For all tasks of a text, however often a suite says that it goes on. Honest texts take a tenth of a second,
/// and two seconds where they ask thousands of questions; a machine that does much else may be many times slower.
constexpr double kDeadlineSeconds = 300;
constexpr std::size_t kLongestSaying = 8000;
constexpr const char* kWorkerName = "worker";
constexpr const char* kWorkerObject =
    "worker.o";  ///< all of it but what a lesson and a student add

/// A program behind links that lead through /etc, which nobody sees in a sandbox.
fs::path without_alternatives(fs::path program) {
  std::error_code error;
  for (int links = 0; links < 8; ++links) {
    const fs::path target = fs::read_symlink(program, error);
    if (error || !target.string().starts_with("/etc/")) return program;
    program = fs::read_symlink(target, error);
  }
  return program;
}

std::string digest_of_file(const fs::path& file) {
  const std::optional<std::string> content = read_file(file);
  if (!content)
    throw Problem(file.string() +
                  " is missing. It is built by: cmake --build build --target class");
  return sha256(*content);
}

/// As it was handed in.
std::string stored_text(const fs::path& files, const std::string& hash) {
  const fs::path stored = text_with_hash(files, hash);
  std::optional<std::string> content = read_file(stored);
  if (!content || sha256(*content) != hash)
    throw Problem(stored.string() +
                  " is missing or damaged. Remove the folder's manifest.json and run the same "
                  "command again.");
  return std::move(*content);
}

/// The same in every place and every run: without the names of folders and temporary files.
std::string in_words(const std::vector<Diagnostic>& diagnostics, const std::string& file) {
  static const std::regex temporary("(/[^ :]*/)?cc[A-Za-z0-9]{6}\\.(s|o)");
  std::string text;
  for (const Diagnostic& one : diagnostics) {
    text += file;
    if (one.line > 0) text += ":" + std::to_string(one.line) + ":" + std::to_string(one.column);
    text += std::string(": ") + (one.error ? "error: " : "warning: ") +
            printable(std::regex_replace(one.text, temporary, "assembly.$2")) + "\n";
    if (!one.source.empty()) text += "    " + printable(one.source) + "\n";
    if (text.size() > kLongestSaying) return clip(text, kLongestSaying) + "\n";
  }
  return text;
}

/// What a student may be shown: not the inputs, which others may still meet, neither as arrays, sizes and
/// arguments of the case nor in the call that a result is named by, nor what the program says of them
/// in an exception.
void hide_inputs(Failure& failure) {
  failure.inputs.clear();
  failure.shape.clear();
  failure.trace.reset();
  if (failure.output && failure.output->element.find('(') != std::string::npos) {
    const std::string call = std::exchange(failure.output->element, "");
    const std::size_t at = failure.message.find(call);
    if (at != std::string::npos) failure.message.replace(at, call.size(), failure.output->name);
  }
  if (failure.kind == "threw")
    failure.message.resize(std::min(failure.message.size(), failure.message.find(": \"")));
}

/// A driver says only that its compiler was killed, got no memory, or wrote too large a file.
bool was_stopped(const Diagnostic& one) {
  const auto says = [&](const char* words) { return one.text.find(words) != std::string::npos; };
  return one.line == 0 && (says("Killed") || says("memory") || says("limit exceeded"));
}

void explain_limits(Compilation& compilation) {
  std::vector<Diagnostic>& all = compilation.diagnostics;
  if (compilation.succeeded || std::none_of(all.begin(), all.end(), was_stopped)) return;
  Diagnostic limits;
  limits.text = "the compiler was stopped: for one file it may take " + compiler_limits_in_words();
  all.insert(all.begin(), limits);
}

TaskGrade grade_of(const Verdict& verdict, TaskVerdict task, const Setup& setup) {
  TaskGrade grade;
  grade.task = task.of.task;
  grade.title = task.title;
  grade.number = task.number;
  grade.points = task.points;
  grade.speed_points = task.speed_points;
  grade.result = task.of.result;
  grade.because = task.of.because;
  const bool judged = verdict.compiled() && verdict.broken.empty();
  if (judged && task.of.result == Result::kNotRun && task.of.because.empty())
    grade.message = "not judged: the tasks before it took all the time there is";
  if (task.of.result != Result::kFailed) return grade;
  hide_inputs(task.of.failure);
  grade.kind = task.of.failure.kind;
  grade.message = printable(task.of.failure.message);
  grade.report = render_failure(verdict, task, setup, Style(false));
  const TaskVerdict* const headline = verdict.headline();
  if (verdict.misconception && headline && headline->of.task == task.of.task) {
    grade.bug = verdict.misconception->bug;
    grade.about = verdict.misconception->about;
  }
  return grade;
}

}  // namespace

ClassJudge::ClassJudge(Session& session, Sandbox sandbox, std::uint64_t seed, fs::path files)
    : session_(session), sandbox_(std::move(sandbox)), seed_(seed), files_(std::move(files)) {
  const fs::path recipe = session.setup.build / "class/compile.json";
  const ParsedJson parsed = parse_json(read_file(recipe).value_or(""));
  flags_ = parsed.value["flags"].texts();
  link_ = parsed.value["link"].texts();
  if (flags_.empty() || link_.empty())
    throw Problem(recipe.string() + " is damaged. Configure again: cmake --preset default");
  session.judge.remember_failures();
  compiler_ = without_alternatives(session.setup.compiler);
  compiler_words_ = digest_of_file(fs::canonical(compiler_)).substr(0, 16) + " " +
                    fs::path(compiler_).filename().string() + " " + join(flags_, " ");
}

std::string ClassJudge::harness_of(const std::string& lesson) {
  std::string& known = harnesses_[lesson];
  if (!known.empty()) return known;
  const Setup& setup = session_.setup;
  std::vector<fs::path> parts = {setup.suite(lesson), setup.mutants(lesson),
                                 Sandbox::confine(setup)};
  for (const auto& entry : fs::directory_iterator(Sandbox::course(setup))) {
    const fs::path& file = entry.path();
    if (file.extension() == ".hpp" || file.filename() == lesson + ".a" ||
        file.filename() == kWorkerObject)
      parts.push_back(file);
  }
  std::sort(parts.begin(), parts.end());
  std::string digests;
  for (const fs::path& part : parts)
    digests += part.filename().string() + " " + digest_of_file(part) + "\n";
  return known = sha256(digests);
}

Conditions ClassJudge::conditions_of(const HandedIn& text) {
  return {text.lesson,
          text.content,
          harness_of(text.lesson),
          compiler_words_,
          limits_in_words(),
          name_of(sandbox_.tier()),
          seed_};
}

Async<Compilation> ClassJudge::compile(Scope scope, HandedIn text, Bench bench) {
  const std::string content = stored_text(files_, text.content);
  const std::string file = text.lesson + ".cpp";
  const std::string failed = write_atomically(bench.folder / file, content);  // read by others, too
  if (!failed.empty()) throw Problem(bench.folder.string() + " cannot be written: " + failed);
  const fs::path course = Sandbox::course(session_.setup);
  std::vector<std::string> call = {compiler_};
  call.insert(call.end(), flags_.begin(), flags_.end());
  const std::vector<std::string> header = use_precompiled(course / "pch/qkoan.hpp", content);
  call.insert(call.end(), header.begin(), header.end());
  const std::vector<std::string> rest = {"-I" + course.string(),
                                         "-fdiagnostics-color=never",
                                         "-fmax-errors=5",
                                         "-ftabstop=1",
                                         file,
                                         course / kWorkerObject,
                                         course / (text.lesson + ".a"),
                                         "-o",
                                         kWorkerName};
  call.insert(call.end(), rest.begin(), rest.end());
  call.insert(call.end(), link_.begin(), link_.end());
  Command command = sandbox_.compiler(bench.folder, std::move(call));
  command.processor = bench.processor;
  const Outcome outcome = co_await run(scope, std::move(command));
  if (!outcome.start_error.empty())
    throw Problem("The sandbox cannot be started: " + outcome.start_error);
  Compilation compilation = read_compilation(outcome, bench.folder / file);
  compilation.library = bench.folder / kWorkerName;
  explain_limits(compilation);
  co_return compilation;
}

Async<GradeRecord> ClassJudge::judge(Scope scope, HandedIn text, Bench bench) {
  GradeRecord record;
  record.conditions = conditions_of(text);
  const Lesson& lesson = find_lesson(session_.course, text.lesson);
  JudgeRequest request;
  request.compilation = co_await compile(scope, std::move(text), bench);
  request.worker = sandbox_.worker(request.compilation->library);
  request.implementation.name = lesson.name + ".cpp";
  request.seed = seed_;
  request.processor = bench.processor;
  request.user = sandbox_.user();
  request.deadline = kDeadlineSeconds;
  Verdict verdict = co_await session_.judge.judge(scope, lesson, std::move(request));
  const TaskVerdict* const headline = verdict.headline();
  const bool by_numbers = headline && headline->of.failure.kind != "crashed";
  if (by_numbers && Judge::explainable(verdict))
    co_await session_.judge.explain(scope, verdict, kSuiteLimitSeconds);

  record.compiled = verdict.compiled();
  record.compiler_says = in_words(verdict.compilation->diagnostics, lesson.name + ".cpp");
  record.broken = printable(verdict.broken);
  record.compile_seconds = verdict.compilation->seconds;
  record.judge_seconds = verdict.judge_seconds;
  for (const TaskVerdict& task : verdict.tasks)
    record.tasks.push_back(grade_of(verdict, task, session_.setup));
  co_return record;
}

}  // namespace qkoan
