#include "failure.hpp"

#include <cstdlib>

namespace qkoan {

namespace {

/// A number as it is to be printed, whether it came as a text or as a number.
std::string text_of(const Json& value) { return value.is_number() ? value.dump() : value.text(); }

std::optional<long> long_of(const Json& value) {
  return value.is_whole() ? std::optional<long>(value.whole()) : std::nullopt;
}

/// Hexadecimal floats, nan and infinities come as texts.
std::vector<double> numbers_of(const Json& list) {
  std::vector<double> result;
  for (const std::string& text : list.texts()) {
    result.push_back(std::strtod(text.c_str(), nullptr));
  }
  return result;
}

FailureOutput read_output(const Json& object) {
  FailureOutput output;
  output.name = text_of(object["name"]);
  output.element = text_of(object["element"]);
  output.rows = object["rows"].whole(1);
  output.cols = object["cols"].whole(1);
  output.row = object["row"].whole(0);
  output.col = object["col"].whole(0);
  output.expected = text_of(object["expected"]);
  output.expected_float = text_of(object["expected_float"]);
  output.got = text_of(object["got"]);
  output.got_hex = text_of(object["got_hex"]);
  output.absolute = text_of(object["absolute"]);
  output.relative = text_of(object["relative"]);
  output.ulps = text_of(object["ulps"]);
  output.bound = text_of(object["bound"]);
  output.times_bound = text_of(object["times_bound"]);
  output.wrong = object["wrong"].whole(0);
  output.total = object["total"].whole(0);
  output.map = object["map"].texts();
  return output;
}

FailureTrace read_trace(const Json& object) {
  FailureTrace trace;
  trace.name = text_of(object["name"]);
  trace.rows = object["rows"].whole(1);
  trace.cols = object["cols"].whole(1);
  trace.got = numbers_of(object["got"]);
  trace.expected = numbers_of(object["expected"]);
  trace.tolerance = numbers_of(object["tolerance"]);
  return trace;
}

Json output_to_json(const FailureOutput& output) {
  return Json::object({{"name", output.name},
                       {"element", output.element},
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
                       {"map", output.map}});
}

}  // namespace

Failure read_failure(const Json& object) {
  Failure failure;
  failure.kind = text_of(object["kind"]);
  failure.message = text_of(object["message"]);
  failure.function = text_of(object["function"]);
  for (const Json& entry : object["case"].items()) {
    failure.shape.emplace_back(text_of(entry["name"]), text_of(entry["value"]));
  }
  for (const Json& entry : object["inputs"].items()) {
    failure.inputs.push_back({text_of(entry["name"]), entry["rows"].whole(1),
                              entry["cols"].whole(1), entry["values"].texts()});
  }
  if (object["output"].is_object()) failure.output = read_output(object["output"]);
  failure.bound_from = text_of(object["bound_from"]);
  failure.signal = text_of(object["signal"]);
  failure.buffer = text_of(object["buffer"]);
  failure.index = long_of(object["index"]);
  failure.size = long_of(object["size"]);
  if (object["trace"].is_object()) failure.trace = read_trace(object["trace"]);
  return failure;
}

Json to_json(const Failure& failure) {
  Json result = Json::object({{"kind", failure.kind}, {"message", failure.message}});
  const auto add = [&](const char* name, const std::string& text) {
    if (!text.empty()) result.member(name) = text;
  };
  add("function", failure.function);
  for (const auto& [name, value] : failure.shape) {
    result.member("case").push(Json::object({{"name", name}, {"value", value}}));
  }
  for (const FailureInput& input : failure.inputs) {
    result.member("inputs").push(Json::object({{"name", input.name},
                                               {"rows", input.rows},
                                               {"cols", input.cols},
                                               {"values", input.values}}));
  }
  if (failure.output) result.member("output") = output_to_json(*failure.output);
  add("bound_from", failure.bound_from);
  add("signal", failure.signal);
  add("buffer", failure.buffer);
  if (failure.index) result.member("index") = *failure.index;
  if (failure.size) result.member("size") = *failure.size;
  return result;
}

}  // namespace qkoan
