#ifndef QKOAN_TESTS_CLASS_SCRATCH_HPP
#define QKOAN_TESTS_CLASS_SCRATCH_HPP
/// @file
/// A folder for one test.

#include <cstdlib>
#include <filesystem>
#include <string>

namespace qkoan {

/// A new folder; it disappears with its owner.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "qkoan-class-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~Scratch() {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

 private:
  std::filesystem::path folder_;
};

}  // namespace qkoan

#endif
