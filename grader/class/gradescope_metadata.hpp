#ifndef QKOAN_GRADER_CLASS_GRADESCOPE_METADATA_HPP
#define QKOAN_GRADER_CLASS_GRADESCOPE_METADATA_HPP
/// @file
/// submission_metadata.yml, which Gradescope puts beside the folders of its export.

#include <map>
#include <string>
#include <string_view>

namespace qkoan {

struct GradescopeSubmission {
  std::string names;      ///< "Ada Lovelace, Grace Hopper"; empty: not written plainly
  std::string submitted;  ///< "2026-11-21T20:01:54Z"; empty: not written plainly
};

/// By folder. Only what Gradescope writes is understood, line by line, and no more of YAML: names and
/// times that are anything but plain or simply quoted are left out.
std::map<std::string, GradescopeSubmission> read_gradescope_metadata(std::string_view text);

}  // namespace qkoan

#endif
