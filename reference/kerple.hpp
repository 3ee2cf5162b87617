#ifndef QKOAN_REFERENCE_KERPLE_HPP
#define QKOAN_REFERENCE_KERPLE_HPP
/// @file
/// Lesson 07, exactly. Chi et al. (2022), equation 1; chijames/KERPLE.

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "reference/core/bounded.hpp"

namespace qkoan::reference {

/// What the authors' code keeps parameters above.
inline constexpr float kKerpleLeast = 0.01f;

/// The legal r1 that is nearest.
inline float project_r1(float r1) { return std::max(r1, kKerpleLeast); }
/// The legal r2 that is nearest: at most 2 in the power form.
inline float project_r2(bool power, float r2) {
  return std::clamp(r2, kKerpleLeast, power ? 2.0f : HUGE_VALF);
}

/// −r1·ln(1 + r2·d). Beyond a log1p two roundings are granted: it may be made of a logarithm,
/// ln(w)·x/(w − 1) with w the rounded 1 + x.
template <class Real>
Real kerple_log(const Real& r1, const Real& r2, int d) {
  using std::log1p;
  if (d == 0) return Real(0);
  return permit(2, Real(-r1 * log1p(r2 * Real(d))));
}

/// −r1·d^r2, by any pow, or as e^{r2·ln d} in any base.
template <class Real>
Real kerple_power(const Real& r1, const Real& r2, int d) {
  using std::pow;
  if (d == 0) return Real(0);
  return -r1 * pow(Real(d), r2);
}

/// The bias of one pair; −∞ in the future unless that counts.
template <class Real>
Real kerple(bool power, const Real& r1, const Real& r2, int p, int j, bool bidirectional) {
  if (j > p && !bidirectional) return Real(-HUGE_VAL);
  const int d = std::abs(p - j);
  return power ? kerple_power(r1, r2, d) : kerple_log(r1, r2, d);
}

/// B, n_q × n_k; the queries are the last n_q positions.
template <class Real>
Eigen::MatrixX<Real> kerple_bias(bool power, const Real& r1, const Real& r2, bool bidirectional,
                                 int n_q, int n_k) {
  Eigen::MatrixX<Real> B(n_q, n_k);
  for (int i = 0; i < n_q; ++i) {
    for (int j = 0; j < n_k; ++j) {
      B(i, j) = kerple(power, r1, r2, i + n_k - n_q, j, bidirectional);
    }
  }
  return B;
}

/// (s + b)/√d or s/√d + b, with s a product q·k. Either may be computed in the way of the other,
/// with b·√d or b/√d, and the scale as a factor: six roundings cover it.
template <class Real>
Real kerple_score(float s, const Real& b, int d, bool inside) {
  using std::sqrt;
  const Real root = sqrt(Real(d));
  return permit(6, inside ? Real((Real(s) + b) / root) : Real(Real(s) / root + b));
}

/// What softmax takes, causal, with the logarithmic form.
template <class Real>
Eigen::MatrixX<Real> kerple_scores(const Real& r1, const Real& r2, int d, bool inside,
                                   const Eigen::MatrixXf& S) {
  const int n_q = static_cast<int>(S.rows()), n_k = static_cast<int>(S.cols());
  Eigen::MatrixX<Real> X = Eigen::MatrixX<Real>::Constant(n_q, n_k, Real(-HUGE_VAL));
  for (int i = 0; i < n_q; ++i) {
    for (int j = 0; j <= i + n_k - n_q; ++j) {
      const Real b = kerple_log(r1, r2, i + n_k - n_q - j);
      X(i, j) = kerple_score(S(i, j), b, d, inside);
    }
  }
  return X;
}

}  // namespace qkoan::reference

#endif
