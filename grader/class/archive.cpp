#include "class/archive.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "problem.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

constexpr std::size_t kLongestAnswer = std::size_t{64} << 10;  // of a path or a reason

/// Closes a descriptor, and a child process ends with its pipe.
class ArchiveChild {
 public:
  ArchiveChild(pid_t process, int answers) : process_(process), answers_(answers) {}
  ~ArchiveChild() {
    if (process_ > 0) finish(true);
  }
  ArchiveChild(const ArchiveChild&) = delete;
  ArchiveChild& operator=(const ArchiveChild&) = delete;

  /// Whether there were so many bytes.
  bool read(void* bytes, std::size_t size) const {
    char* place = static_cast<char*>(bytes);
    while (size > 0) {
      const ssize_t got = ::read(answers_, place, size);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      place += got;
      size -= static_cast<std::size_t>(got);
    }
    return true;
  }

  std::optional<std::string> read_text(std::uint64_t size, std::size_t most) const {
    if (size > most) return std::nullopt;
    std::string text(size, '\0');
    return read(text.data(), size) ? std::optional(std::move(text)) : std::nullopt;
  }

  /// Its exit status.
  int finish(bool at_once) {
    close(answers_);
    if (at_once) kill(process_, SIGKILL);
    int status = 0;
    while (waitpid(process_, &status, 0) < 0 && errno == EINTR) continue;
    process_ = 0;
    return status;
  }

 private:
  pid_t process_;
  int answers_;
};

/// Why the child ended without its last word.
std::string end_in_words(int status, int seconds) {
  if (!WIFSIGNALED(status)) return "reading it failed";
  const int signal = WTERMSIG(status);
  if (signal == SIGXCPU || signal == SIGKILL)
    return "reading it takes longer than " + std::to_string(seconds) + " s";
  return "reading it crashes the reader (" + std::string(strsignal(signal)) + ")";
}

/// Reads an entry; false at the end, or if what comes is no answer.
bool read_entry(const ArchiveChild& child, const ArchiveLimits& limits, ArchiveEntry& entry,
                ArchiveSummary& summary, bool& ended) {
  ArchiveFrame frame;
  if (!child.read(&frame, sizeof frame)) return false;
  const bool is_text = frame.kind == ArchiveFrame::kEnd || frame.refused != 0;
  const std::size_t most = is_text ? kLongestAnswer
                           : frame.kind == static_cast<std::uint32_t>(Want::kArchive)
                               ? limits.archive
                               : limits.file;
  std::optional<std::string> path = child.read_text(frame.path_size, kLongestAnswer);
  std::optional<std::string> content;
  if (path) content = child.read_text(frame.content_size, most);
  if (!path || !content) return false;
  summary.bytes = frame.bytes;
  summary.entries = frame.entries;
  ended = frame.kind == ArchiveFrame::kEnd;
  if (ended) {
    summary.failure = *content;
    return false;
  }
  entry.kind = static_cast<Want>(frame.kind);
  entry.path = std::move(*path);
  (frame.refused != 0 ? entry.refused : entry.content) = std::move(*content);
  return true;
}

}  // namespace

ArchiveSummary read_archive(int descriptor, const ArchiveLimits& limits,
                            const std::function<Want(const std::string& path)>& want,
                            const std::function<void(ArchiveEntry&)>& on_entry) {
  int answers[2];
  if (pipe2(answers, O_CLOEXEC) != 0)
    throw Problem(std::string("No pipe can be made: ") + std::strerror(errno) + ".");
  const pid_t process = fork();
  if (process == 0) {
    close(answers[0]);
    read_archive_in_child(descriptor, answers[1], limits, want);
  }
  close(answers[1]);
  ArchiveChild child(process, answers[0]);
  if (process < 0)
    throw Problem(std::string("No process can be started: ") + std::strerror(errno) + ".");
  ArchiveSummary summary;
  bool ended = false;
  for (ArchiveEntry entry; read_entry(child, limits, entry, summary, ended); entry = {})
    on_entry(entry);
  const int status = child.finish(false);
  if (!ended) summary.failure = end_in_words(status, limits.seconds);
  return summary;
}

std::string mebibytes(std::size_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

}  // namespace qkoan
