#include "class/sandbox.hpp"

#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>

#include "problem.hpp"
#include "text.hpp"

namespace qkoan {

namespace fs = std::filesystem;

namespace {

/// Limits of a process. An honest file is compiled in a second and judged in a tenth; with <regex> in six.
struct SandboxLimits {
  long megabytes;
  long seconds;         ///< of the processor
  long file_megabytes;  ///< of each file that it writes
  long processes;       ///< 0: no limit of its own; the policy allows none to be started
};
constexpr SandboxLimits kCompilerLimits{1536, 12, 64, 64};
/// Addresses, not all of them memory: two shared regions of 512 MiB (tests/support/wire.hpp), and 1 GiB.
constexpr SandboxLimits kWorkerLimits{2100, 60, 0, 0};
constexpr double kCompilerWallSeconds = 30;
constexpr double kTrySeconds = 10;

void append(std::vector<std::string>& words, std::vector<std::string> more) {
  words.insert(words.end(), more.begin(), more.end());
}

std::vector<std::string> words_of(const SandboxLimits& limits, bool processes) {
  constexpr long kMega = 1024 * 1024;
  std::vector<std::string> words = {"--memory",    std::to_string(limits.megabytes * kMega),
                                    "--seconds",   std::to_string(limits.seconds),
                                    "--file-size", std::to_string(limits.file_megabytes * kMega)};
  if (processes && limits.processes > 0)
    append(words, {"--processes", std::to_string(limits.processes)});
  return words;
}

/// Other users' processes, other mounts and this machine's name are out of sight. Networks are closed by
/// the policy of system calls: a namespace of their own would take as long as all others together.
std::vector<std::string> bubblewrap() {
  return {"/usr/bin/bwrap", "--unshare-user", "--unshare-pid",
          "--unshare-ipc",  "--unshare-uts",  "--die-with-parent"};
}

/// Folders of the distribution's programs and libraries, as links where they are links.
const std::array<const char*, 4> kDistribution = {"/bin", "/lib", "/lib64", "/lib32"};

constexpr int kNobody = 65534;

/// Whoever became root by sudo, or nobody.
int unprivileged_user() {
  if (geteuid() != 0) return -1;
  const char* const sudo = std::getenv("SUDO_UID");
  const std::string text = sudo ? sudo : "";
  int user = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), user);
  return error == std::errc() && end == text.data() + text.size() && user > 0 ? user : kNobody;
}

Command try_out(const Setup& setup, Tier tier, int user) {
  Command command;
  const std::string confine = Sandbox::confine(setup);
  if (tier == Tier::kNamespaces) {
    command.arguments = bubblewrap();
    append(command.arguments, {"--as-pid-1", "--ro-bind", confine, "/confine", "/confine"});
  } else {
    command.arguments = {confine};
  }
  command.arguments.emplace_back("--check");
  command.environment = bare_environment();
  command.limit = kTrySeconds;
  command.user = user;
  return command;
}

}  // namespace

const char* name_of(Tier tier) { return tier == Tier::kNamespaces ? "namespaces" : "landlock"; }

Async<Sandbox> Sandbox::find(Scope scope, Setup setup, std::string wanted) {
  const int user = unprivileged_user();
  std::string reasons;
  for (const Tier tier : {Tier::kNamespaces, Tier::kLandlock}) {
    if (!wanted.empty() && wanted != name_of(tier)) continue;
    Command command = try_out(setup, tier, user);
    const Outcome outcome = co_await run(scope, std::move(command));
    if (outcome.succeeded()) co_return Sandbox(std::move(setup), tier, user);
    const std::string why = outcome.start_error.empty() ? outcome.errors : outcome.start_error;
    const std::vector<std::string> lines = split_lines(trim(printable(why)));
    reasons += std::string("\n  ") + name_of(tier) + ": " +
               (lines.empty() ? "failed without a word" : lines.front());
  }
  throw Problem("Nothing here keeps the code of others in, so none was run." + reasons +
                "\nInstall bubblewrap where namespaces are allowed, or take a machine whose kernel "
                "has Landlock (Linux 5.13 or later)." +
                (user < 0 ? ""
                          : " Root runs such code as user " + std::to_string(user) +
                                ", who must be able to read the course's build folder."));
}

