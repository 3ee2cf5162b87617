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
  std::string name;                 ///< as in the contract
  int rows;                         ///< 1 for a row
  int cols;                         ///< elements of a row
  std::vector<std::string> values;  ///< shortest decimals that round-trip, row-major
};

/// The output that is wrong, seen at its worst element.
struct OutputShown {
  std::string name;            ///< as in the contract
  std::string element;         ///< the worst one, as S[1][2]: largest error in units of its bound
  int rows;                    ///< of the output; 1 for a row or a number
  int cols;                    ///< elements of a row
  int row;                     ///< of the worst element
  int col;                     ///< of the worst element
  std::string expected;        ///< 20 significant digits
  std::string expected_float;  ///< the float nearest to it
  std::string got;             ///< what was returned, shortest decimal
  std::string got_hex;         ///< the same to the bit, as 0x1p+2; empty for whole numbers
  std::string absolute;        ///< its error; empty, as all that follows from it, if it is NaN or ∞
  std::string relative;        ///< empty also where 0 is expected
  std::string ulps;   ///< floats between it and the expected one; empty also where 0 is expected
  std::string bound;  ///< largest legal error; "0": there is one right answer
  std::string times_bound;       ///< error in units of the bound; empty where that is 0
  int wrong;                     ///< elements that are wrong,
  int total;                     ///< out of so many
  std::vector<std::string> map;  ///< a picture of where: `·` right, `█` wrong, `▒` both in one cell
};

/// The numbers that an implementation returned over several cases, right and wrong ones: what a planted
/// bug must reproduce to be named as the misconception.
struct Trace {
  std::vector<float> got;         ///< in the order of judgement
  std::vector<float> expected;    ///< as many, if they were recorded
  std::vector<double> tolerance;  ///< as many as `expected`; 0: one right answer
};

/// Thrown where an implementation breaks its contract.
struct Failure {
  std::string kind;           ///< wrong, unsolved, missing, modified_input, out_of_bounds, ...
  std::string message;        ///< one line, complete in itself
  std::string function = {};  ///< that is missing, not written yet, or threw; else empty
  std::vector<std::pair<std::string, std::string>> parameters = {};  ///< the case: d = 4, n_k = 3
  std::vector<InputShown> inputs = {};                               ///< the small ones
  std::optional<OutputShown> output = {};                            ///< if numbers are wrong
  std::string bound_from = {};                                       ///< where the bound comes from
  Trace trace = {};  ///< of the output that is wrong
};

}  // namespace qkoan

#endif
