#include "class/slurm_queue.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cctype>

#include "problem.hpp"
#include "process.hpp"
#include "text.hpp"

namespace qkoan {

namespace fs = std::filesystem;

namespace {

/// Slurm's commands themselves wait up to a minute for an answer, and try again.
constexpr double kSlurmSeconds = 150;
constexpr int kMostUnanswered = 60;  // with pauses: minutes, in which a controller comes back

std::string reason_of(const Outcome& outcome) {
  if (outcome.timed_out) return "no answer";
  const std::vector<std::string> lines = split_lines(trim(outcome.errors));
  return lines.empty() ? "it failed without a word" : printable(join(lines, "; "));
}

[[noreturn]] void no_slurm(const std::string& command, const std::string& why) {
  throw Problem("--slurm needs Slurm's command " + command + ", which cannot be started: " + why +
                ".\nStart this where jobs are submitted, or judge here: leave --slurm out.");
}

std::string whose() { return "--user=" + std::to_string(getuid()); }

}  // namespace

SlurmQueue::SlurmQueue(std::string name, fs::path folder, std::vector<std::string> options)
    : name_(std::move(name)), folder_(std::move(folder)), options_(std::move(options)) {}

Async<> SlurmQueue::require(Scope scope) {
  Command command;
  command.arguments = {"sbatch", "--version"};
  command.environment = build_environment();
  command.limit = kSlurmSeconds;
  const Outcome outcome = co_await run(scope, std::move(command));
  if (!outcome.succeeded())
    no_slurm("sbatch", outcome.start_error.empty() ? reason_of(outcome) : outcome.start_error);
}

Async<std::string> SlurmQueue::submit(Scope scope, fs::path script, std::string elements) {
  Command command;
  command.arguments = {"sbatch", "--parsable", "--chdir=" + folder_.string(),
                       "--array=" + elements};
  command.arguments.insert(command.arguments.end(), options_.begin(), options_.end());
  command.arguments.push_back(script.string());
  command.environment = build_environment();
  command.limit = kSlurmSeconds;
  const Outcome outcome = co_await run(scope, std::move(command));
  // "17", or "17;cluster".
  std::string number = trim(outcome.output);
  number = number.substr(0, number.find(';'));
  if (!outcome.succeeded() || number.empty() ||
      !std::isdigit(static_cast<unsigned char>(number[0])))
    throw Problem("sbatch does not take the jobs: " + reason_of(outcome) +
                  "\nWhat this cluster asks for can be said by --slurm-option, such as " +
                  "--slurm-option=--partition=NAME; the script is " + script.string() + ".");
  co_return number;
}

Async<std::optional<QueueState>> SlurmQueue::state(Scope scope) {
  Command command;
  command.arguments = {"squeue", "--noheader",      "--array",
                       whose(),  "--name=" + name_, "--format=%T|%r"};
  command.environment = build_environment();
  command.limit = kSlurmSeconds;
  const Outcome outcome = co_await run(scope, std::move(command));
  if (!outcome.start_error.empty()) no_slurm("squeue", outcome.start_error);
  if (!outcome.succeeded()) {
    if (++unanswered_ == kMostUnanswered)
      throw Problem("Slurm does not answer: " + reason_of(outcome) +
                    "\nIts jobs may go on all the same, and what they have judged is kept: the "
                    "same command goes on.");
    co_return std::nullopt;
  }
  unanswered_ = 0;
  QueueState state;
  for (const std::string& line : split_lines(outcome.output)) {
    const bool waits = line.starts_with("PENDING");
    ++(waits ? state.waiting : state.running);
    if (waits) state.reason = printable(line.substr(line.find('|') + 1));
  }
  co_return state;
}

void SlurmQueue::cancel() const {
  // Not by run(): this is for the moment when everything else was told to stop.
  std::array<std::string, 4> words = {"scancel", "--quiet", whose(), "--name=" + name_};
  std::array<char*, 5> call{};
  for (std::size_t i = 0; i < words.size(); ++i) call[i] = words[i].data();
  pid_t child = 0;
  if (posix_spawnp(&child, call[0], nullptr, nullptr, call.data(), environ) != 0) return;
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace qkoan
