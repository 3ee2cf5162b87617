#include "class/work_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "problem.hpp"

namespace qkoan {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kNamePrefix = "qkoan-grade-";

/// Opens a folder and holds its lock as long as it is open; −1 if somebody else has it.
int open_locked(const fs::path& folder) {
  const int opened = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (opened < 0 || flock(opened, LOCK_EX | LOCK_NB) == 0) return opened;
  close(opened);
  return -1;
}

/// Whether it is a folder of ours whose process has gone, and its lock with it.
bool is_orphan(const fs::path& folder) {
  struct stat status{};
  const bool ours = folder.filename().string().starts_with(kNamePrefix) &&
                    lstat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
                    status.st_uid == geteuid();
  const int opened = ours ? open_locked(folder) : -1;
  if (opened >= 0) close(opened);
  return opened >= 0;
}

/// The system's folder for temporary files.
fs::path temporary_folder() {
  std::error_code error;
  const fs::path parent = fs::canonical(fs::temp_directory_path(error), error);
  if (error) throw Problem("TMPDIR: " + error.message() + ".");
  return parent;
}

[[noreturn]] void no_work_folder(const fs::path& folder) {
  throw Problem("Cannot make a folder to compile in, " + folder.string() + ": " +
                std::strerror(errno) + ".\nTMPDIR says where else there may be room.");
}

}  // namespace

WorkFolder::WorkFolder(int owner) : owner_(owner) {
  // Nobody takes it for an orphan before it is locked: its name is still another.
  const fs::path parent = temporary_folder();
  std::string name = (parent / ".qkoan-XXXXXX").string();
  if (!mkdtemp(name.data()) || chmod(name.c_str(), 0711) != 0) no_work_folder(name);
  lock_ = open_locked(name);
  folder_ = parent / (std::string(kNamePrefix) + name.substr(name.size() - 6));
  if (lock_ < 0 || rename(name.c_str(), folder_.c_str()) != 0) no_work_folder(folder_);
}

void WorkFolder::clear_orphans() {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(temporary_folder(), error)) {
    std::error_code ignored;
    if (is_orphan(entry.path())) fs::remove_all(entry.path(), ignored);
  }
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
  close(lock_);
}

fs::path WorkFolder::fresh(int number) const {
  const fs::path place = folder_ / std::to_string(number);
  std::error_code error;
  fs::remove_all(place, error);
  if (mkdir(place.c_str(), 0700) != 0) no_work_folder(place);
  if (owner_ >= 0 && chown(place.c_str(), static_cast<uid_t>(owner_), static_cast<gid_t>(-1)) != 0)
    no_work_folder(place);
  return place;
}

}  // namespace qkoan
