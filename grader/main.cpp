/// @file
/// The command line tool: understands the command, runs it, and turns problems into words.

#include <sys/resource.h>

#include <cstdio>
#include <exception>

#include "arguments.hpp"
#include "bench_command.hpp"
#include "check_command.hpp"
#include "class/export_command.hpp"
#include "class/grade_command.hpp"
#include "commands.hpp"
#include "docs_command.hpp"
#include "problem.hpp"
#include "properties_command.hpp"
#include "quiz_command.hpp"
#include "run_command.hpp"
#include "session.hpp"
#include "student_edition_command.hpp"
#include "text.hpp"
#include "verify_command.hpp"
#include "watch_command.hpp"

namespace qkoan {
namespace {

constexpr int kBadUsage = 2;

/// A crash of a student's program is an everyday result: no core files.
void forbid_core_files() {
  rlimit none{};
  getrlimit(RLIMIT_CORE, &none);
  none.rlim_cur = 0;
  setrlimit(RLIMIT_CORE, &none);
}

/// Lines of at most 80 columns; what is indented is a quotation and stays as it is.
std::string in_words(const std::string& problem) {
  std::string text;
  for (const std::string& line : split_lines("qkoan: " + problem)) {
    const bool quoted = line.empty() || line.starts_with(' ');
    const std::vector<std::string> parts =
        quoted ? std::vector<std::string>{line} : wrap(line, kReportWidth);
    for (const std::string& part : parts) text += part + "\n";
  }
  return text;
}

/// Without a person in front of it, watching makes no sense: judge everything once.
bool somebody_watches() { return is_terminal(0) && is_terminal(1); }

std::string version_text(const Setup& setup) {
  return std::string("qkoan ") + QKOAN_VERSION +
         (setup.for_students() ? ", student edition: " + setup.student_edition : "") + "\n";
}

int run_in(Session& session, const Arguments& arguments) {
  switch (arguments.action) {
    case Action::kWatch:
      if (somebody_watches()) return watch_command(session);
      return run_until_done(run_command(session, arguments));
    case Action::kRun:
      return run_until_done(run_command(session, arguments));
    case Action::kCheck:
      return run_until_done(check_command(session, arguments));
    case Action::kBench:
      return run_until_done(bench_command(session, arguments));
    case Action::kVerify:
      return run_until_done(verify_command(session, arguments));
    case Action::kDocs:
      return run_until_done(docs_command(session, arguments));
    case Action::kProperties:
      return run_until_done(properties_command(session, arguments));
    case Action::kNumbers:
      return run_until_done(numbers_command(session, arguments));
    case Action::kStudentEdition:
      return run_until_done(student_edition_command(session, arguments));
    case Action::kGrade:
      return run_until_done(grade_command(session, arguments));
    case Action::kExport:
      return run_until_done(export_command(session, arguments));
    case Action::kList:
      return list_command(session);
    case Action::kHint:
      return hint_command(session, arguments);
    case Action::kReset:
      return reset_command(session, arguments);
    case Action::kSolution:
      return solution_command(session, arguments);
    case Action::kQuiz:
      return quiz_command(session, arguments);
    case Action::kTest:
    case Action::kVersion:
    case Action::kPrint:
      break;
  }
  return 0;
}

int execute(const Arguments& arguments) {
  if (arguments.action == Action::kPrint) {
    say(arguments.text);
    return 0;
  }
  if (arguments.action == Action::kTest) {
    throw Problem("The tests are started by the script at the top of the course: ./qkoan test");
  }
  const Setup setup = find_setup();
  if (arguments.action == Action::kVersion) {
    say(version_text(setup));
    return 0;
  }
  Session session(setup);
  session.tell_messages();
  const int result = run_in(session, arguments);
  session.tell_messages();
  return result;
}

}  // namespace
}  // namespace qkoan

int main(int argc, char** argv) {
  try {
    qkoan::forbid_core_files();
    return qkoan::execute(qkoan::parse_arguments(argc, argv));
  } catch (const qkoan::Problem& problem) {
    std::fputs(qkoan::in_words(problem.what()).c_str(), stderr);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "qkoan: something unexpected: %s\n", error.what());
  }
  return qkoan::kBadUsage;
}
