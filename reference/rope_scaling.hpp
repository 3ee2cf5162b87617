#ifndef QKOAN_REFERENCE_ROPE_SCALING_HPP
#define QKOAN_REFERENCE_ROPE_SCALING_HPP
/// @file
/// Lesson 11, exactly. Chen et al. (2023); Peng et al. (2023) and jquesnelle/yarn; Hugging Face's
/// modeling_rope_utils; meta-llama/llama-models.

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "exercises/rope_scaling.hpp"
#include "reference/core/bounded.hpp"

namespace qkoan::reference {

/// 2π. Where there is no arc tangent, the sum of two doubles: rounded once, as it is in programs.
template <class Real>
Real full_turn() {
  using std::atan;
  if constexpr (requires(Real x) { atan(x); }) {
    return Real(Real(8) * atan(Real(1)));
  } else {
    return Real(0x1.921fb54442d18p+2) + Real(0x1.1a62633145c07p-52);
  }
}

/// θ_k = base^(−2k/r), by any pow.
template <class Real>
Real trained_frequency(float base, int r, int k) {
  using std::exp, std::log;
  return exp(Real(Real(-2 * k) / Real(r) * log(Real(base))));
}

/// θ_k/s. Two roundings more allow 1/(s·base^(2k/r)).
template <class Real>
Eigen::VectorX<Real> interpolated(float base, float s, int pairs) {
  Eigen::VectorX<Real> theta(pairs);
  for (int k = 0; k < pairs; ++k) {
    theta(k) = permit(2, Real(trained_frequency<Real>(base, 2 * pairs, k) / Real(s)));
  }
  return theta;
}

/// base·x^e, e = r/(r − 2), as one exponential: of the legal ways to compute it the least exact.
template <class Real>
Real stretched_base(float base, int r, const Real& x) {
  using std::exp, std::log;
  const Real e = Real(r) / Real(r - 2);
  return exp(Real(log(Real(base)) + Real(e * log(x))));
}

/// base·s^e, so that the last frequency is θ_k/s.
template <class Real>
Real scaled_base(float base, int r, float s) {
  return stretched_base<Real>(base, r, Real(s));
}

/// x = s·l/trained − (s − 1). Four roundings of the larger number allow s·(l/trained − 1) + 1.
template <class Real>
Real dynamic_base(float base, int r, float s, int trained, int length) {
  const int l = std::max(length, trained);
  const Real stretched = Real(s) * Real(l) / Real(trained);
  const Real x = l == trained ? Real(1) : Real(stretched - (Real(s) - Real(1)));
  return stretched_base<Real>(base, r, permit(4, x, stretched));
}

/// (1 − ramp)·θ + ramp·θ/s. Four roundings of θ allow θ + ramp·(θ/s − θ).
template <class Real>
Real between(const Real& theta, float s, const Real& ramp) {
  return permit(4, Real((Real(1) - ramp) * theta + ramp * (theta / Real(s))), theta);
}

/// How often pair k goes round in training.
template <class Real>
Real turns(const Bands& bands, int r, int k) {
  const Real angle = Real(bands.trained) * trained_frequency<Real>(bands.base, r, k);
  return Real(angle / full_turn<Real>());
}

/// A ramp in the number of turns. The contract keeps these away from both limits, so that doubles
/// decide on which side they are; three roundings allow trained/(2π/θ_k).
template <class Real>
Eigen::VectorX<Real> llama3(const Bands& bands, int pairs) {
  Eigen::VectorX<Real> theta(pairs);
  for (int k = 0; k < pairs; ++k) {
    const double n = turns<double>(bands, 2 * pairs, k);
    const Real offset = permit(3, turns<Real>(bands, 2 * pairs, k)) - Real(bands.slow);
    const Real gamma = n <= bands.slow   ? Real(0)
                       : n >= bands.fast ? Real(1)
                                         : Real(offset / (Real(bands.fast) - Real(bands.slow)));
    const Real ramp = Real(1) - gamma;
    theta(k) = between<Real>(trained_frequency<Real>(bands.base, 2 * pairs, k), bands.s, ramp);
  }
  return theta;
}

/// The k of a pair that turns `n` times in training, seldom a whole number. The roundings allow a
/// difference of logarithms.
template <class Real>
Real pairdim(const Bands& bands, int r, float n) {
  using std::log;
  const Real trained(bands.trained);
  const Real ratio = log(Real(trained / (full_turn<Real>() * Real(n))));
  const Real logarithm = permit(24, ratio, Real(log(trained)));
  return Real(Real(r) * logarithm / (Real(2) * log(Real(bands.base))));
}

/// Where YaRN's ramp begins and ends. The contract keeps pairdim away from whole numbers, so that
/// doubles decide.
template <class Real>
std::pair<Real, Real> yarn_ramp(const Bands& bands, bool truncate, int r) {
  double low = pairdim<double>(bands, r, bands.fast), high = pairdim<double>(bands, r, bands.slow);
  if (truncate) low = std::floor(low), high = std::ceil(high);
  const bool low_is_exact = truncate || low < 0, high_is_exact = truncate || high > r - 1;
  return {low_is_exact ? Real(std::max(low, 0.0)) : pairdim<Real>(bands, r, bands.fast),
          high_is_exact ? Real(std::min(high, r - 1.0)) : pairdim<Real>(bands, r, bands.slow)};
}

/// A ramp in k. On which side of its ends k lies, doubles decide.
template <class Real>
Eigen::VectorX<Real> yarn(const Bands& bands, bool truncate, int pairs) {
  const auto [low, high] = yarn_ramp<double>(bands, truncate, 2 * pairs);
  const auto [begin, end] = yarn_ramp<Real>(bands, truncate, 2 * pairs);
  Eigen::VectorX<Real> theta(pairs);
  for (int k = 0; k < pairs; ++k) {
    const Real ramp = k <= low    ? Real(0)
                      : k >= high ? Real(1)
                                  : Real((Real(k) - begin) / (end - begin));
    theta(k) = between<Real>(trained_frequency<Real>(bands.base, 2 * pairs, k), bands.s, ramp);
  }
  return theta;
}

/// 0.1·ln s + 1; nothing is rounded for s = 1.
template <class Real>
Real yarn_factor(float s) {
  using std::log;
  if (s == 1) return Real(1);
  return Real(log(Real(s)) / Real(10)) + Real(1);
}

/// factor·cos(p·θ_k) and factor·sin(p·θ_k), n × r/2, with angles as in double.
template <class Real>
Eigen::MatrixX<Real> scaled_table(const Eigen::VectorXf& theta, float factor, int first, int n,
                                  bool sines) {
  using std::cos, std::sin;
  Eigen::MatrixX<Real> table(n, theta.size());
  for (int i = 0; i < n; ++i) {
    for (Eigen::Index k = 0; k < theta.size(); ++k) {
      const Real angle = in_double(Real(Real(first + i) * Real(theta(k))));
      table(i, k) = Real(factor) * Real(sines ? sin(angle) : cos(angle));
    }
  }
  return table;
}

}  // namespace qkoan::reference

#endif
