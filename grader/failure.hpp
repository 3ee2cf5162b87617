#ifndef QKOAN_GRADER_FAILURE_HPP
#define QKOAN_GRADER_FAILURE_HPP
/// @file
/// What a suite found wrong, as it travels in an event.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "json.hpp"

namespace qkoan {

/// One small input of the failing case.
struct FailureInput {
  std::string name;
  int rows = 1;
  int cols = 1;
  std::vector<std::string> values;
};

/// The worst element of the failing output, and where the others are.
struct FailureOutput {
  std::string name;
  std::string element;  ///< "S[1][2]"
  int rows = 1;
  int cols = 1;
  int row = 0;
  int col = 0;
  std::string expected;
  std::string expected_float;
  std::string got;
  std::string got_hex;
  std::string absolute;
  std::string relative;
  std::string ulps;
  std::string bound;
  std::string times_bound;
  int wrong = 0;
  int total = 0;
  std::vector<std::string> map;
};

/// The whole failing output, for diagnosis.
struct FailureTrace {
  std::string name;
  int rows = 1;
  int cols = 1;
  std::vector<double> got;
  std::vector<double> expected;
  std::vector<double> tolerance;
};

/// The first thing wrong with a task. The suite's kinds: unsolved, missing, wrong,
/// modified_input, out_of_bounds, threw, unstable, crashed, property. The grader's own, when the
/// suite's process ended too early: crashed, hung, exited.
struct Failure {
  std::string kind;
  std::string message;
  std::string function;
  std::vector<std::pair<std::string, std::string>> shape;  ///< "d" is "4"
  std::vector<FailureInput> inputs;
  std::optional<FailureOutput> output;
  std::string bound_from;
  std::string signal;  ///< "SIGSEGV"
  std::string buffer;  ///< the buffer that the address of a crash is near
  std::optional<long> index;
  std::optional<long> size;
  std::optional<FailureTrace> trace;

  /// A task that nobody has written is no mistake.
  bool unsolved() const { return kind == "unsolved" || kind == "missing"; }
};

/// Reads the suite's failure object; what is absent stays empty.
Failure read_failure(const Json& object);

/// The same object again, without the numbers for diagnosis.
Json to_json(const Failure& failure);

}  // namespace qkoan

#endif
