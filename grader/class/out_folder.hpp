#ifndef QKOAN_GRADER_CLASS_OUT_FOLDER_HPP
#define QKOAN_GRADER_CLASS_OUT_FOLDER_HPP
/// @file
/// The folder that grades are written to.

#include <filesystem>
#include <string>

namespace qkoan {

/// Makes the folder, or sees that it is one of ours, which another run may have left unfinished, and that
/// neither it nor `submissions` contains the other. Throws Problem.
void claim_out_folder(const std::filesystem::path& out, const std::filesystem::path& submissions);

/// Writes a file whole or not at all. Throws Problem if the disk is full.
void write_into_out_folder(const std::filesystem::path& file, const std::string& content);

/// Puts texts into a folder, each once, under its hash.
class TextStore {
 public:
  explicit TextStore(std::filesystem::path files) : files_(std::move(files)) {}

  /// The text's hash. Throws Problem if it cannot be written.
  std::string put(const std::string& text) const;

  /// Returns when all texts are on the disk. Throws Problem.
  void flush() const;

 private:
  std::filesystem::path files_;
};

}  // namespace qkoan

#endif
