/// @file
/// Runs a program so that it can do no harm, or does not run it at all: a class's code is compiled and
/// run behind it (grader/class/sandbox.hpp). Limits of the process, then Landlock for files, then
/// seccomp for everything else that one asks the kernel for. With bubblewrap in front of it there are
/// namespaces around all that.
///
/// A program of its own and linked statically: it starts in a root that has nothing else.

#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int kExitRefused = 125;
constexpr int kProgram = 9;         ///< the descriptor of the program; closed once it runs
constexpr int kLastDescriptor = 6;  ///< of those that a program is given

/// Newer than the distribution's header; the kernel says whether it knows it.
constexpr std::uint64_t kAccessTruncate = std::uint64_t{1} << 14;
constexpr std::uint64_t kAccessDevices = std::uint64_t{1} << 15;

struct Options {
  bool compile = false;  ///< the policy: a compiler, or (false) code that nobody trusts
  bool check = false;    ///< nothing is run: can a program be confined here?
  rlim_t memory = 0, seconds = 0, file_size = 0, processes = 0;
  std::vector<const char*> readable, writable;
  std::vector<char*> command;
};

[[noreturn]] void refuse(const char* what, int error = errno) {
  std::fprintf(stderr, "%s: %s\n", what, std::strerror(error));
  std::exit(kExitRefused);
}

void limit(__rlimit_resource which, rlim_t most, const char* name) {
  const rlimit both{most, most};
  if (setrlimit(which, &both) != 0) refuse(name);
}

void set_limits(const Options& options) {
  limit(RLIMIT_CORE, 0, "core files");
  limit(RLIMIT_AS, options.memory, "memory");
  limit(RLIMIT_CPU, options.seconds, "processor time");
  limit(RLIMIT_FSIZE, options.file_size, "file size");
  if (options.processes > 0) limit(RLIMIT_NPROC, options.processes, "processes");
}

/// Rights of Landlock that this kernel knows.
std::uint64_t all_rights() {
  const long version =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) refuse("this kernel has no Landlock");
  std::uint64_t rights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
  if (version >= 2) rights |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) rights |= kAccessTruncate;
  if (version >= 5) rights |= kAccessDevices;
  return rights;
}

constexpr std::uint64_t kRightsOfFiles = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
                                         LANDLOCK_ACCESS_FS_WRITE_FILE | kAccessTruncate;
constexpr std::uint64_t kRead =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kWrite = kRead | LANDLOCK_ACCESS_FS_WRITE_FILE | kAccessTruncate |
                                 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                 LANDLOCK_ACCESS_FS_REFER;

void allow(int rules, const char* path, std::uint64_t rights) {
  const int place = open(path, O_PATH | O_CLOEXEC);
  if (place < 0) refuse(path);
  const bool folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) >= 0;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = folder ? rights : rights & kRightsOfFiles;
  rule.parent_fd = place;
  if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
    refuse(path);
}

/// Nothing can be opened but what is allowed here.
void close_files(const Options& options) {
  landlock_ruleset_attr all{};
  all.handled_access_fs = all_rights();
  const auto rules = static_cast<int>(syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0));
  if (rules < 0) refuse("Landlock");
  for (const char* path : options.readable) allow(rules, path, kRead & all.handled_access_fs);
  for (const char* path : options.writable) allow(rules, path, kWrite & all.handled_access_fs);
  if (!options.command.empty())
    allow(rules, options.command[0], LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE);
  if (syscall(SYS_landlock_restrict_self, rules, 0) != 0) refuse("Landlock");
}

/// A filter of system calls, by their names.
class Filter {
 public:
  explicit Filter(std::uint32_t otherwise) : context_(seccomp_init(otherwise)) {
    if (!context_) refuse("seccomp", ENOMEM);
  }

  void rule(std::uint32_t action, std::string_view names) {
    for (std::size_t start = 0; start < names.size();) {
      const std::size_t end = std::min(names.find(' ', start), names.size());
      if (end > start) rule(action, std::string(names.substr(start, end - start)), {});
      start = end + 1;
    }
  }
  void rule(std::uint32_t action, const std::string& name, std::vector<scmp_arg_cmp> conditions) {
    const int number = seccomp_syscall_resolve_name(name.c_str());
    if (number == __NR_SCMP_ERROR) return;  // of another processor
    const auto count = static_cast<unsigned>(conditions.size());
    const int result = seccomp_rule_add_array(context_, action, number, count, conditions.data());
    if (result != 0) refuse(name.c_str(), -result);
  }

  /// From here on.
  void load() {
    const int result = seccomp_load(context_);
    if (result != 0) refuse("seccomp", -result);
  }

 private:
  scmp_filter_ctx context_;
};

