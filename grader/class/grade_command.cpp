#include "class/grade_command.hpp"

#include "class/course_file.hpp"
#include "class/ingest.hpp"
#include "class/reports.hpp"
#include "problem.hpp"
#include "text.hpp"

namespace qkoan {

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
void report_again(const Session& session, const CourseFile& file,
                  const std::filesystem::path& out) {
  const Manifest manifest = read_manifest(out / "manifest.json");
  const FoundRecords found = find_records(out / "results");
  say(write_reports({session.setup, file, manifest, found.record, found.speed, out}));
}

}  // namespace

Async<int> grade_command(Session& session, Arguments arguments) {
  if (session.setup.for_students()) refuse_for_students(session.setup, "the grading of classes");
  const CourseFile file = course_file(session, arguments);  // a mistake in it is told at once
  if (arguments.report_only) {
    report_again(session, file, arguments.out);
    co_return 0;
  }
  tell_plan(ingest(session.course, arguments.submissions, arguments.out));
  if (!arguments.plan) throw Problem("Judging comes: give --plan.");
  co_return 0;
}

}  // namespace qkoan
