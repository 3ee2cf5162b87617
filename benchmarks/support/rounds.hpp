#ifndef QKOAN_BENCHMARKS_SUPPORT_ROUNDS_HPP
#define QKOAN_BENCHMARKS_SUPPORT_ROUNDS_HPP
/// @file
/// Rounds in which all contenders take their turns, beside the limits of the machine.

#include <functional>
#include <string>
#include <vector>

#include "benchmarks/support/statistics.hpp"

namespace qkoan::bench {

/// One who takes turns, and the times that it took.
struct Contender {
  std::string name;                  ///< as printed
  std::function<void()> call;        ///< what is timed
  int threads = 1;                   ///< that a call keeps busy
  int iterations = 1;                ///< calls of one turn; set when turns are rehearsed
  std::vector<double> seconds = {};  ///< of one call, one of each round
};

/// The limits of the machine, in each round.
struct Limits {
  std::vector<double> multiply_add;  ///< seconds of one call of multiply_and_add()
  std::vector<double> cycle;         ///< seconds of one cycle of the clock
};

/// When rounds end.
struct Rules {
  int least = 9;                  ///< for a median with 96 % confidence
  int most = 61;                  ///< then the machine is too noisy
  double seconds = 10;            ///< of one race, once there are enough rounds
  std::function<bool()> settled;  ///< whether the rounds so far say enough
};

/// Rehearses all, then lets them take turns until the rules say that it is enough. The contenders'
/// times are those of all rounds.
Limits run_rounds(std::vector<Contender>& contenders, const Rules& rules);

/// Medians of a round's ratios: a / b.
Median ratio(const std::vector<double>& a, const std::vector<double>& b);

/// Whether all contenders' ratios to the first are known to 2 %.
bool known(const std::vector<Contender>& contenders);

/// What is believed when the first contender was fast enough in so many rounds: "fast", "slow" or
/// "inconclusive".
std::string decision(int fast, int rounds);

/// Whether the first contender is so many times as fast as the last: "fast", "slow" or "inconclusive".
std::string decision(const std::vector<Contender>& contenders, double required);

}  // namespace qkoan::bench

#endif
