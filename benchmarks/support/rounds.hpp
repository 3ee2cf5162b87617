#ifndef QKOAN_BENCHMARKS_SUPPORT_ROUNDS_HPP
#define QKOAN_BENCHMARKS_SUPPORT_ROUNDS_HPP
/// @file
/// Rounds in which all contenders take their turns, beside the limits of the machine.

#include <functional>
#include <string>
#include <vector>

#include "benchmarks/support/statistics.hpp"

namespace qkoan::bench {

struct Contender {
  std::string name;
  std::function<void()> call;
  int threads = 1;
  int iterations = 1;
  std::vector<double> seconds = {};  ///< of one call, one of each round
};

/// The limits of the machine, in each round: times of one call.
struct Limits {
  std::vector<double> multiply_add, cycle;
};

/// When rounds end.
struct Rules {
  int least = 9;                  ///< for a median with 96 % confidence
  int most = 61;                  ///< then the machine is too noisy
  double seconds = 10;            ///< of one race, once there are enough rounds
  std::function<bool()> settled;  ///< whether the rounds so far say enough
};

Limits run_rounds(std::vector<Contender>& contenders, const Rules& rules);

/// Medians of a round's ratios: a / b.
Median ratio(const std::vector<double>& a, const std::vector<double>& b);

/// Whether all contenders' ratios to the first are known to 2 %.
bool known(const std::vector<Contender>& contenders);

/// Whether the first contender is so many times as fast as the last: "fast", "slow" or "inconclusive".
std::string decision(const std::vector<Contender>& contenders, double required);

}  // namespace qkoan::bench

#endif
