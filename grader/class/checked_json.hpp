#ifndef QKOAN_GRADER_CLASS_CHECKED_JSON_HPP
#define QKOAN_GRADER_CLASS_CHECKED_JSON_HPP
/// @file
/// JSON that a person wrote: every mistake is told with its place, nothing is guessed.

#include <string>
#include <vector>

#include "json.hpp"

namespace qkoan {

/// A value and where it stands. All functions throw Problem: file, path, what is wrong, what to do.
class CheckedJson {
 public:
  CheckedJson(const Json& value, std::string file, std::string path = "$")
      : value_(value), file_(std::move(file)), path_(std::move(path)) {}

  const Json& value() const { return value_; }
  bool has(const std::string& name) const { return !value_[name].is_null(); }
  CheckedJson at(const std::string& name) const;

  /// An object with no other members than these.
  void only(const std::vector<std::string>& names) const;
  /// A text that is not empty.
  std::string text() const;
  long whole(long least, long most) const;
  /// A number with at most two digits after its point, as hundredths.
  long hundredths(long most) const;
  /// One of these texts.
  std::string one_of(const std::vector<std::string>& texts) const;

  [[noreturn]] void complain(const std::string& what) const;
  /// `kind` is "task of alibi", `names` are those that there are.
  [[noreturn]] void unknown(const std::string& kind, const std::string& name,
                            const std::vector<std::string>& names) const;

 private:
  const Json& value_;
  std::string file_;
  std::string path_;
};

}  // namespace qkoan

#endif
