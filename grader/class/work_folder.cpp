#include "class/work_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

#include "problem.hpp"

namespace qkoan {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kNamePrefix = "qkoan-grade-";

/// qkoan-grade-PID-XXXXXX: whether that process has gone.
bool is_orphan(const fs::path& folder) {
  const std::string name = folder.filename().string();
  if (!name.starts_with(kNamePrefix)) return false;
  long process = 0;
  const char* const digits = name.data() + kNamePrefix.size();
  const auto [end, error] = std::from_chars(digits, name.data() + name.size(), process);
  if (error != std::errc() || end == digits || *end != '-' || process <= 0) return false;
  struct stat status{};
  const bool ours =
      lstat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid();
  return ours && kill(static_cast<pid_t>(process), 0) != 0 && errno == ESRCH;
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
  std::string name =
      (temporary_folder() / (std::string(kNamePrefix) + std::to_string(getpid()) + "-XXXXXX"))
          .string();
  if (!mkdtemp(name.data()) || chmod(name.c_str(), 0711) != 0) no_work_folder(name);
  folder_ = name;
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
