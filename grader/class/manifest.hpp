#ifndef QKOAN_GRADER_CLASS_MANIFEST_HPP
#define QKOAN_GRADER_CLASS_MANIFEST_HPP
/// @file
/// Who handed in what: the list that every part of grading a class works on.

#include <filesystem>
#include <string>
#include <vector>

#include "json.hpp"

namespace qkoan {

/// A file for one lesson. Its text lies in DIR/files, under its hash.
struct HandedIn {
  std::string lesson;
  std::string content;  ///< SHA-256 of the text, 64 hexadecimal digits
};

/// What one student, or one group, handed in.
struct Submission {
  std::string id;               ///< made of the name's hash: safe in paths, the same in every run
  std::string student;          ///< the name of the folder or archive; only ever data, never a path
  std::string submitted;        ///< "2026-11-21T20:01:54Z"; empty: not known
  std::vector<HandedIn> files;  ///< sorted by lesson, at most one for each
  std::vector<std::string> problems;  ///< what was refused, and why
};

struct Manifest {
  std::vector<Submission> submissions;  ///< sorted by student
  std::vector<std::string> notes;       ///< what was handed in and belongs to nobody
};

Json to_json(const Manifest& manifest);

/// Throws Problem: what is wrong with the file, and where.
Manifest read_manifest(const std::filesystem::path& file);

/// Where the text with this hash lies: DIR/files/ab/abcdef….cpp.
std::filesystem::path text_with_hash(const std::filesystem::path& files,
                                     const std::string& content);

}  // namespace qkoan

#endif
