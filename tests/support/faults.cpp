#include "tests/support/faults.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>

#include "tests/support/reporter.hpp"

namespace qkoan {
namespace {

/// A stack of its own, since a crash may be a stack overflow.
std::array<std::byte, 64 * 1024> handler_stack;

void on_fault(int signal, siginfo_t* info, void*) {
  const bool has_address = signal == SIGSEGV || signal == SIGBUS;
  reporter().fault(signal, has_address ? info->si_addr : nullptr);
  _exit(kExitAfterFault);
}

}  // namespace

void report_faults() {
  if (dlsym(RTLD_DEFAULT, "__asan_init") != nullptr) return;
  stack_t stack{};
  stack.ss_sp = handler_stack.data();
  stack.ss_size = handler_stack.size();
  sigaltstack(&stack, nullptr);
  struct sigaction action{};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
    sigaction(signal, &action, nullptr);
  }
}

}  // namespace qkoan
