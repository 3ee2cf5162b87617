#ifndef QKOAN_TESTS_SUPPORT_FAILURE_HPP
#define QKOAN_TESTS_SUPPORT_FAILURE_HPP
/// @file
/// Why an implementation is wrong, as data: what the suite knows at the moment of failing.

#include <optional>
#include <string>
#include <vector>

namespace qkoan {

/// An input of the failing case, small enough to be shown.
struct InputShown {
  std::string name;
  int rows, cols;
  std::vector<std::string> values;  ///< shortest decimals that round-trip, row-major
};

/// The output that is wrong, seen at its worst element.
struct OutputShown {
  std::string name;
  std::string element;  ///< the worst one, as S[1][2]: largest error in units of its bound
  int rows, cols;
  int row, col;                ///< of the worst element
  std::string expected;        ///< 20 significant digits
  std::string expected_float;  ///< the float nearest to it
  std::string got, got_hex;
  std::string absolute, relative, ulps;
  std::string bound, times_bound;  ///< bound "0": there is one right answer
  int wrong, total;
  std::vector<std::string> map;  ///< a picture of where: `·` right, `█` wrong, `▒` both in one cell
};

/// The numbers that an implementation returned over several cases, right and wrong ones: what a planted
/// bug must reproduce to be named as the misconception.
struct Trace {
  std::vector<float> got, expected;
  std::vector<double> tolerance;
};

/// Thrown where an implementation breaks its contract.
struct Failure {
  std::string kind;     ///< wrong, unsolved, missing, modified_input, out_of_bounds, ...
  std::string message;  ///< one line, complete in itself
  std::string function = {};
  std::vector<std::pair<std::string, std::string>> parameters = {};  ///< the case: d = 4, n_k = 3
  std::vector<InputShown> inputs = {};
  std::optional<OutputShown> output = {};
  std::string bound_from = {};  ///< where the bound comes from
  Trace trace = {};
};

}  // namespace qkoan

#endif
