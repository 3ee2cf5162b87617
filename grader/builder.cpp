#include "builder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdio>
#include <vector>

#include "problem.hpp"
#include "process.hpp"
#include "style.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

constexpr double kBuildLimitSeconds = 1800;
constexpr std::size_t kLogTail = 20;
constexpr int kLockMilliseconds = 50;

/// One build at a time in one folder, whoever runs it.
class FolderLock {
 public:
  explicit FolderLock(const std::string& file)
      : descriptor_(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {}
  ~FolderLock() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  /// A folder that cannot be locked is left to luck: nothing else depends on it.
  bool try_lock() const { return descriptor_ < 0 || flock(descriptor_, LOCK_EX | LOCK_NB) == 0; }

 private:
  int descriptor_;
};

/// "[12/30] Building ..." becomes "12/30"; nothing has been built yet at "[0/30]".
std::string step_of(std::string_view line) {
  const std::size_t end = line.find(']');
  if (!line.starts_with('[') || end == std::string_view::npos) return "";
  const std::string step(line.substr(1, end - 1));
  return step.find('/') == std::string::npos || step.starts_with("0/") ? "" : step;
}

void show_step(const std::string& what, std::string_view line) {
  const std::string step = step_of(line);
  if (step.empty()) return;
  std::fprintf(stderr, "\r\x1b[Kbuilding %s ... %s", what.c_str(), step.c_str());
}

std::string log_tail(const Outcome& outcome) {
  std::vector<std::string> lines = split_lines(outcome.output + outcome.errors);
  if (lines.size() > kLogTail) lines.erase(lines.begin(), lines.end() - kLogTail);
  std::string text;
  for (const std::string& line : lines) text += "  " + printable(line) + "\n";
  return text;
}

}  // namespace

Async<> Builder::prepare(Scope scope, std::string lesson) {
  return build(std::move(scope), "lesson_" + lesson, "the tests of " + lesson, false);
}

Async<> Builder::prepare_numbers(Scope scope, std::string lesson) {
  return build(std::move(scope), lesson + "_numbers", "the numbers of " + lesson, false);
}

Async<> Builder::prepare_races(Scope scope, std::string lesson) {
  return build(std::move(scope), lesson + "_bench", "the benchmarks of " + lesson, false);
}

Async<> Builder::prepare_class(Scope scope, std::string lesson) {
  return build(std::move(scope), "class_" + lesson, "what grades " + lesson, false);
}

Async<> Builder::prepare_mutants_worker(Scope scope, std::string lesson) {
  return build(std::move(scope), lesson + "_mutants_worker", "the planted bugs of " + lesson,
               false);
}

Async<> Builder::prepare_confine(Scope scope) {
  return build(std::move(scope), "class_tools", "what keeps students' code in", false);
}

Async<> Builder::prepare_peers(Scope scope) {
  return build(std::move(scope), "peers", "the peers", false);
}

Async<> Builder::prepare_site(Scope scope, std::string edition, bool pdf) {
  return build(std::move(scope), (pdf ? "pdf_" : "site_") + edition, "the site", false);
}

Async<> Builder::prepare_in_background(Scope scope, std::string lesson) {
  try {
    co_await build(scope, "lesson_" + lesson, "the tests of " + lesson, true);
  } catch (const Problem&) {
    // Told when the lesson is opened.
  }
}

Async<> Builder::build(Scope scope, std::string target, std::string what, bool patient) {
  const Slots::Slot slot = co_await slots_.take();
  if (ready_.contains(target)) co_return;
  const FolderLock lock(setup_.build / ".qkoan-building");
  while (!lock.try_lock()) co_await pause(scope, kLockMilliseconds);
  const bool shown = !patient && is_terminal(STDERR_FILENO);
  Command command;
  command.arguments = {setup_.cmake, "--build", setup_.build.string(), "--target", target};
  command.environment = build_environment();
  command.limit = kBuildLimitSeconds;
  command.patient = patient;
  command.tidy = true;
  if (shown) command.on_output = [what](std::string_view line) { show_step(what, line); };
  const Outcome outcome = co_await run(scope, std::move(command));
  if (shown) std::fputs("\r\x1b[K", stderr);
  if (!outcome.start_error.empty()) {
    throw Problem("cmake cannot be started: " + outcome.start_error);
  }
  if (!outcome.succeeded()) {
    throw Problem("Building " + what + " failed. The end of the log:\n\n" + log_tail(outcome) +
                  "\nAgain by hand: cmake --build " + setup_.build.string() + " --target " +
                  target);
  }
  ready_.insert(target);
}

}  // namespace qkoan