/// What a program needs that computes and answers: memory, its two pipes, an end. Nothing that reaches a
/// file, a process or a network, and nothing that makes a thread.
void forbid_all_but_computing() {
  Filter filter(SCMP_ACT_ERRNO(EPERM));
  filter.rule(SCMP_ACT_ALLOW,
              "read write close fstat lseek mmap munmap mprotect mremap madvise brk futex "
              "exit exit_group rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack "
              "arch_prctl set_tid_address set_robust_list rseq "
              "clock_gettime gettimeofday time getpid gettid getrandom sched_yield");
  // A program that starts asks for the size of its stack.
  filter.rule(SCMP_ACT_ALLOW, "prlimit64",
              {SCMP_A0(SCMP_CMP_EQ, 0, 0), SCMP_A2(SCMP_CMP_EQ, 0, 0)});
  filter.rule(SCMP_ACT_ERRNO(ENOENT), "open openat readlink readlinkat newfstatat access");
  filter.rule(SCMP_ACT_ERRNO(ENOTTY), "ioctl");
  filter.rule(SCMP_ACT_ALLOW, "execveat", {SCMP_A0(SCMP_CMP_EQ, kProgram, 0)});
  filter.load();
}

/// A compiler is trusted, what it reads is not.
void forbid_what_no_compiler_needs() {
  Filter filter(SCMP_ACT_ALLOW);
  filter.rule(SCMP_ACT_ERRNO(EPERM),
              "socket socketpair connect bind listen accept accept4 sendto sendmsg sendmmsg "
              "recvfrom recvmsg recvmmsg ptrace process_vm_readv process_vm_writev "
              "pidfd_getfd pidfd_send_signal kcmp kill tkill mount umount2 mount_setattr "
              "move_mount fsopen fsmount fsconfig fspick open_tree pivot_root chroot setns "
              "unshare bpf perf_event_open keyctl add_key request_key io_uring_setup "
              "io_uring_enter io_uring_register userfaultfd init_module finit_module "
              "delete_module kexec_load kexec_file_load reboot swapon swapoff acct quotactl "
              "setsid setpgid mknod mknodat msgget semget shmget mq_open inotify_init "
              "inotify_init1 fanotify_init open_by_handle_at name_to_handle_at "
              "sched_setaffinity syslog vhangup iopl ioperm");
  constexpr std::uint64_t kNamespaces = 0x7e020000;  // all flags CLONE_NEW…
  for (int bit = 0; bit < 32; ++bit) {
    const std::uint64_t flag = std::uint64_t{1} << bit;
    if ((kNamespaces & flag) != 0)
      filter.rule(SCMP_ACT_ERRNO(EPERM), "clone", {SCMP_A0(SCMP_CMP_MASKED_EQ, flag, flag)});
  }
  filter.rule(SCMP_ACT_ERRNO(ENOSYS), "clone3");  // its flags lie in memory; clone() is used then
  filter.load();
}

rlim_t number(const char* text) {
  char* end = nullptr;
  errno = 0;
  const unsigned long long value = std::strtoull(text, &end, 10);
  if (errno != 0 || *end != 0 || end == text) refuse(text, EINVAL);
  return value;
}

Options parse(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--check") {
      options.check = true;
    } else if (word == "--") {
      options.command.assign(words + i + 1, words + count);
      break;
    } else if (++i == count) {
      refuse(words[i - 1], EINVAL);
    } else if (word == "--policy") {
      options.compile = std::string_view(words[i]) == "compile";
      if (!options.compile && std::string_view(words[i]) != "run") refuse(words[i], EINVAL);
    } else if (word == "--memory") {
      options.memory = number(words[i]);
    } else if (word == "--seconds") {
      options.seconds = number(words[i]);
    } else if (word == "--file-size") {
      options.file_size = number(words[i]);
    } else if (word == "--processes") {
      options.processes = number(words[i]);
    } else if (word == "--read") {
      options.readable.push_back(words[i]);
    } else if (word == "--write") {
      options.writable.push_back(words[i]);
    } else {
      refuse(words[i - 1], EINVAL);
    }
  }
  if (options.command.empty() != options.check) refuse("a program to run", EINVAL);
  return options;
}

/// Only what a program is given stays open: standard streams, and four descriptors of a worker.
void close_descriptors() {
  if (close_range(kLastDescriptor + 1, ~0U, 0) != 0) refuse("descriptors");
}

void open_program(const char* path) {
  const int opened = open(path, O_RDONLY | O_CLOEXEC);
  if (opened < 0) refuse(path);
  if (opened != kProgram && dup3(opened, kProgram, O_CLOEXEC) < 0) refuse(path);
  close_range(kLastDescriptor + 1, kProgram - 1, 0);
}

[[noreturn]] void run(Options& options) {
  options.command.push_back(nullptr);
  std::string folder =
      "TMPDIR=" + std::string(options.writable.empty() ? "/" : options.writable[0]);
  std::string path = "PATH=/usr/bin", language = "LC_ALL=C.UTF-8";
  char* surroundings[] = {path.data(), language.data(), folder.data(), nullptr};
  char* nothing[] = {nullptr};
  syscall(SYS_execveat, kProgram, "", options.command.data(),
          options.compile ? surroundings : nothing, AT_EMPTY_PATH);
  refuse(options.command[0]);
}

}  // namespace

int main(int count, char** words) {
  Options options = parse(count, words);
  // A limit on processes does not hold for the superuser, and much else does not either.
  if (geteuid() == 0) refuse("code of others is never run as root", EPERM);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  close_descriptors();
  if (!options.check) {
    open_program(options.command[0]);
    set_limits(options);
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) refuse("no new privileges");
  close_files(options);
  options.compile ? forbid_what_no_compiler_needs() : forbid_all_but_computing();
  if (!options.check) run(options);
}
