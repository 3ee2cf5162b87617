#include "benchmarks/support/statistics.hpp"

#include <algorithm>
#include <cmath>

namespace qkoan::bench {

double coin_tail(int n, int of) {
  double tail = 0;
  for (int k = n; k <= of; ++k) {
    tail += std::exp(std::lgamma(of + 1.0) - std::lgamma(k + 1.0) - std::lgamma(of - k + 1.0) -
                     of * std::log(2.0));
  }
  return tail;
}

Median median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const int n = static_cast<int>(values.size());
  // The k-th smallest is above the true median only if k or fewer values lie below it.
  int k = (n - 1) / 2;
  while (k > 0 && 2 * coin_tail(n - k, n) > 0.05) --k;
  const double middle = n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
  return {values[k], middle, values[n - 1 - k]};
}

}  // namespace qkoan::bench
