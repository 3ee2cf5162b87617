#ifndef QKOAN_REFERENCE_SANDWICH_HPP
#define QKOAN_REFERENCE_SANDWICH_HPP
/// @file
/// Lesson 08, exactly. Chi et al. (2023); the temperatures of task 4 are those of NVIDIA NeMo.

#include <Eigen/Core>
#include <cmath>
#include <cstdlib>

#include "reference/core/bounded.hpp"

namespace qkoan::reference {

/// o·θ_k = o·10000^(−2k/d), computed as if in double: the contract wants angles exact.
template <class Real>
Real sandwich_angle(int d, int offset, int k) {
  using std::exp, std::log;
  const Real theta = exp(Real(Real(-2 * k) / Real(d) * log(Real(10000))));
  return in_double(Real(Real(offset) * theta));
}

/// sin and cos of p·θ_k, k = 1 … d/2, in turn.
template <class Real>
Eigen::VectorX<Real> sinusoid(int d, int position) {
  using std::cos, std::sin;
  Eigen::VectorX<Real> e(d);
  for (int k = 1; k <= d / 2; ++k) {
    const Real angle = sandwich_angle<Real>(d, position, k);
    e(2 * k - 2) = position == 0 ? Real(0) : Real(sin(angle));
    e(2 * k - 1) = position == 0 ? Real(1) : Real(cos(angle));
  }
  return e;
}

/// Σ_k cos(o·θ_k); nothing is rounded where all cosines are 1.
template <class Real>
Real sandwich(int d, int offset) {
  using std::cos;
  if (offset == 0) return Real(d / 2);
  Real sum(0);
  for (int k = 1; k <= d / 2; ++k) {
    sum += Real(cos(sandwich_angle<Real>(d, std::abs(offset), k)));
  }
  return sum;
}

/// B, n_q × n_k, −∞ for keys that are not seen. Offsets repeat: each bias is computed once.
template <class Real>
Eigen::MatrixX<Real> sandwich_bias(int d, bool bidirectional, int n_q, int n_k) {
  const int reach = std::max(n_q, n_k);
  Eigen::VectorX<Real> of_distance(reach);
  for (int o = 0; o < reach; ++o) of_distance(o) = sandwich<Real>(d, o);
  Eigen::MatrixX<Real> B(n_q, n_k);
  for (int i = 0; i < n_q; ++i) {
    const int p = i + n_k - n_q;
    for (int j = 0; j < n_k; ++j) {
      B(i, j) = bidirectional || j <= p ? of_distance(std::abs(p - j)) : Real(-HUGE_VAL);
    }
  }
  return B;
}

/// (b(o) − d/2)/τ for distances 0 … n−1. The division may come first, as a product or a quotient.
template <class Real>
Eigen::VectorX<Real> sandwich_penalty(int d, int heads, int head, int n) {
  const Real h(d / 2), temperature = Real(8 * (head + 1)) / Real(heads);
  Eigen::VectorX<Real> penalty(n);
  penalty(0) = Real(0);
  for (int o = 1; o < n; ++o) {
    const Real difference = sandwich<Real>(d, o) - h;
    penalty(o) = Real(permit(4, difference) / temperature);
  }
  return penalty;
}

}  // namespace qkoan::reference

#endif
