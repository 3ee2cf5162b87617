#include "tests/support/remote.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <fstream>
#include <optional>
#include <span>
#include <stdexcept>

#include "tests/support/failure.hpp"
#include "tests/support/faults.hpp"
#include "tests/support/implementation.hpp"
#include "tests/support/memory.hpp"
#include "tests/support/reporter.hpp"
#include "tests/support/worker_process.hpp"

namespace qkoan {

using wire::Request;
using wire::Response;

namespace {

Worker* the_worker = nullptr;

/// What a heap may keep of arrays that are gone. Nobody hides more by taking it beforehand.
constexpr long kMostKept = 1024 * 1024;

/// A line of /proc/PID/status, in bytes.
long memory(pid_t process, const char* wanted) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string word; status >> word;) {
    long kilobytes = 0;
    if (word == wanted && status >> kilobytes) return kilobytes * 1024;
  }
  throw std::runtime_error("the system does not say how much memory a worker has");
}

std::size_t pages_for(std::size_t bytes) {
  return std::max<std::size_t>(1, (bytes + wire::kPage - 1) / wire::kPage);
}

}  // namespace

Worker& start_worker(std::vector<std::string> command) { return *new Worker(std::move(command)); }

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
  if (the_worker) return the_worker->seconds().value_or(0);
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double worker_seconds() {
  const std::optional<double> seconds = the_worker->seconds();
  if (!seconds) the_worker->mourn();  // it has answered, and gone
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
    if (place == there && size >= 0 && size <= span.second) return floats_.data() + span.first;
  }
  const std::size_t used = floats_.size();
  const auto count = static_cast<std::size_t>(size);
  if (size < 0 || count > wire::kCallbackArrays - used)
    throw Failure{"wrong", "called a function that it was given with less than 0 or more than " +
                               std::to_string(wire::kCallbackArrays) + " elements"};
  known_.push_back({there, {used, size}});
  floats_.insert(floats_.end(), question_.arrays + used, question_.arrays + used + count);
  return floats_.data() + used;
}

}  // namespace detail
}  // namespace qkoan
