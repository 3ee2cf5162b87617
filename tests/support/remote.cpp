#include "tests/support/remote.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <fstream>
#include <optional>
#include <span>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "tests/support/failure.hpp"
#include "tests/support/faults.hpp"
#include "tests/support/implementation.hpp"
#include "tests/support/memory.hpp"
#include "tests/support/reporter.hpp"

namespace qkoan {
namespace {

using wire::Request;
using wire::Response;

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

/// Memory that is shared under seals.
struct Region {
  int descriptor;
  std::byte* memory;

  Region(const char* name, unsigned seals) {
    descriptor = high(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (ftruncate(descriptor, wire::kRegion) != 0) fail(name);
    const int flags = MAP_SHARED | MAP_NORESERVE;
    void* const mapped = mmap(nullptr, wire::kRegion, PROT_READ | PROT_WRITE, flags, descriptor, 0);
    if (mapped == MAP_FAILED) fail(name);
    memory = static_cast<std::byte*>(mapped);
    if (fcntl(descriptor, F_ADD_SEALS, seals | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
      fail(name);
  }
};

/// A pipe; the ends are [0] to read and [1] to write.
std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("a pipe to the worker");
  return {high(ends[0]), high(ends[1])};
}

/// A line of /proc/PID/status, in bytes.
long memory(pid_t process, const char* wanted) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string word; status >> word;) {
    long kilobytes = 0;
    if (word == wanted && status >> kilobytes) return kilobytes * 1024;
  }
  throw std::runtime_error("the system does not say how much memory a worker has");
}

/// What a heap may keep of arrays that are gone. Nobody hides more by taking it beforehand.
constexpr long kMostKept = 1024 * 1024;

}  // namespace

class Worker {
 public:
  explicit Worker(std::vector<std::string> command) : command_(std::move(command)) { start(); }

  Request& request() const { return *reinterpret_cast<Request*>(request_.memory); }
  std::byte* region(bool writable) const { return (writable ? response_ : request_).memory; }
  bool lacks(int function) const { return lacks_.at(static_cast<std::size_t>(function)); }

  /// After a crash that has been dealt with.
  void revive() {
    if (!alive_) start();
  }
  void give_up() {
    close(bell_);
    close(answers_);
    kill(process_, SIGKILL);
    int status;
    waitpid(process_, &status, 0);
    alive_ = false;
  }

  /// Rings, and waits. What is shared may change at any time: a copy is returned.
  const Response& ring() {
    ++sequence_;
    if (write(bell_, &sequence_, sizeof sequence_) != sizeof sequence_) mourn();
    return listen();
  }

  /// What it told when it began.
  std::vector<std::string> functions() const {
    std::istringstream names(functions_);
    std::vector<std::string> result;
    for (std::string name; names >> name;) result.push_back(name);
    return result;
  }

  /// Of the time that its process takes.
  clockid_t clock() const { return clock_; }

  /// The process that holds the student's functions; the one we started may only stand before it.
  pid_t innermost() const {
    pid_t process = process_;
    for (;;) {
      const std::string id = std::to_string(process);
      std::ifstream children("/proc/" + id + "/task/" + id + "/children");
      if (!(children >> process)) return process;
    }
  }

 private:
  void start() {
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
    if (clock_getcpuclockid(innermost(), &clock_) != 0) fail("the clock of a worker");
  }

