#include "json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace qkoan {

namespace {

using Library = nlohmann::ordered_json;

constexpr int kDeepest = 100;  // nobody needs more, and a hostile text must not fill our stack

Json from_library(const Library& value, int depth) {
  if (depth > kDeepest) return {};
  switch (value.type()) {
    case Library::value_t::boolean:
      return value.get<bool>();
    case Library::value_t::number_integer:
    case Library::value_t::number_unsigned:
      return static_cast<long>(value.get<std::int64_t>());
    case Library::value_t::number_float:
      return value.get<double>();
    case Library::value_t::string:
      return value.get_ref<const std::string&>();
    case Library::value_t::array: {
      Json array = Json::array();
      for (const Library& item : value) array.push(from_library(item, depth + 1));
      return array;
    }
    case Library::value_t::object: {
      Json::Members members;
      for (const auto& [name, item] : value.items())
        members.emplace_back(name, from_library(item, depth + 1));
      return Json::object(std::move(members));
    }
    default:
      return {};
  }
}

Library to_library(const Json& value) {
  if (value.is_bool()) return value.flag();
  if (value.is_number() && !value.is_whole()) return value.number();
  if (value.is_whole()) return static_cast<std::int64_t>(value.number());
  if (value.is_text()) return value.text();
  if (value.is_array()) {
    Library array = Library::array();
    for (const Json& item : value.items()) array.push_back(to_library(item));
    return array;
  }
  if (!value.is_object()) return nullptr;
  Library object = Library::object();
  for (const auto& [name, item] : value.members()) object[name] = to_library(item);
  return object;
}

}  // namespace

Json::Json(const std::vector<std::string>& texts) : value_(Items(texts.begin(), texts.end())) {}

int Json::whole(int otherwise) const {
  return is_whole() ? static_cast<int>(std::get<std::int64_t>(value_)) : otherwise;
}

double Json::number(double otherwise) const {
  if (is_whole()) return static_cast<double>(std::get<std::int64_t>(value_));
  return is_number() ? std::get<double>(value_) : otherwise;
}

std::string Json::text(const std::string& otherwise) const {
  return is_text() ? std::get<std::string>(value_) : otherwise;
}

std::vector<std::string> Json::texts() const {
  std::vector<std::string> result;
  for (const Json& item : items()) result.push_back(item.is_text() ? item.text() : item.dump());
  return result;
}

const Json::Items& Json::items() const {
  static const Items kNone;
  return is_array() ? std::get<Items>(value_) : kNone;
}

const Json::Members& Json::members() const {
  static const Members kNone;
  return is_object() ? std::get<Members>(value_) : kNone;
}

const Json& Json::operator[](std::string_view name) const {
  static const Json kNull;
  for (const auto& [known, item] : members()) {
    if (known == name) return item;
  }
  return kNull;
}

Json& Json::member(std::string_view name) {
  if (!is_object()) value_ = Members();
  Members& all = std::get<Members>(value_);
  for (auto& [known, item] : all) {
    if (known == name) return item;
  }
  return all.emplace_back(std::string(name), Json()).second;
}

void Json::remove(std::string_view name) {
  if (!is_object()) return;
  std::erase_if(std::get<Members>(value_), [&](const auto& one) { return one.first == name; });
}

void Json::push(Json item) {
  if (!is_array()) value_ = Items();
  std::get<Items>(value_).push_back(std::move(item));
}

std::string Json::dump(int indent) const {
  return to_library(*this).dump(indent, ' ', false, Library::error_handler_t::replace);
}

ParsedJson parse_json(std::string_view text) {
  ParsedJson result;
  try {
    result.value = from_library(Library::parse(text), 0);
  } catch (const Library::parse_error& error) {
    result.error = error.what();
    // "[json.exception.parse_error.101] parse error at line 3, column 1: ..." says it twice.
    const std::size_t start = result.error.find("] ");
    if (start != std::string::npos) result.error.erase(0, start + 2);
    result.byte = error.byte;
  }
  return result;
}

}  // namespace qkoan
