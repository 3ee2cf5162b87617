#include "class/grade_command.hpp"

#include <cstdio>
#include <set>

#include "class/class_run.hpp"
#include "class/course_file.hpp"
#include "class/ingest.hpp"
#include "class/racing.hpp"
#include "class/reports.hpp"
#include "class/slurm.hpp"
#include "class/slurm_queue.hpp"
#include "problem.hpp"
#include "text.hpp"

namespace qkoan {

namespace fs = std::filesystem;

namespace {

/// What there is to judge, and what was refused.
void tell_plan(const Manifest& manifest) {
  long files = 0, with_problems = 0;
  for (const std::string& note : manifest.notes) say("  " + printable(note) + "\n");
  for (const Submission& submission : manifest.submissions) {
    files += static_cast<long>(submission.files.size());
    with_problems += submission.problems.empty() ? 0 : 1;
    for (const std::string& problem : submission.problems)
      say("  " + printable(submission.student) + ": " + printable(problem) + "\n");
  }
  const auto submissions = static_cast<long>(manifest.submissions.size());
  say(plural(submissions, "submission") + ", " + plural(files, "file") + " to judge" +
      (with_problems == 0 ? "" : ", " + plural(with_problems, "submission") + " with problems") +
      ".\n");
}

CourseFile course_file(const Session& session, const Arguments& arguments) {
  return arguments.course_file.empty() ? default_course_file(session.course)
                                       : read_course_file(arguments.course_file, session.course);
}

/// The reports, from what an earlier run has left in the folder.
void report_again(const Session& session, const CourseFile& file, const fs::path& out,
                  bool no_speed) {
  const Manifest manifest = read_manifest(out / "manifest.json");
  const FoundRecords found = find_records(out);
  const bool speed = found.speed && !no_speed;
  say(write_reports({session.setup, file, manifest, found.record, speed, out}));
}

/// A text whose lesson this course does not have cannot be judged here.
void require_lessons(const Session& session, const std::vector<HandedIn>& texts) {
  for (const HandedIn& text : texts) {
    const auto& lessons = session.course.lessons;
    if (std::none_of(lessons.begin(), lessons.end(),
                     [&](const Lesson& lesson) { return lesson.name == text.lesson; }))
      throw Problem("The manifest is of another course: this one has no lesson \"" +
                    printable(text.lesson) + "\".");
  }
}

/// Everything that is built, and the strongest sandbox that this machine has.
Async<ClassJudge> prepare(Scope scope, Session& session, const Arguments& arguments,
                          const std::vector<HandedIn>& texts, fs::path folder) {
  std::set<std::string> lessons;
  for (const HandedIn& text : texts) lessons.insert(text.lesson);
  if (!arguments.built) {
    for (const std::string& lesson : lessons) co_await session.builder.prepare_class(scope, lesson);
    if (lessons.empty()) co_await session.builder.prepare_confine(scope);
  }
  Sandbox sandbox = co_await Sandbox::find(scope, session.setup, arguments.tier);
  const RunSettings settings = run_settings(folder, arguments.seed);
  say("Seed " + std::to_string(settings.seed) + "\n");
  for (const std::string& line : sandbox.describe()) say("  " + line + "\n");
  co_return ClassJudge(session, std::move(sandbox), settings.seed, folder / "files");
}

void tell_run(const ClassRunSummary& summary) {
  std::string text = plural(summary.judged, "text") + " judged";
  if (summary.known > 0) text += ", " + std::to_string(summary.known) + " known from before";
  say(text + ".\n");
}

/// Returns whether there were any.
bool tell_races(const ClassRaceSummary& summary) {
  if (summary.raced + summary.known == 0) return false;
  std::string text = plural(summary.raced, "text") + " raced";
  if (summary.known > 0) text += ", " + std::to_string(summary.known) + " known from before";
  say(text + ".\n");
  return true;
}

/// A part of a class: no reports.
Async<int> judge_shard(Scope scope, Session& session, const Arguments& arguments) {
  if (arguments.manifest.empty() || arguments.results.empty())
    throw Problem(
        "--shard needs --manifest DIR/manifest.json, as --plan has written it, and "
        "--results DIR/results.");
  ClassRunRequest request;
  request.shard = parse_shard(arguments.shard);
  request.results = arguments.results;
  request.jobs = arguments.jobs;
  request.texts = texts_of(read_manifest(arguments.manifest));
  require_lessons(session, request.texts);
  const fs::path folder = fs::absolute(arguments.manifest).parent_path();
  ClassJudge judge = co_await prepare(scope, session, arguments, request.texts, folder);
  const ClassRunSummary summary = co_await judge_class(scope, judge, std::move(request));
  tell_run(summary);
  co_return 0;
}

/// Here, or wherever Slurm finds room.
Async<> judge_texts_of(Scope scope, ClassJudge& judge, const Arguments& arguments,
                       std::vector<HandedIn> texts) {
  const fs::path out = fs::absolute(arguments.out);
  ClassRunSummary summary;
  if (arguments.slurm) {
    SlurmRequest request{std::move(texts), fs::canonical(out), arguments.slurm_options,
                         arguments.chunk};
    summary.known = static_cast<long>(request.texts.size());
    summary.judged = co_await judge_by_slurm(scope, judge, std::move(request));
    summary.known -= summary.judged;
  } else {
    ClassRunRequest request;
    request.texts = std::move(texts);
    request.results = out / "results";
    request.jobs = arguments.jobs;
    summary = co_await judge_class(scope, judge, std::move(request));
  }
  tell_run(summary);
}

Async<int> grade_class(Scope scope, Session& session, const Arguments& arguments,
                       const CourseFile& file) {
  if (arguments.slurm) co_await SlurmQueue::require(scope);
  const Manifest manifest = ingest(session.course, arguments.submissions, arguments.out);
  tell_plan(manifest);
  const fs::path out = fs::absolute(arguments.out);
  if (arguments.plan) {
    run_settings(out, arguments.seed);
    co_return 0;
  }
  std::vector<HandedIn> texts = texts_of(manifest);
  ClassJudge judge = co_await prepare(scope, session, arguments, texts, out);
  co_await judge_texts_of(scope, judge, arguments, texts);
  ClassRaces races(session, judge, file, out);
  bool speed = false;
  if (!arguments.no_speed) {
    const ClassRaceSummary summary = co_await races.race(scope, std::move(texts));
    speed = tell_races(summary);
  }
  const RecordSource records = [&](const HandedIn& text) {
    return speed ? races.record_of(text)
                 : read_record(record_file(out / "results", judge.conditions_of(text).key()));
  };
  say(write_reports({session.setup, file, manifest, records, speed, out}));
  co_return 0;
}

/// Whatever of it was asked for.
Async<int> grade(Scope scope, Session& session, const Arguments& arguments) {
  if (!arguments.shard.empty()) co_return co_await judge_shard(scope, session, arguments);
  if (arguments.out.empty() || arguments.submissions.empty())
    throw Problem("grade needs what was handed in, and a folder for grades and reports: " +
                  command_name() + " grade SUBMISSIONS --out DIR");
  const CourseFile file = course_file(session, arguments);  // a mistake in it is told at once
  if (arguments.report_only) {
    report_again(session, file, arguments.out, arguments.no_speed);
    co_return 0;
  }
  co_return co_await grade_class(scope, session, arguments, file);
}

}  // namespace

Async<int> grade_command(Session& session, Arguments arguments) {
  if (session.setup.for_students()) refuse_for_students(session.setup, "the grading of classes");
  const Scope scope;
  try {
    co_return co_await grade(scope, session, arguments);
  } catch (const Cancelled&) {
    if (!arguments.slurm)
      std::fputs("Stopped. The same command goes on where this one was.\n", stderr);
    throw;
  }
}

}  // namespace qkoan
