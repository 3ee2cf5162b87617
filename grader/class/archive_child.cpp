#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "class/archive.hpp"
#include "class/archive_confinement.hpp"
#include "class/handed_in_names.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

/// Reads one archive and answers.
class ArchiveReader {
 public:
  using WantEntry = std::function<Want(const std::string&)>;

  ArchiveReader(int answers, const ArchiveLimits& limits, const WantEntry& want)
      : answers_(answers), limits_(limits), want_(want), archive_(archive_read_new()) {
    archive_read_support_format_tar(archive_);
    // Without the streaming reader: what an archive has stands in its directory, and nowhere else.
    archive_read_support_format_zip_seekable(archive_);
    archive_read_support_format_7zip(archive_);
    archive_read_support_filter_gzip(archive_);
    archive_read_support_filter_bzip2(archive_);
    archive_read_support_filter_xz(archive_);
    // A libarchive without the library would start a program.
    if (archive_libzstd_version() != nullptr) archive_read_support_filter_zstd(archive_);
  }

  /// Why it was not read to its end.
  std::string run(int descriptor) {
    constexpr std::size_t kBlock = std::size_t{64} << 10;
    if (archive_read_open_fd(archive_, descriptor, kBlock) != ARCHIVE_OK) return damaged();
    archive_entry* entry = nullptr;
    for (;;) {
      const int status = archive_read_next_header(archive_, &entry);
      if (status == ARCHIVE_EOF) return "";
      if (status == ARCHIVE_FATAL || status == ARCHIVE_FAILED) return damaged();
      const std::string reason = take(entry);
      if (!reason.empty()) return reason;
    }
  }

  void answer(std::uint32_t kind, bool refused, const std::string& path,
              const std::string& content) {
    ArchiveFrame frame;
    frame.kind = kind;
    frame.refused = refused ? 1 : 0;
    frame.path_size = path.size();
    frame.content_size = content.size();
    frame.bytes = bytes_;
    frame.entries = entries_;
    send(&frame, sizeof frame);
    send(path.data(), path.size());
    send(content.data(), content.size());
  }

 private:
  int answers_;
  const ArchiveLimits& limits_;
  const WantEntry& want_;
  archive* archive_;
  std::size_t bytes_ = 0;
  std::size_t entries_ = 0;

  void send(const void* bytes, std::size_t size) {
    const char* place = static_cast<const char*>(bytes);
    while (size > 0) {
      const ssize_t sent = write(answers_, place, size);
      if (sent < 0 && errno != EINTR) _exit(1);  // nobody listens any more
      if (sent <= 0) continue;
      place += sent;
      size -= static_cast<std::size_t>(sent);
    }
  }

  std::string damaged() const {
    const char* said = archive_error_string(archive_);
    return "it is damaged, or no archive" + (said == nullptr ? "" : " (" + trim(said) + ")");
  }

  bool is(int format) const {
    return (archive_format(archive_) & ARCHIVE_FORMAT_BASE_MASK) == format;
  }

  /// Counts what the entry unpacks, also if nobody wants it. Why that is too much.
  std::string count(archive_entry* entry) {
    const bool tar = is(ARCHIVE_FORMAT_TAR);
    if (++entries_ > limits_.entries)
      return "it has more than " + std::to_string(limits_.entries) + " entries";
    if (is(ARCHIVE_FORMAT_ZIP)) return "";  // what is not wanted is not unpacked
    // Everything else is, to come to what is behind it. A sparse file takes less than it says.
    if (tar) bytes_ = static_cast<std::size_t>(archive_filter_bytes(archive_, 0));
    const auto size =
        static_cast<std::uint64_t>(std::max<la_int64_t>(0, archive_entry_size(entry)));
    const bool sparse = archive_entry_sparse_count(entry) > 0;
    if (bytes_ > limits_.bytes || (!sparse && size > limits_.bytes - bytes_)) return too_much();
    if (!tar) bytes_ += size;
    return "";
  }

  std::string too_much() const { return "it unpacks to more than " + mebibytes(limits_.bytes); }

