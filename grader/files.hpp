#ifndef QKOAN_GRADER_FILES_HPP
#define QKOAN_GRADER_FILES_HPP
/// @file
/// Reading, hashing, and writing files so that nobody ever sees half of one.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace qkoan {

/// The whole file, or nothing if it cannot be read.
std::optional<std::string> read_file(const std::filesystem::path& file);

/// Writes a new file beside it, flushes it, and renames it over the old one.
/// @return  empty on success, otherwise why it failed
std::string write_atomically(const std::filesystem::path& file, std::string_view content);

/// A short name for a content: 64 bits of FNV-1a, in hexadecimal.
std::string content_hash(std::string_view content);

/// Line `number` (from 1) of a file, or an empty text.
std::string line_of(const std::filesystem::path& file, int number);

}  // namespace qkoan

#endif
