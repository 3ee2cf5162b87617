#ifndef QKOAN_GRADER_NEW_FOLDER_HPP
#define QKOAN_GRADER_NEW_FOLDER_HPP
/// @file
/// A folder that a command makes: whole or not at all, and over nothing.

#include <filesystem>
#include <set>
#include <string>

namespace qkoan {

/// While it grows, it has a name that nobody takes for a whole one. If it is not finished, nothing remains.
class NewFolder {
 public:
  /// @param wanted  a folder that is not there, or is empty. Throws Problem if it is neither.
  explicit NewFolder(const std::string& wanted);
  ~NewFolder();
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  /// Throws Problem.
  void write(const std::string& file, const std::string& content);
  void make_executable(const std::string& file);

  /// Throws Problem.
  void finish();

  /// Where it will be.
  const std::filesystem::path& path() const { return target_; }
  bool has(const std::string& file) const { return files_.contains(file); }
  /// "3 files, 0.2 MB"
  std::string size() const;

 private:
  std::filesystem::path target_;
  std::filesystem::path folder_;
  std::set<std::string> files_;
  std::size_t bytes_ = 0;
  bool finished_ = false;
};

}  // namespace qkoan

#endif
