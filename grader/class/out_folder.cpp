#include "class/out_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "class/manifest.hpp"
#include "files.hpp"
#include "problem.hpp"
#include "sha256.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

namespace fs = std::filesystem;

/// A folder with this file is one of ours.
constexpr const char* kMark = ".qkoan-grades";
constexpr const char* kMarkText = "Grades that ./qkoan grade has written.\n";

[[noreturn]] void cannot_write(const fs::path& file, const std::string& reason) {
  throw Problem("Cannot write " + printable(file.string()) + ": " + reason +
                ".\nMake room, or take another folder for --out. The same command goes on.");
}

bool lies_in(const fs::path& inner, const fs::path& outer) {
  const auto [rest, other] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  return rest == outer.end();
}

/// Without "..", links and a slash at the end.
fs::path real_path(const fs::path& path) {
  std::error_code error;
  fs::path real = fs::weakly_canonical(fs::absolute(path, error), error);
  return real.has_filename() ? real : real.parent_path();
}

bool write_quickly(const fs::path& file, std::string_view content) {
  const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return false;
  bool good = true;
  while (good && !content.empty()) {
    const ssize_t written = write(descriptor, content.data(), content.size());
    good = written > 0 || (written < 0 && errno == EINTR);
    if (written > 0) content.remove_prefix(static_cast<std::size_t>(written));
  }
  return close(descriptor) == 0 && good;
}

}  // namespace

void claim_out_folder(const fs::path& out, const fs::path& submissions) {
  const std::string shown = "\"" + printable(out.string()) + "\"";
  const fs::path real = real_path(out), read = real_path(submissions);
  if (lies_in(real, read) || lies_in(read, real))
    throw Problem("--out " + shown + " and what was handed in lie in each other.\n" +
                  "Take a folder for --out that is elsewhere.");
  std::error_code error;
  if (fs::exists(real, error)) {
    if (!fs::is_directory(real, error))
      throw Problem("--out " + shown + " is no folder.\nTake one that is new or empty.");
    const bool ours = fs::exists(real / kMark, error);
    if (!ours && !fs::is_empty(real, error))
      throw Problem("--out " + shown +
                    (error ? " cannot be read: " + error.message()
                           : " is not empty, and holds no grades of an earlier run") +
                    ".\nNothing is overwritten: take a folder that is new or empty.");
  } else if (!fs::create_directory(real, error)) {
    throw Problem("--out " + shown + " cannot be made: " + error.message() +
                  ".\nThe folder above it must be there, and be yours.");
  }
  if (!fs::exists(real / kMark, error)) write_into_out_folder(real / kMark, kMarkText);
}

void write_into_out_folder(const fs::path& file, const std::string& content) {
  const std::string reason = write_atomically(file, content);
  if (!reason.empty()) cannot_write(file, reason);
}

std::string TextStore::put(const std::string& text) const {
  const std::string hash = sha256(text);
  const fs::path file = text_with_hash(files_, hash);
  if (read_file(file) == text) return hash;
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) cannot_write(file.parent_path(), error.message());
  // Without a flush for each of 100,000 texts: one at the end does for all of them.
  const fs::path temporary = file.string() + "." + std::to_string(getpid()) + ".new";
  if (write_quickly(temporary, text) && std::rename(temporary.c_str(), file.c_str()) == 0)
    return hash;
  const std::string reason = std::strerror(errno);
  unlink(temporary.c_str());
  cannot_write(file, reason);
}

void TextStore::flush() const {
  std::error_code error;
  fs::create_directories(files_, error);
  const int descriptor = open(files_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool good = descriptor >= 0 && syncfs(descriptor) == 0;
  const std::string reason = std::strerror(errno);
  if (descriptor >= 0) close(descriptor);
  if (!good) cannot_write(files_, reason);
}

}  // namespace qkoan
