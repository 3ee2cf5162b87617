#ifndef QKOAN_BENCHMARKS_SUPPORT_STATISTICS_HPP
#define QKOAN_BENCHMARKS_SUPPORT_STATISTICS_HPP
/// @file
/// Medians, and how far they may be trusted on a machine that others use, too.

#include <vector>

namespace qkoan::bench {

/// A median, and a range that holds the true one with at least 95 % confidence, whatever the
/// distribution: the number of values below the true median is binomial.
struct Median {
  double low = 0;     ///< the range begins at this value
  double middle = 0;  ///< the median of the values
  double high = 0;    ///< the range ends at this value

  /// Half the range, as a part of the median.
  double doubt() const { return (high - low) / (2 * middle); }
};

/// The median of at least one value. Of fewer than six, the whole range is not enough for 95 %: it is
/// given all the same.
Median median(std::vector<double> values);

/// How likely n or more of `of` tosses of a coin show heads.
double coin_tail(int n, int of);

}  // namespace qkoan::bench

#endif
