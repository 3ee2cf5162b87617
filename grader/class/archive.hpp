#ifndef QKOAN_GRADER_CLASS_ARCHIVE_HPP
#define QKOAN_GRADER_CLASS_ARCHIVE_HPP
/// @file
/// Archives that somebody may have made to do harm. libarchive reads them in a child process that can
/// read this archive, use memory, and answer: it opens nothing, starts nothing, and has little time.
/// Nothing is ever unpacked to the disk.

#include <cstdint>
#include <functional>
#include <string>

namespace qkoan {

/// What is to be done with an entry.
enum class Want {
  kSkip,
  kName,     ///< tell its name
  kFile,     ///< tell its content
  kArchive,  ///< tell its content, which may be longer
};

struct ArchiveEntry {
  Want kind = Want::kName;
  std::string path;     ///< as the archive has it; a folder's ends in a slash
  std::string content;  ///< of a file or an archive
  std::string refused;  ///< why there is no content
};

/// How far an archive is read.
struct ArchiveLimits {
  std::size_t file = 0;     ///< bytes of one file
  std::size_t archive = 0;  ///< bytes of an archive in it
  std::size_t bytes = 0;    ///< bytes of all that is unpacked
  std::size_t entries = 0;
  int seconds = 0;  ///< of processor time
};

struct ArchiveSummary {
  std::string failure;  ///< why it was not read to its end; empty: it was
  std::size_t bytes = 0;
  std::size_t entries = 0;
};

/// Reads an archive from a descriptor, from its beginning. `want` is asked in the child, where it must not
/// change anything. Entries come in the archive's order.
ArchiveSummary read_archive(int descriptor, const ArchiveLimits& limits,
                            const std::function<Want(const std::string& path)>& want,
                            const std::function<void(ArchiveEntry&)>& on_entry);

/// The child's part: asks, reads, and writes entries to `answers`. Never returns.
[[noreturn]] void read_archive_in_child(int descriptor, int answers, const ArchiveLimits& limits,
                                        const std::function<Want(const std::string& path)>& want);

/// What the child writes before the path and the content of each entry. The last one has the kind kEnd; its
/// content is why the archive was not read to its end.
struct ArchiveFrame {
  static constexpr std::uint32_t kEnd = 100;

  std::uint32_t kind = 0;  ///< Want, or kEnd
  std::uint32_t refused = 0;
  std::uint64_t path_size = 0;
  std::uint64_t content_size = 0;
  std::uint64_t bytes = 0;  ///< unpacked so far
  std::uint64_t entries = 0;
};

/// "64 MiB"
std::string mebibytes(std::size_t bytes);

}  // namespace qkoan

#endif
