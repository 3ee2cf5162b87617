#include "files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "text.hpp"

namespace qkoan {

std::optional<std::string> read_file(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) return std::nullopt;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  std::ostringstream content;
  content << stream.rdbuf();
  return stream.bad() ? std::nullopt : std::optional(std::move(content).str());
}

std::string write_atomically(const std::filesystem::path& file, std::string_view content) {
  const std::string temporary = file.string() + "." + std::to_string(getpid()) + ".new";
  const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return std::strerror(errno);
  bool good = true;
  while (good && !content.empty()) {
    const ssize_t written = write(descriptor, content.data(), content.size());
    good = written > 0 || (written < 0 && errno == EINTR);
    if (written > 0) content.remove_prefix(static_cast<std::size_t>(written));
  }
  good = good && fsync(descriptor) == 0;
  good = close(descriptor) == 0 && good;
  good = good && std::rename(temporary.c_str(), file.c_str()) == 0;
  if (good) return "";
  const std::string reason = std::strerror(errno);
  unlink(temporary.c_str());
  return reason;
}

std::string content_hash(std::string_view content) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char byte : content) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3u;
  }
  char text[24];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

std::string line_of(const std::filesystem::path& file, int number) {
  const std::vector<std::string> lines = split_lines(read_file(file).value_or(""));
  const auto index = static_cast<std::size_t>(number) - 1;
  return number >= 1 && index < lines.size() ? lines[index] : "";
}

}  // namespace qkoan
