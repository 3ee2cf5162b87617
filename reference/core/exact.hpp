#ifndef QKOAN_REFERENCE_CORE_EXACT_HPP
#define QKOAN_REFERENCE_CORE_EXACT_HPP
/// @file
/// What a `float` implementation is expected to return, and how far it may be off.

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace qkoan {

/// A matrix of exact values, each with the error that a float implementation may have. Row-major.
struct Tolerated {
  int rows = 1;                   ///< of the result; 1 for a row or a number
  int cols = 1;                   ///< elements of a row
  std::vector<double> exact;      ///< the exact value, rounded to double
  std::vector<double> tolerance;  ///< largest legal |returned − exact|; 0: one right answer
  bool encoded = false;           ///< whether that one answer is an encoding: then −0 is not +0
};

/// A reference applied to its inputs, to be asked for as much as is needed: the numbers to compare
/// with, then, for the report of a failure, floats that are proved to be rounded correctly, and
/// decimal digits. certified.hpp makes it from a reference template.
struct Exact {
  std::function<Tolerated()> tolerated;                               ///< what is compared with
  std::function<std::vector<float>()> rounded;                        ///< row-major
  std::function<std::string(int row, int col, int digits)> decimals;  ///< significant digits
};

}  // namespace qkoan

#endif
