#ifndef QKOAN_GRADER_CLASS_UNPUBLISHED_HPP
#define QKOAN_GRADER_CLASS_UNPUBLISHED_HPP
/// @file
/// What there is to judge, minus what is published.

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "class/judging.hpp"
#include "class/manifest.hpp"

namespace qkoan {

class Unpublished {
 public:
  Unpublished(ClassJudge& judge, const std::vector<HandedIn>& texts, std::filesystem::path results);

  /// Looks at the folder of results again. Returns how many are new in it.
  long look();

  bool empty() const { return texts_.empty(); }
  long size() const { return static_cast<long>(texts_.size()); }
  /// One of those that are left.
  const HandedIn& one() const { return texts_.begin()->second; }
  /// In which of so many parts something is left, and how much.
  std::map<int, long> parts(int of) const;

 private:
  std::map<std::string, HandedIn> texts_;  // by the names of their records
  std::filesystem::path results_;
};

}  // namespace qkoan

#endif
