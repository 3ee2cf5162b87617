#include "failure.hpp"

#include <cstdlib>
#include <nlohmann/json.hpp>

namespace qkoan {

using nlohmann::json;

namespace {

/// A number as it is to be printed, whether it came as a string or as a number.
std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string text_at(const json& object, const char* key) {
  return object.contains(key) && !object[key].is_null() ? text_of(object[key]) : "";
}

int int_at(const json& object, const char* key, int otherwise) {
  return object.contains(key) && object[key].is_number() ? object[key].get<int>() : otherwise;
}

std::optional<long> long_at(const json& object, const char* key) {
  if (!object.contains(key) || !object[key].is_number()) return std::nullopt;
  return object[key].get<long>();
}

std::vector<std::string> texts_at(const json& object, const char* key) {
  std::vector<std::string> result;
  if (!object.contains(key)) return result;
  for (const json& value : object[key]) result.push_back(text_of(value));
  return result;
}

/// Hexadecimal floats, nan and infinities come as strings.
std::vector<double> numbers_at(const json& object, const char* key) {
  std::vector<double> result;
  for (const std::string& text : texts_at(object, key)) {
    result.push_back(std::strtod(text.c_str(), nullptr));
  }
  return result;
}

FailureOutput read_output(const json& object) {
  FailureOutput output;
  output.name = text_at(object, "name");
  output.rows = int_at(object, "rows", 1);
  output.cols = int_at(object, "cols", 1);
  output.row = int_at(object, "row", 0);
  output.col = int_at(object, "col", 0);
  output.expected = text_at(object, "expected");
  output.expected_float = text_at(object, "expected_float");
  output.got = text_at(object, "got");
  output.got_hex = text_at(object, "got_hex");
  output.absolute = text_at(object, "absolute");
  output.relative = text_at(object, "relative");
  output.ulps = text_at(object, "ulps");
  output.bound = text_at(object, "bound");
  output.times_bound = text_at(object, "times_bound");
  output.wrong = int_at(object, "wrong", 0);
  output.total = int_at(object, "total", 0);
  output.map = texts_at(object, "map");
  return output;
}

FailureTrace read_trace(const json& object) {
  FailureTrace trace;
  trace.name = text_at(object, "name");
  trace.rows = int_at(object, "rows", 1);
  trace.cols = int_at(object, "cols", 1);
  trace.got = numbers_at(object, "got");
  trace.expected = numbers_at(object, "expected");
  trace.tolerance = numbers_at(object, "tolerance");
  return trace;
}

json output_to_json(const FailureOutput& output) {
  return {{"name", output.name},
          {"rows", output.rows},
          {"cols", output.cols},
          {"row", output.row},
          {"col", output.col},
          {"expected", output.expected},
          {"expected_float", output.expected_float},
          {"got", output.got},
          {"got_hex", output.got_hex},
          {"absolute", output.absolute},
          {"relative", output.relative},
          {"ulps", output.ulps},
          {"bound", output.bound},
          {"times_bound", output.times_bound},
          {"wrong", output.wrong},
          {"total", output.total},
          {"map", output.map}};
}

}  // namespace

Failure read_failure(const json& object) {
  Failure failure;
  failure.kind = text_at(object, "kind");
  failure.message = text_at(object, "message");
  failure.function = text_at(object, "function");
  if (object.contains("case")) {
    for (const json& entry : object["case"]) {
      failure.shape.emplace_back(text_at(entry, "name"), text_at(entry, "value"));
    }
  }
  if (object.contains("inputs")) {
    for (const json& entry : object["inputs"]) {
      failure.inputs.push_back({text_at(entry, "name"), int_at(entry, "rows", 1),
                                int_at(entry, "cols", 1), texts_at(entry, "values")});
    }
  }
  if (object.contains("output")) failure.output = read_output(object["output"]);
  failure.bound_from = text_at(object, "bound_from");
  failure.signal = text_at(object, "signal");
  failure.buffer = text_at(object, "buffer");
  failure.index = long_at(object, "index");
  failure.size = long_at(object, "size");
  if (object.contains("trace")) failure.trace = read_trace(object["trace"]);
  return failure;
}

json to_json(const Failure& failure) {
  json result = {{"kind", failure.kind}, {"message", failure.message}};
  if (!failure.function.empty()) result["function"] = failure.function;
  for (const auto& [name, value] : failure.shape) {
    result["case"].push_back({{"name", name}, {"value", value}});
  }
  for (const FailureInput& input : failure.inputs) {
    result["inputs"].push_back({{"name", input.name},
                                {"rows", input.rows},
                                {"cols", input.cols},
                                {"values", input.values}});
  }
  if (failure.output) result["output"] = output_to_json(*failure.output);
  if (!failure.bound_from.empty()) result["bound_from"] = failure.bound_from;
  if (!failure.signal.empty()) result["signal"] = failure.signal;
  if (!failure.buffer.empty()) result["buffer"] = failure.buffer;
  if (failure.index) result["index"] = *failure.index;
  if (failure.size) result["size"] = *failure.size;
  return result;
}

}  // namespace qkoan
