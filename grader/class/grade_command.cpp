#include "class/grade_command.hpp"

#include "class/ingest.hpp"
#include "problem.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

/// What there is to judge, and what was refused.
void tell_plan(const Manifest& manifest) {
  std::size_t files = 0, with_problems = 0;
  for (const Submission& submission : manifest.submissions) {
    files += submission.files.size();
    if (submission.problems.empty()) continue;
    ++with_problems;
    for (const std::string& problem : submission.problems)
      say("  " + printable(submission.student) + ": " + printable(problem) + "\n");
  }
  say(plural(static_cast<long>(manifest.submissions.size()), "submission") + ", " +
      plural(static_cast<long>(files), "file") + " to judge; something to say about " +
      std::to_string(with_problems) + ".\n");
}

}  // namespace

Async<int> grade_command(Session& session, Arguments arguments) {
  if (session.setup.for_students()) refuse_for_students(session.setup, "the grading of classes");
  tell_plan(ingest(session.course, arguments.submissions, arguments.out));
  if (!arguments.plan) throw Problem("Judging comes: give --plan.");
  co_return 0;
}

}  // namespace qkoan
