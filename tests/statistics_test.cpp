/// @file
/// The statistics of races: medians, and how far they may be trusted.

#define BOOST_TEST_MODULE statistics
#include "benchmarks/support/statistics.hpp"

#include <boost/test/unit_test.hpp>
#include <random>

using namespace qkoan::bench;

BOOST_AUTO_TEST_CASE(coins) {
  BOOST_TEST(coin_tail(0, 7) == 1, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(coin_tail(9, 10) == 11.0 / 1024, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(coin_tail(30, 60) > 0.5);
}

BOOST_AUTO_TEST_CASE(medians_and_their_ranges) {
  const Median odd = median({5, 1, 9, 3, 7, 2, 8, 4, 6});
  BOOST_TEST(odd.middle == 5);
  BOOST_TEST(odd.low == 2);  // 1 and 9 may be outside: 2·(1 + 9)/512 of all cases are
  BOOST_TEST(odd.high == 8);
  BOOST_TEST(median({4, 1, 3, 2}).middle == 2.5);
  BOOST_TEST(median({3}).low == 3);
}

/// Of many samples of a skewed distribution, at least 95 % have the true median in their range.
BOOST_AUTO_TEST_CASE(ranges_hold_the_true_median) {
  std::mt19937 random(1);
  std::lognormal_distribution<double> skewed(0, 2);  // its median is 1
  for (const int n : {9, 15, 40}) {
    int held = 0;
    constexpr int kSamples = 4000;
    for (int k = 0; k < kSamples; ++k) {
      std::vector<double> sample(n);
      for (double& x : sample) x = skewed(random);
      const Median m = median(sample);
      held += m.low <= 1 && 1 <= m.high;
    }
    BOOST_TEST(held >= 0.945 * kSamples);
  }
}
