#ifndef QKOAN_GRADER_CLASS_SIMILARITY_HPP
#define QKOAN_GRADER_CLASS_SIMILARITY_HPP
/// @file
/// Which submissions resemble each other: hints for a person who then looks, and no verdicts.

#include <filesystem>
#include <string>
#include <vector>

#include "class/course_file.hpp"
#include "class/manifest.hpp"
#include "setup.hpp"

namespace qkoan {

/// Texts with fewer fingerprints of their own are too short to tell anything.
constexpr std::size_t kFewestFingerprints = 12;

enum class Likeness {
  kSameText,    ///< to the byte
  kSameTokens,  ///< but for names, numbers, types, comments and layout
  kCommonParts
};

/// Submissions that resemble each other in one lesson, by their places in the manifest.
struct Similar {
  std::string lesson;
  Likeness likeness = Likeness::kCommonParts;
  std::vector<std::size_t> submissions;  ///< of common parts two, else two or more
  int percent = 100;                     ///< of the fingerprints of the one that has fewer
};

/// What exercises and contracts have is not counted, nor what many have (most_holders()).
std::vector<Similar> find_similar(const Manifest& manifest, const CourseFile& file,
                                  const std::filesystem::path& texts, const Setup& setup);

}  // namespace qkoan

#endif
