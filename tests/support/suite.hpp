#ifndef QKOAN_TESTS_SUPPORT_SUITE_HPP
#define QKOAN_TESTS_SUPPORT_SUITE_HPP
/// @file
/// What a suite includes. A suite is a Boost.Test module: each test suite in it is a task of the
/// lesson, in the order of the contract, and each test case is a check.

#include <boost/test/unit_test.hpp>

#include "reference/core/certified.hpp"
#include "reference/core/lift.hpp"
#include "tests/support/case.hpp"
#include "tests/support/implementation.hpp"
#include "tests/support/property.hpp"

namespace qkoan {
using boost::unit_test::depends_on;
using boost::unit_test::description;

/// Marks a check of a property: something that holds for every right implementation and every input,
/// such as "the bias depends on i − j only". `./qkoan properties` runs these alone.
inline const boost::unit_test::label property("property");

/// The tolerances of two results, added element by element.
inline std::vector<double> both_tolerances(const Exact& a, const Exact& b) {
  std::vector<double> sum = a.tolerated().tolerance;
  const std::vector<double> other = b.tolerated().tolerance;
  for (std::size_t e = 0; e < sum.size(); ++e) sum[e] += other[e];
  return sum;
}
}  // namespace qkoan

#endif
