#ifndef QKOAN_GRADER_PROCESS_HPP
#define QKOAN_GRADER_PROCESS_HPP
/// @file
/// Child processes: captured, limited in time, and never left behind.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "async.hpp"

namespace qkoan {

using OnLine = std::function<void(std::string_view)>;

/// What to run and how.
struct Command {
  std::vector<std::string> arguments;    ///< the program (searched in PATH) and its arguments
  std::vector<std::string> environment;  ///< all of it, as "NAME=value"
  std::string directory;                 ///< where to run; empty: here
  OnLine on_event;                       ///< called for each line on descriptor 3; empty: no pipe
  OnLine on_output;                      ///< called for each line of the standard output
  double limit = 0;       ///< seconds of silence on descriptor 3 (or since the start); 0: no limit
  double deadline = 0;    ///< seconds since the start, whatever it says meanwhile; 0: none
  int processor = -1;     ///< runs on this processor only; −1: on any
  int user = -1;          ///< runs as this user; −1: as the one who runs the tool
  bool confined = false;  ///< limits the memory, for programs that may run away
  bool patient = false;   ///< lowest priority: something else is more urgent
  bool tidy = false;      ///< is asked to stop before it is killed: it removes its unfinished files
};

/// How it ended.
struct Outcome {
  std::string start_error;  ///< not empty: it could not be started, and this is why
  int exit_code = 0;
  int signal = 0;  ///< the signal that killed it, or 0
  bool timed_out = false;
  std::string output;    ///< standard output, at most kCaptureLimit bytes
  std::string errors;    ///< standard error, at most kCaptureLimit bytes
  bool clipped = false;  ///< there was more output than that
  double seconds = 0;

  bool succeeded() const {
    return start_error.empty() && exit_code == 0 && signal == 0 && !timed_out;
  }
};

constexpr std::size_t kCaptureLimit = 64 * 1024;

/// Runs a command with nothing on its standard input, as the leader of its own process group.
/// The group is killed when the time is up, the scope is cancelled, or the leader has ended.
Async<Outcome> run(Scope scope, Command command);

/// What a program said, line by line, and how it ended.
struct Listing {
  std::vector<std::string> lines;
  Outcome outcome;
};

/// Runs a program that describes a file, such as nm.
Async<Listing> list(Scope scope, std::vector<std::string> arguments);

/// The tool's own environment for compilers and build tools, with messages in English.
std::vector<std::string> build_environment();

/// The bare environment for programs that contain a student's code.
std::vector<std::string> bare_environment();

}  // namespace qkoan

#endif