  void spawn(int bell, int answers) {
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

  const Response& listen() {
    std::uint32_t answered;
    ssize_t size;
    while ((size = read(answers_, &answered, sizeof answered)) < 0 && errno == EINTR) {
    }
    if (size != sizeof answered) mourn();
    const auto* shared = reinterpret_cast<const Response*>(response_.memory);
    std::memcpy(static_cast<void*>(&copy_), shared, offsetof(Response, arrays));
    if (copy_.kind == Response::kAsks)
      std::memcpy(copy_.arrays, shared->arrays, sizeof copy_.arrays);
    if (answered != sequence_ || copy_.sequence != sequence_) _exit(0);  // it answers out of turn
    return copy_;
  }

  /// The worker has gone without a word, as exit() does: so goes the suite.
  [[noreturn]] void mourn() {
    int status = 0;
    waitpid(process_, &status, 0);
    // Who stands before a worker tells the signal that ended it as a shell does.
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (code <= 128) _exit(code);
    signal(code - 128, SIG_DFL);
    raise(code - 128);
    _exit(code);
  }

  std::vector<std::string> command_;
  Region request_{"request", F_SEAL_FUTURE_WRITE};
  Region response_{"response", 0};
  std::vector<bool> lacks_ = std::vector<bool>(64);
  std::string functions_;
  clockid_t clock_{};
  int bell_ = -1, answers_ = -1;
  pid_t process_ = 0;
  bool alive_ = false;
  std::uint32_t sequence_ = 0;
  Response copy_{};
};

namespace {

Worker* the_worker = nullptr;

/// Nothing if its process has gone.
std::optional<double> seconds_of(clockid_t clock) {
  timespec time;
  if (clock_gettime(clock, &time) != 0) return std::nullopt;
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

std::size_t pages_for(std::size_t bytes) {
  return std::max<std::size_t>(1, (bytes + wire::kPage - 1) / wire::kPage);
}

}  // namespace

Worker& start_worker(std::vector<std::string> command) {
  signal(SIGPIPE, SIG_IGN);
  return *new Worker(std::move(command));
}

void use_worker(Worker& worker) { the_worker = &worker; }

void judge_remotely(std::vector<std::string> command) {
  use_worker(start_worker(std::move(command)));
}

bool judges_remotely() { return the_worker != nullptr; }

WorkerMemory::WorkerMemory()
    : process_(the_worker->innermost()),
      before_(std::min(kMostKept, memory(process_, "RssAnon:"))) {
  std::ofstream("/proc/" + std::to_string(process_) + "/clear_refs") << 5;  // forget the peak
}

long WorkerMemory::peak() const {
  const long all = memory(process_, "VmHWM:");
  return all - memory(process_, "RssShmem:") - memory(process_, "RssFile:") - before_;
}

double processor_seconds() {
  if (the_worker) return seconds_of(the_worker->clock()).value_or(0);
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double worker_seconds() {
  const std::optional<double> seconds = seconds_of(the_worker->clock());
  if (!seconds) fail("the processor time of a worker");
  return *seconds;
}

void call_nothing() {
  the_worker->request().kind = Request::kNothing;
  the_worker->ring();
}

std::vector<std::string> functions_of_worker() { return the_worker->functions(); }

namespace detail {

bool worker_lacks(int function) { return the_worker->lacks(function); }

void Parcel::add_block(const void* data, std::size_t bytes, bool writable) {
  auto* const first = static_cast<std::byte*>(const_cast<void*>(data));
  const std::span<std::byte> around = pages_around(data);
  const Block wanted = around.empty() ? Block{first, bytes, false, writable}
                                      : Block{around.data(), around.size(), true, writable};
  for (Block& known : blocks_) {
    if (known.here != wanted.here) continue;
    known.size = std::max(known.size, wanted.size);
    known.writable = known.writable || writable;
    return;
  }
  blocks_.push_back(wanted);
}

void Parcel::pack() {
  the_worker->revive();
  int next[2] = {0, 0};
  Request& request = the_worker->request();
  std::memset(request.pages, 0, sizeof request.pages);
  for (Block& block : blocks_) {
    const std::size_t pages = pages_for(block.size);
    block.slot = next[block.writable]++;
    if (block.slot >= wire::kSlots || pages * wire::kPage > wire::kSlot - 2 * wire::kPage)
      throw std::runtime_error("a call has more, or larger arrays than a worker can be given");
    block.offset = wire::start_of_slot(block.slot) + pages * wire::kPage - block.size;
    request.pages[block.writable][block.slot] = static_cast<int>(pages);
    if (block.size > 0)
      std::memcpy(the_worker->region(block.writable) + block.offset, block.here, block.size);
  }
}

namespace {

bool holds(const Block& block, const void* data) {
  const auto* byte = static_cast<const std::byte*>(data);
  return block.guarded ? byte >= block.here && byte <= block.here + block.size : byte == block.here;
}

/// The byte of a region that stands for one here.
std::byte* there(const Block& block, const void* data) {
  return the_worker->region(block.writable) + block.offset +
         (static_cast<const std::byte*>(data) - block.here);
}

std::uintptr_t start_of(const Block& block) {
  return (block.writable ? wire::kResponseAddress : wire::kRequestAddress) + block.offset;
}

}  // namespace

std::uintptr_t Parcel::address_of(const void* data) const {
  for (const Block& block : blocks_) {
    if (holds(block, data))
      return start_of(block) +
             static_cast<std::uintptr_t>(static_cast<const std::byte*>(data) - block.here);
  }
  throw std::logic_error("a pointer that was not packed");
}

void Parcel::put(const void* data, const void* bytes, std::size_t size) const {
  for (const Block& block : blocks_) {
    if (holds(block, data)) std::memcpy(there(block, data), bytes, size);
  }
}

void Parcel::get(const void* data, void* bytes, std::size_t size) const {
  for (const Block& block : blocks_) {
    if (holds(block, data)) std::memcpy(bytes, there(block, data), size);
  }
}

void Parcel::take_back() const {
  for (const Block& block : blocks_) {
    if (block.writable && block.size > 0)
      std::memcpy(block.here, the_worker->region(true) + block.offset, block.size);
  }
}

/// The byte here that lies at this address over there; closed pages around guarded memory, too.
const void* Parcel::local(std::uintptr_t address) const {
  for (const Block& block : blocks_) {
    const std::uintptr_t first = start_of(block);
    if (block.guarded && address + wire::kPage >= first &&
        address < first + block.size + wire::kPage)
      return block.here + static_cast<std::ptrdiff_t>(address - first);
  }
  return nullptr;
}

/// Inputs are closed for writing over there. Who writes to one has changed it: so it is changed here.
bool Parcel::mirror_write(std::uintptr_t address) const {
  for (const Block& block : blocks_) {
    const std::uintptr_t first = start_of(block);
    if (block.writable || !block.guarded || address < first || address >= first + block.size)
      continue;
    block.here[address - first] ^= std::byte{1};
    return true;
  }
  return false;
}

/// A question that cannot be answered ends the call, and with it the worker.
void Parcel::answer(const Response& question, Request& request) const {
  const auto which = static_cast<std::size_t>(question.callback);
  if (which >= answers_.size()) _exit(0);  // no function that it was given
  try {
    answers_[which](question, request);
  } catch (...) {
    the_worker->give_up();
    throw;
  }
}

void Parcel::die(const Response& last) const {
  reporter().fault(last.signal, last.address == 0 ? nullptr : local(last.address));
  _exit(kExitAfterFault);
}

namespace {

/// Text of a worker, which may be anything.
template <std::size_t size>
std::string text_of(const char (&text)[size]) {
  return std::string(text, strnlen(text, size));
}

[[noreturn]] void throw_failure(const char* function, const Response& response) {
  if (response.kind == Response::kUnsolved) throw unsolved_task(function, response.task);
  if (response.kind != Response::kThrew) throw missing_function(function);
  const std::string what = text_of(response.what);
  throw threw_exception(function, text_of(response.type), response.has_what ? &what : nullptr);
}

}  // namespace

void Parcel::send(const char* name, int function, const void* arguments, std::size_t size,
                  void* result, std::size_t result_size) {
  Request& request = the_worker->request();
  request.kind = Request::kCall;
  request.function = function;
  std::memcpy(request.arguments, arguments, size);
  const Response* response = &the_worker->ring();
  while (response->kind == Response::kAsks) {
    answer(*response, request);
    request.kind = Request::kAnswer;
    response = &the_worker->ring();
  }
  if (response->kind == Response::kDied) {
    if (response->signal != SIGSEGV || !mirror_write(response->address)) die(*response);
    the_worker->give_up();
    return;
  }
  if (response->kind == Response::kReturned) {
    std::memcpy(result, response->result, result_size);
    return take_back();
  }
  throw_failure(name, *response);
}

float* Adopted::adopt(const void* there, long size) {
  for (const auto& [place, span] : known_) {
    if (place == there && size <= span.second) return floats_.data() + span.first;
  }
  const std::size_t used = floats_.size();
  const auto count = static_cast<std::size_t>(size);
  if (size < 0 || count > wire::kCallbackArrays - used)
    throw Failure{"wrong", "called a function that it was given with more than " +
                               std::to_string(wire::kCallbackArrays) + " elements"};
  known_.push_back({there, {used, size}});
  floats_.insert(floats_.end(), question_.arrays + used, question_.arrays + used + count);
  return floats_.data() + used;
}

}  // namespace detail
}  // namespace qkoan