std::vector<std::string> Sandbox::around_compiler(const fs::path& folder) const {
  const std::string contracts = course(setup_);
  std::vector<std::string> words;
  std::string confine_inside = confine(setup_);
  if (tier_ == Tier::kNamespaces) {
    words = bubblewrap();
    append(words, {"--ro-bind", "/usr", "/usr", "--dev-bind", "/dev/null", "/dev/null"});
    for (const char* place : kDistribution) {
      std::error_code error;
      const fs::path target = fs::read_symlink(place, error);
      if (!error) append(words, {"--symlink", target.string(), place});
      if (error && fs::is_directory(place)) append(words, {"--ro-bind", place, place});
    }
    append(words,
           {"--ro-bind", contracts, contracts, "--ro-bind", confine_inside, "/confine", "--bind",
            folder.string(), folder.string(), "--chdir", folder.string(), "--remount-ro", "/"});
    confine_inside = "/confine";
  }
  append(words, {confine_inside, "--policy", "compile"});
  append(words, words_of(kCompilerLimits, tier_ == Tier::kNamespaces));
  append(words, {"--write", folder.string(), "--write", "/dev/null", "--read", "/usr", "--read",
                 contracts});
  for (const char* place : kDistribution) {
    if (!fs::is_symlink(place) && fs::is_directory(place)) append(words, {"--read", place});
  }
  words.emplace_back("--");
  return words;
}

Command Sandbox::compiler(const fs::path& folder, std::vector<std::string> call) const {
  Command command;
  command.arguments = around_compiler(folder);
  append(command.arguments, std::move(call));
  command.environment = bare_environment();
  command.directory = folder.string();
  command.limit = kCompilerWallSeconds;
  command.user = user_;
  return command;
}

std::vector<std::string> Sandbox::worker(const fs::path& program) const {
  std::vector<std::string> words;
  std::string confine_inside = confine(setup_);
  std::string program_inside = program.string();
  if (tier_ == Tier::kNamespaces) {
    words = bubblewrap();
    append(words, {"--as-pid-1", "--ro-bind", confine_inside, "/confine", "--ro-bind",
                   program_inside, "/worker", "--remount-ro", "/"});
    confine_inside = "/confine";
    program_inside = "/worker";
  }
  append(words, {confine_inside, "--policy", "run"});
  append(words, words_of(kWorkerLimits, false));
  append(words, {"--", program_inside});
  return words;
}

std::vector<std::string> Sandbox::describe() const {
  const bool namespaces = tier_ == Tier::kNamespaces;
  return {std::string("tier ") + name_of(tier_) +
              (namespaces ? ": namespaces (bubblewrap), Landlock, seccomp, limits"
                          : ": Landlock, seccomp, limits"),
          "a compiler sees " + std::string(namespaces ? "" : "(of all files) ") +
              "/usr, the contracts, and the file; no other file, no network",
          "a student's program sees no file, no network, no other process", limits_in_words()};
}

namespace {

std::string in_words(const SandboxLimits& limits) {
  return std::to_string(limits.megabytes) + " MiB, " + std::to_string(limits.seconds) +
         " s of the processor";
}

}  // namespace

std::string compiler_limits_in_words() {
  return in_words(kCompilerLimits) + ", files of " +
         std::to_string(kCompilerLimits.file_megabytes) + " MiB";
}

std::string limits_in_words() {
  return "compiler: " + compiler_limits_in_words() + "; program: " + in_words(kWorkerLimits) +
         ", no file, process or thread";
}

}  // namespace qkoan
