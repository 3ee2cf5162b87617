#ifndef QKOAN_GRADER_CLASS_WORK_FOLDER_HPP
#define QKOAN_GRADER_CLASS_WORK_FOLDER_HPP
/// @file
/// Where files are compiled for a moment: in the system's folder for temporary files.

#include <filesystem>

namespace qkoan {

/// A folder of this process, with one for each that judges. It goes when this does.
class WorkFolder {
 public:
  /// @param owner  the user who compiles; −1: the one who runs this
  /// Throws Problem if it cannot be made.
  explicit WorkFolder(int owner);
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  /// Removes what processes have left that were killed.
  static void clear_orphans();

  /// The folder number `number`, empty.
  std::filesystem::path fresh(int number) const;

 private:
  std::filesystem::path folder_;
  int owner_;
  int lock_ = -1;  ///< open as long as it is ours
};

}  // namespace qkoan

#endif
