#ifndef QKOAN_TESTS_SUPPORT_JUDGEMENT_HPP
#define QKOAN_TESTS_SUPPORT_JUDGEMENT_HPP
/// @file
/// The comparison itself: which elements are wrong, which is the worst, and how to show it.

#include <string>
#include <vector>

#include "exercises/qkoan.hpp"
#include "reference/core/exact.hpp"
#include "tests/support/failure.hpp"

namespace qkoan {

/// What a comparison found.
struct Judgement {
  std::vector<bool> wrong;  ///< per element, row-major
  int wrong_count = 0;      ///< 0: the result is right
  int worst = 0;            ///< index of the element with the largest error in units of its bound
  double worst_ratio = 0;   ///< that error; infinite for NaN and where one answer is right
  double worst_ulps = 0;    ///< the largest error in floats, where the expected number is not 0
};

/// Compares every element. Written so that NaN is wrong.
Judgement compare(Matrix got, const Tolerated& expected);

/// How an element of a result is addressed: s, s[3], S[1][3].
enum class Rank { kNumber, kRow, kMatrix };

/// The numbers of the worst element, ready to print.
/// @param name, rank  how the output is named in the contract
/// @param got         what was returned, a number or a row as one row
/// @param expected    what it was compared with
/// @param rounded     the expected floats, row-major
/// @param judgement   what compare() found, at least one wrong element
/// @param digits      the worst element's exact value for people
OutputShown show(const char* name, Rank rank, Matrix got, const Tolerated& expected,
                 const std::vector<float>& rounded, const Judgement& judgement,
                 const std::string& digits);

/// The shortest decimal that reads back as the same float.
std::string shortest(float x);

}  // namespace qkoan

#endif
