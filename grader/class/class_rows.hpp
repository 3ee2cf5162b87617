#ifndef QKOAN_GRADER_CLASS_CLASS_ROWS_HPP
#define QKOAN_GRADER_CLASS_CLASS_ROWS_HPP
/// @file
/// The rows of a class while it is read: one for each student, whatever the form of what was handed in.

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "class/findings.hpp"
#include "class/handed_in_names.hpp"

namespace qkoan {

/// Files beside the submissions that say something about all of them.
constexpr const char* kTimesFile = "submitted.txt";
constexpr const char* kGradescopeFile = "submission_metadata.yml";
constexpr std::size_t kMostOfClassFile = std::size_t{64} << 20;

class ClassRows {
 public:
  /// Something that lies in the top folder. All of them must be announced before any is taken.
  void announce(const std::string& name, bool is_folder);

  /// Whose it is: where to put what is found, and what the student calls it. Nothing if it is nobody's, or
  /// an earlier version.
  std::optional<std::pair<Findings*, Sender>> take(const std::string& name, bool is_folder);

  /// The file kTimesFile or kGradescopeFile. Throws Problem if the instructor's has faults.
  void take_class_file(const std::string& name, const std::string& text);

  /// What is wrong, and belongs to nobody.
  Findings& others() { return others_; }

  /// All rows.
  Manifest finish() const;

 private:
  std::map<std::string, Findings> rows_;  ///< by student
  std::map<std::pair<std::string, std::string>, int>
      versions_;                              ///< the latest, by student and file
  std::map<std::string, std::string> times_;  ///< by student
  std::map<std::string, std::string> names_;  ///< of Gradescope's folders
  Findings others_;

  void read_times(const std::string& text);
};

/// Who sent it; nothing for what lies there for other reasons.
std::optional<Sender> sender_of(const std::string& name, bool is_folder);

}  // namespace qkoan

#endif
