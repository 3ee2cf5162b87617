#include "tests/support/worker_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace qkoan {

using wire::Request;
using wire::Response;

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// Above those that a worker is given, so that none is overwritten while they are put in place.
int high(int descriptor) {
  const int result = fcntl(descriptor, F_DUPFD_CLOEXEC, 10);
  if (result < 0) fail("a descriptor for the worker");
  close(descriptor);
  return result;
}

/// A pipe; the ends are [0] to read and [1] to write.
std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("a pipe to the worker");
  return {high(ends[0]), high(ends[1])};
}

}  // namespace

SharedRegion::SharedRegion(const char* name, unsigned seals) {
  descriptor = high(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (ftruncate(descriptor, wire::kRegion) != 0) fail(name);
  const int flags = MAP_SHARED | MAP_NORESERVE;
  void* const mapped = mmap(nullptr, wire::kRegion, PROT_READ | PROT_WRITE, flags, descriptor, 0);
  if (mapped == MAP_FAILED) fail(name);
  memory = static_cast<std::byte*>(mapped);
  if (fcntl(descriptor, F_ADD_SEALS, seals | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    fail(name);
}

Worker::Worker(std::vector<std::string> command)
    : command_(std::move(command)),
      request_("request", F_SEAL_FUTURE_WRITE),  // others can only read it
      response_("response", 0) {
  signal(SIGPIPE, SIG_IGN);
  start();
}

void Worker::start() {
  const std::array<int, 2> to = make_pipe(), from = make_pipe();
  spawn(to[0], from[1]);
  close(to[0]);
  close(from[1]);
  bell_ = to[1];
  answers_ = from[0];
  alive_ = true;
  sequence_ = 0;
  const Response& hello = listen();
  for (std::size_t i = 0; i < lacks_.size(); ++i) lacks_[i] = hello.arguments[i] == std::byte{0};
  const auto* const names = reinterpret_cast<const Response*>(response_.memory)->names();
  functions_.assign(names, strnlen(names, wire::kNames));
  if (clock_getcpuclockid(innermost(), &clock_) != 0) mourn();
}

void Worker::spawn(int bell, int answers) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (int standard = 0; standard < 3; ++standard)
    posix_spawn_file_actions_addopen(&actions, standard, "/dev/null", O_RDWR, 0);
  const auto give = [&](int descriptor, int as) {
    posix_spawn_file_actions_adddup2(&actions, descriptor, as);
  };
  give(request_.descriptor, wire::kRequestDescriptor);
  give(response_.descriptor, wire::kResponseDescriptor);
  give(bell, wire::kRequestBell);
  give(answers, wire::kResponseBell);
  std::vector<char*> words;
  for (std::string& word : command_) words.push_back(word.data());
  words.push_back(nullptr);
  char* no_environment[] = {nullptr};
  const int error =
      posix_spawn(&process_, words[0], &actions, nullptr, words.data(), no_environment);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error(command_[0] + ": " + std::strerror(error));
}

const Response& Worker::ring() {
  ++sequence_;
  if (write(bell_, &sequence_, sizeof sequence_) != sizeof sequence_) mourn();
  return listen();
}

const Response& Worker::listen() {
  std::uint32_t answered;
  ssize_t size;
  while ((size = read(answers_, &answered, sizeof answered)) < 0 && errno == EINTR) {
  }
  if (size != sizeof answered) mourn();
  const auto* shared = reinterpret_cast<const Response*>(response_.memory);
  std::memcpy(static_cast<void*>(&copy_), shared, offsetof(Response, arrays));
  if (copy_.kind == Response::kAsks) std::memcpy(copy_.arrays, shared->arrays, sizeof copy_.arrays);
  if (answered != sequence_ || copy_.sequence != sequence_) _exit(0);  // it answers out of turn
  return copy_;
}

void Worker::give_up() {
  close(bell_);
  close(answers_);
  kill(process_, SIGKILL);
  int status;
  waitpid(process_, &status, 0);
  alive_ = false;
}

std::vector<std::string> Worker::functions() const {
  std::istringstream names(functions_);
  std::vector<std::string> result;
  for (std::string name; names >> name;) result.push_back(name);
  return result;
}

std::optional<double> Worker::seconds() const {
  timespec time;
  if (clock_gettime(clock_, &time) != 0) return std::nullopt;
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

pid_t Worker::innermost() const {
  pid_t process = process_;
  for (;;) {
    const std::string id = std::to_string(process);
    std::ifstream children("/proc/" + id + "/task/" + id + "/children");
    if (!(children >> process)) return std::stoi(id);
  }
}

void Worker::mourn() {
  close(bell_);  // should it still wait there
  int status = 0;
  waitpid(process_, &status, 0);
  // Who stands before a worker tells the signal that ended it as a shell does.
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (code <= 128) _exit(code);
  signal(code - 128, SIG_DFL);
  raise(code - 128);
  _exit(code);
}

}  // namespace qkoan
