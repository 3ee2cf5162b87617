#include "class/grade_command.hpp"

#include "class/ingest.hpp"
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

}  // namespace

Async<int> grade_command(Session& session, Arguments arguments) {
  if (session.setup.for_students()) refuse_for_students(session.setup, "the grading of classes");
  tell_plan(ingest(session.course, arguments.submissions, arguments.out));
  if (!arguments.plan) throw Problem("Judging comes: give --plan.");
  co_return 0;
}

}  // namespace qkoan
