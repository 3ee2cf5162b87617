#include "class/archive_confinement.hpp"

#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>

namespace qkoan {

namespace {

// AddressSanitizer reserves terabytes of addresses.
#if defined(__SANITIZE_ADDRESS__)
constexpr rlim_t kMostAddresses = RLIM_INFINITY;
#else
constexpr rlim_t kMostAddresses = rlim_t{2} << 30;
#endif

void limit(int resource, rlim_t soft, rlim_t hard) {
  const rlimit both{soft, hard};
  setrlimit(static_cast<__rlimit_resource>(resource), &both);
}

/// System calls that change nothing but this process.
constexpr int kHarmlessCalls[] = {
    SCMP_SYS(lseek),  SCMP_SYS(fstat),        SCMP_SYS(brk),           SCMP_SYS(munmap),
    SCMP_SYS(mremap), SCMP_SYS(madvise),      SCMP_SYS(mprotect),      SCMP_SYS(futex),
    SCMP_SYS(fcntl),  SCMP_SYS(sched_yield),  SCMP_SYS(clock_gettime), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(getpid), SCMP_SYS(rt_sigreturn), SCMP_SYS(exit),          SCMP_SYS(exit_group)};

/// Memory, this archive and the answers, and nothing else. Whether that is so.
bool filter_calls(int descriptor, int answers) {
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
  if (filter == nullptr) return false;
  bool good = true;
  const auto allow = [&](int call, unsigned count, scmp_arg_cmp condition) {
    good = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, count, &condition) == 0 && good;
  };
  for (const int call : kHarmlessCalls) allow(call, 0, {});
  const auto equal_to = [](unsigned argument, int value) {
    constexpr scmp_datum_t kWord = 0xffffffff;
    return scmp_arg_cmp{argument, SCMP_CMP_MASKED_EQ, kWord, static_cast<unsigned>(value)};
  };
  allow(SCMP_SYS(read), 1, equal_to(0, descriptor));
  allow(SCMP_SYS(newfstatat), 1, equal_to(0, descriptor));
  allow(SCMP_SYS(write), 1, equal_to(0, answers));
  allow(SCMP_SYS(mmap), 1, equal_to(4, -1));
  return good && seccomp_load(filter) == 0;
}

}  // namespace

bool confine_reader(int descriptor, int answers, int seconds) {
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);  // not as the parent does
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_DUMPABLE, 0);
  limit(RLIMIT_AS, kMostAddresses, kMostAddresses);
  const auto time = static_cast<rlim_t>(seconds);
  if (seconds > 0) limit(RLIMIT_CPU, time, time + 1);
  limit(RLIMIT_NOFILE, 0, 0);
  limit(RLIMIT_FSIZE, 0, 0);
  return filter_calls(descriptor, answers);
}

}  // namespace qkoan