  static std::string path_of(archive_entry* entry) {
    const char* path = archive_entry_pathname_utf8(entry);
    if (path == nullptr) path = archive_entry_pathname(entry);
    return path == nullptr ? "" : path;
  }

  /// What kind of thing is not read; empty for a file.
  static std::string fault_of_kind(archive_entry* entry) {
    if (archive_entry_hardlink(entry) != nullptr) return "it is a hard link";
    if (archive_entry_is_encrypted(entry) != 0) return "it is encrypted";
    switch (archive_entry_filetype(entry)) {
      case AE_IFREG:
        return "";
      case AE_IFLNK:
        return "it is a symbolic link";
      case AE_IFIFO:
        return "it is a named pipe";
      case AE_IFSOCK:
        return "it is a socket";
      default:
        return "it is a device";
    }
  }

  /// Answers for one entry. Why the archive is not read on.
  std::string take(archive_entry* entry) {
    std::string reason = count(entry);
    if (!reason.empty()) return reason;
    const bool folder = archive_entry_filetype(entry) == AE_IFDIR;
    std::string path = path_of(entry);
    if (path_fault(path).empty() && folder && !path.ends_with('/')) path += '/';
    const Want want = want_(path);
    const std::string fault = path_fault(path);
    if (!fault.empty()) answer(static_cast<std::uint32_t>(want), true, path, fault);
    if (!fault.empty() || want == Want::kSkip) return "";
    if (want == Want::kName || folder) {
      if (want == Want::kName) answer(static_cast<std::uint32_t>(want), false, path, "");
      return "";
    }
    std::string content, fault_of_content = fault_of_kind(entry);
    if (fault_of_content.empty()) reason = read(want, entry, content, fault_of_content);
    if (!reason.empty()) return reason;
    const bool refused = !fault_of_content.empty();
    answer(static_cast<std::uint32_t>(want), refused, path, refused ? fault_of_content : content);
    return "";
  }

  /// Reads the content. `fault`: why it is not used. Returns why the archive is not read on.
  std::string read(Want want, archive_entry* entry, std::string& content, std::string& fault) {
    const std::size_t most = want == Want::kArchive ? limits_.archive : limits_.file;
    const bool says_size = archive_entry_size_is_set(entry) != 0;
    const auto size = static_cast<std::size_t>(archive_entry_size(entry));
    la_ssize_t got = 0;
    char block[std::size_t{16} << 10];
    bool fits = !says_size || size <= most;
    while (fits && (got = archive_read_data(archive_, block, sizeof block)) > 0) {
      content.append(block, static_cast<std::size_t>(got));
      if (is(ARCHIVE_FORMAT_ZIP)) bytes_ += static_cast<std::size_t>(got);
      if (bytes_ > limits_.bytes) return too_much();
      fits = content.size() <= most;
    }
    if (got == ARCHIVE_FATAL) return damaged();
    if (!fits) {
      fault = "it is larger than " + mebibytes(most);
    } else if (got < 0) {
      fault = damaged();
    } else if (says_size && content.size() != size) {
      fault = "it has not the size that the archive says";
    }
    return "";
  }
};

}  // namespace

void read_archive_in_child(int descriptor, int answers, const ArchiveLimits& limits,
                           const std::function<Want(const std::string& path)>& want) {
  // Names are UTF-8, wherever the tool was started.
  if (const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) uselocale(utf8);
  ArchiveReader reader(answers, limits, want);
  std::string failure = "it cannot be read safely here: the kernel has no seccomp filters";
  if (lseek(descriptor, 0, SEEK_SET) != 0) {
    failure = "it cannot be read from its beginning";
  } else if (confine_reader(descriptor, answers, limits.seconds)) {
    try {
      failure = reader.run(descriptor);
    } catch (const std::bad_alloc&) {
      failure = "reading it takes too much memory";
    }
  }
  reader.answer(ArchiveFrame::kEnd, false, "", failure.substr(0, 1000));
  _exit(0);
}

}  // namespace qkoan
