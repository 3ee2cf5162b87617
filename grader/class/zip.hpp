#ifndef QKOAN_GRADER_CLASS_ZIP_HPP
#define QKOAN_GRADER_CLASS_ZIP_HPP
/// @file
/// Files as a zip archive. The same files make the same bytes: it knows no times and no owners.

#include <string>
#include <vector>

namespace qkoan {

struct ZipFile {
  std::string path;
  std::string content;
  bool executable = false;
};

/// Throws Problem.
std::string zip_of(const std::vector<ZipFile>& files);

}  // namespace qkoan

#endif
