#include "class/folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "class/archive.hpp"
#include "problem.hpp"

namespace qkoan {

namespace {

std::string fault_of_mode(mode_t mode) {
  if (S_ISLNK(mode)) return "it is a symbolic link";
  if (S_ISFIFO(mode)) return "it is a named pipe";
  if (S_ISSOCK(mode)) return "it is a socket";
  return S_ISREG(mode) || S_ISDIR(mode) ? "" : "it is a device";
}

FolderEntry look_at(int folder, const std::string& name) {
  FolderEntry entry{name, EntryKind::kOther, ""};
  struct stat status{};
  if (fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    entry.fault = std::string("it cannot be looked at (") + std::strerror(errno) + ")";
    return entry;
  }
  entry.fault = fault_of_mode(status.st_mode);
  if (S_ISREG(status.st_mode)) entry.kind = EntryKind::kFile;
  if (S_ISDIR(status.st_mode)) entry.kind = EntryKind::kFolder;
  return entry;
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

Descriptor open_folder(int parent, const std::string& name) {
  return Descriptor(openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

std::vector<FolderEntry> list_folder(int folder, std::size_t most, std::string& fault) {
  std::vector<FolderEntry> entries;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(fcntl(folder, F_DUPFD_CLOEXEC, 0)),
                                                   closedir);
  while (entries.size() <= most) {
    errno = stream ? 0 : errno;
    const dirent* entry = stream ? readdir(stream.get()) : nullptr;
    if (entry == nullptr) break;
    const std::string name = entry->d_name;
    if (name != "." && name != "..") entries.push_back(look_at(folder, name));
  }
  if (errno != 0 && entries.size() <= most)
    fault = std::string("it cannot be read (") + std::strerror(errno) + ")";
  std::sort(entries.begin(), entries.end(),
            [](const FolderEntry& a, const FolderEntry& b) { return a.name < b.name; });
  return entries;
}

Descriptor open_file(int folder, const std::string& name, std::string& fault) {
  // A pipe that takes a file's place in this moment would make a plain open wait for ever.
  Descriptor file(openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status{};
  if (!file) {
    fault = std::string("it cannot be read (") + std::strerror(errno) + ")";
  } else if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    fault = "it is no file";
  }
  return file;
}

std::string read_at_most(int file, std::size_t most, std::string& fault) {
  std::string content;
  char block[std::size_t{64} << 10];
  for (;;) {
    const ssize_t got = read(file, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fault = std::string("it cannot be read (") + std::strerror(errno) + ")";
    if (got <= 0) return content;
    if (content.size() + static_cast<std::size_t>(got) > most) {
      fault = "it is larger than " + mebibytes(most);
      return "";
    }
    content.append(block, static_cast<std::size_t>(got));
  }
}

Descriptor in_memory(const std::string& content) {
  Descriptor file(memfd_create("archive", MFD_CLOEXEC));
  std::string_view rest = content;
  while (file && !rest.empty()) {
    const ssize_t written = write(file.get(), rest.data(), rest.size());
    if (written < 0 && errno != EINTR) break;
    if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
  }
  if (file && rest.empty()) return file;
  throw Problem(std::string("There is no memory for an archive: ") + std::strerror(errno) + ".");
}

}  // namespace qkoan
