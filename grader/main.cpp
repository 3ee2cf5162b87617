/// @file
/// The command line tool: understands the command, runs it, and turns problems into words.

#include <sys/resource.h>

#include <cstdio>
#include <exception>

#include "arguments.hpp"
#include "bench_command.hpp"
#include "check_command.hpp"
#include "commands.hpp"
#include "docs_command.hpp"
#include "problem.hpp"
#include "properties_command.hpp"
#include "quiz_command.hpp"
#include "run_command.hpp"
#include "session.hpp"
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

int execute(const Arguments& arguments) {
  if (arguments.action == Action::kPrint) {
    say(arguments.text);
    return 0;
  }
  if (arguments.action == Action::kTest) {
    throw Problem("The tests are started by the script at the top of the course: ./qkoan test");
  }
  Session session(find_setup());
  session.tell_messages();
  int result = 0;
  switch (arguments.action) {
    case Action::kWatch:
      result = somebody_watches() ? watch_command(session)
                                  : run_until_done(run_command(session, arguments));
      break;
    case Action::kRun:
      result = run_until_done(run_command(session, arguments));
      break;
    case Action::kCheck:
      result = run_until_done(check_command(session, arguments));
      break;
    case Action::kBench:
      result = run_until_done(bench_command(session, arguments));
      break;
    case Action::kVerify:
      result = run_until_done(verify_command(session, arguments));
      break;
    case Action::kDocs:
      result = run_until_done(docs_command(session, arguments));
      break;
    case Action::kList:
      result = list_command(session);
      break;
    case Action::kHint:
      result = hint_command(session, arguments);
      break;
    case Action::kReset:
      result = reset_command(session, arguments);
      break;
    case Action::kSolution:
      result = solution_command(session, arguments);
      break;
    case Action::kProperties:
      result = run_until_done(properties_command(session, arguments));
      break;
    case Action::kQuiz:
      result = quiz_command(session, arguments);
      break;
    case Action::kNumbers:
      result = run_until_done(numbers_command(session, arguments));
      break;
    case Action::kTest:
    case Action::kPrint:
      break;
  }
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
