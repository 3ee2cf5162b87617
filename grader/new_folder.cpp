#include "new_folder.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "problem.hpp"
#include "setup.hpp"
#include "text.hpp"

namespace qkoan {

namespace fs = std::filesystem;

namespace {

/// The name of a folder that may be written. Throws Problem.
fs::path free_folder(const std::string& wanted) {
  std::error_code error;
  fs::path folder = fs::absolute(wanted, error).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();  // "DIR/"
  const std::string quoted = "\"" + printable(wanted) + "\"";
  if (!fs::exists(fs::symlink_status(folder, error))) {
    if (fs::is_directory(folder.parent_path(), error)) return folder;
    throw Problem("There is no folder " + folder.parent_path().string() + " to put " + quoted +
                  " into. Make it, then try again.");
  }
  if (!fs::is_directory(fs::symlink_status(folder, error)))
    throw Problem(quoted + " is no folder. Take a folder that is new or empty.");
  if (!fs::is_empty(folder, error))
    throw Problem(quoted + (error ? " cannot be read: " + error.message() : " is not empty") +
                  ". Nothing is overwritten: take a folder that is new or empty.");
  return folder;
}

}  // namespace

NewFolder::NewFolder(const std::string& wanted)
    : target_(free_folder(wanted)),
      folder_(target_.parent_path() /
              ("." + target_.filename().string() + ".unfinished-" + std::to_string(getpid()))) {
  std::error_code error;
  if (!fs::create_directory(folder_, error))
    throw Problem("Nothing can be written to " + target_.parent_path().string() + ": " +
                  (error ? error.message() : folder_.string() + " exists already") + ".");
}

NewFolder::~NewFolder() {
  std::error_code error;
  if (!finished_) fs::remove_all(folder_, error);
}

void NewFolder::write(const std::string& file, const std::string& content) {
  const fs::path path = folder_ / file;
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  errno = 0;
  std::ofstream stream(path, std::ios::binary);
  stream << content;
  stream.close();
  if (!stream) throw Problem("Cannot write " + path.string() + ": " + std::strerror(errno) + ".");
  files_.insert(file);
  bytes_ += content.size();
}

void NewFolder::make_executable(const std::string& file) {
  std::error_code error;
  fs::permissions(folder_ / file, fs::perms(0755), error);
}

void NewFolder::finish() {
  finished_ = std::rename(folder_.c_str(), target_.c_str()) == 0;
  if (!finished_)
    throw Problem("Cannot rename " + folder_.string() + " to " + target_.string() + ": " +
                  std::strerror(errno) + ".");
}

std::string NewFolder::size() const {
  char text[64];
  std::snprintf(text, sizeof text, ", %.1f MB", static_cast<double>(bytes_) / 1e6);
  return plural(static_cast<long>(files_.size()), "file") + text;
}

}  // namespace qkoan
