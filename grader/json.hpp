#ifndef QKOAN_GRADER_JSON_HPP
#define QKOAN_GRADER_JSON_HPP
/// @file
/// JSON values. nlohmann's library reads and writes them; it takes seconds to compile, so that only
/// json.cpp includes it.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace qkoan {

/// A value. Reading never fails: what is absent or of another type is null, empty or the given
/// alternative.
class Json {
 public:
  using Items = std::vector<Json>;
  using Members = std::vector<std::pair<std::string, Json>>;

  Json() = default;
  Json(bool value) : value_(value) {}
  Json(int value) : value_(std::int64_t{value}) {}
  Json(long value) : value_(std::int64_t{value}) {}
  Json(double value) : value_(value) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(const std::vector<std::string>& texts);
  static Json array() { return Json(Value(Items())); }
  static Json object(Members members = {}) { return Json(Value(std::move(members))); }

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_whole() const { return std::holds_alternative<std::int64_t>(value_); }
  bool is_number() const { return is_whole() || std::holds_alternative<double>(value_); }
  bool is_text() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Items>(value_); }
  bool is_object() const { return std::holds_alternative<Members>(value_); }

  bool flag(bool otherwise = false) const { return is_bool() ? std::get<bool>(value_) : otherwise; }
  int whole(int otherwise = 0) const;
  double number(double otherwise = 0) const;
  std::string text(const std::string& otherwise = "") const;
  /// The texts of an array; numbers as they would be written.
  std::vector<std::string> texts() const;
  const Items& items() const;
  const Members& members() const;
  /// The member with this name; null if there is none.
  const Json& operator[](std::string_view name) const;

  /// The member with this name, made if there is none; a value that is no object becomes one.
  Json& member(std::string_view name);
  void remove(std::string_view name);
  void push(Json item);

  bool operator==(const Json& other) const = default;

  /// The text of the value; `indent` < 0: on one line. What is no UTF-8 is replaced.
  std::string dump(int indent = -1) const;

 private:
  using Value =
      std::variant<std::monostate, bool, std::int64_t, double, std::string, Items, Members>;
  explicit Json(Value value) : value_(std::move(value)) {}

  Value value_;
};

/// What became of a text.
struct ParsedJson {
  Json value;
  std::string error;     ///< empty: it was JSON
  std::size_t byte = 0;  ///< where the error is
};

ParsedJson parse_json(std::string_view text);

}  // namespace qkoan

#endif
