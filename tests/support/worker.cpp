#include "tests/support/worker.hpp"

#include <cxxabi.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "tests/support/mutant_list.hpp"

extern "C" __attribute__((weak)) QkoanMutant* qkoan_mutants();

namespace qkoan::worker {
namespace {

using wire::Request;
using wire::Response;

constexpr int kExitDamaged = 71;  // the regions cannot be mapped
constexpr int kExitDied = 70;

std::uint32_t sequence = 0;
int occupied[2][wire::kSlots];

const Request& request() { return *reinterpret_cast<const Request*>(wire::kRequestAddress); }
Response& response() { return *reinterpret_cast<Response*>(wire::kResponseAddress); }

/// Nothing of a region is open at first but its envelope.
void map(std::uintptr_t address, int descriptor, int protection) {
  void* const wanted = reinterpret_cast<void*>(address);
  const int flags = MAP_SHARED | MAP_FIXED_NOREPLACE | MAP_NORESERVE;
  if (mmap(wanted, wire::kRegion, PROT_NONE, flags, descriptor, 0) != wanted ||
      mprotect(wanted, wire::kEnvelope, protection) != 0)
    _exit(kExitDamaged);
}

/// Opens so many pages of each slot as its array takes.
void open_slots() {
  for (int region = 0; region < 2; ++region) {
    const std::uintptr_t start = region == 0 ? wire::kRequestAddress : wire::kResponseAddress;
    const int protection = region == 0 ? PROT_READ : PROT_READ | PROT_WRITE;
    for (int slot = 0; slot < wire::kSlots; ++slot) {
      const int wanted = request().pages[region][slot];
      int& now = occupied[region][slot];
      if (wanted == now || wanted == 0) continue;
      const auto place = [&](int page) {
        return reinterpret_cast<void*>(start + wire::start_of_slot(slot) + page * wire::kPage);
      };
      const auto bytes = [](int pages) { return static_cast<std::size_t>(pages) * wire::kPage; };
      if (wanted > now)
        mprotect(place(now), bytes(wanted - now), protection);
      else
        mprotect(place(wanted), bytes(now - wanted), PROT_NONE);
      now = wanted;
    }
  }
}

void ring(Response::Kind kind) {
  response().kind = kind;
  response().sequence = sequence;
  if (write(wire::kResponseBell, &sequence, sizeof sequence) != sizeof sequence) _exit(0);
}

/// The suite has gone: so shall we.
void wait_for_bell() {
  if (read(wire::kRequestBell, &sequence, sizeof sequence) != sizeof sequence) _exit(0);
}

void on_fault(int signal, siginfo_t* info, void*) {
  response().signal = signal;
  response().address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  ring(Response::kDied);
  _exit(kExitDied);
}

void report_faults() {
  static std::byte stack_of_handler[64 * 1024];  // a crash may be a stack overflow
  stack_t stack{};
  stack.ss_sp = stack_of_handler;
  stack.ss_size = sizeof stack_of_handler;
  sigaltstack(&stack, nullptr);
  struct sigaction action{};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) sigaction(signal, &action, nullptr);
}

/// Says what is being thrown.
void describe_exception(const char* what) {
  const std::type_info* const type = abi::__cxa_current_exception_type();
  char* const readable =
      type ? abi::__cxa_demangle(type->name(), nullptr, nullptr, nullptr) : nullptr;
  std::snprintf(response().type, wire::kText, "%s", readable ? readable : "something");
  std::snprintf(response().what, wire::kText, "%s", what ? what : "");
  response().has_what = what != nullptr;
  std::free(readable);
}

Response::Kind call(const Entry& entry) {
  if (!entry.address) return Response::kMissing;
  try {
    entry.call(entry.address, request().arguments, response().result);
    return Response::kReturned;
  } catch (const Unsolved& unsolved) {
    response().task = unsolved.task;
    return Response::kUnsolved;
  } catch (const std::exception& e) {
    describe_exception(e.what());
  } catch (...) {
    describe_exception(nullptr);
  }
  return Response::kThrew;
}

}  // namespace

Response& question() { return response(); }
const Request& answer() { return request(); }

void ask() {
  ring(Response::kAsks);
  wait_for_bell();
}

void choose(std::span<Entry> entries, const char* mutant) {
  if (!mutant) return;
  bool found = false;
  for (const QkoanMutant* m = qkoan_mutants ? qkoan_mutants() : nullptr; m; m = m->next) {
    if (std::strcmp(m->name, mutant) != 0) continue;
    found = true;
    for (Entry& entry : entries) {
      if (std::strcmp(entry.name, m->function) == 0) entry.address = m->address;
    }
  }
  if (!found) _exit(kExitDamaged);
}

void serve(std::span<const Entry> entries) {
  map(wire::kRequestAddress, wire::kRequestDescriptor, PROT_READ);
  map(wire::kResponseAddress, wire::kResponseDescriptor, PROT_READ | PROT_WRITE);
  report_faults();
  std::size_t used = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    response().arguments[i] = std::byte{entries[i].address != nullptr};
    used += static_cast<std::size_t>(
        std::snprintf(response().names() + used, wire::kNames - used, "%s\n", entries[i].name));
  }
  ring(Response::kReturned);
  for (;;) {
    wait_for_bell();
    if (request().kind == Request::kNothing) {
      ring(Response::kReturned);
      continue;
    }
    const auto function = static_cast<std::size_t>(request().function);
    if (function >= entries.size()) _exit(kExitDamaged);
    open_slots();
    ring(call(entries[function]));
  }
}

}  // namespace qkoan::worker

/// What assert() and uncaught exceptions end in; the linker puts it in place of abort(), which asks the
/// system for a signal, as a worker may not.
extern "C" void __wrap_abort() noexcept {
  qkoan::worker::response().signal = SIGABRT;
  qkoan::worker::response().address = 0;
  qkoan::worker::ring(qkoan::wire::Response::kDied);
  _exit(qkoan::worker::kExitDied);
}
