#ifndef QKOAN_REFERENCE_ATTENTION_WEIGHTS_HPP
#define QKOAN_REFERENCE_ATTENTION_WEIGHTS_HPP
/// @file
/// Lesson 03, exactly. Milakov & Gimelshein (2018), algorithm 3; Dao et al. (2022), section 3.1.
///
/// Scores are floats, and −∞ marks a masked key: it is left out of every sum, and infinities never
/// enter the arithmetic.

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "reference/core/bounded.hpp"

namespace qkoan::reference {

/// Whether a score, or the maximum of a row, is −∞.
inline bool is_masked(float score) { return std::isinf(score) && score < 0; }

/// e^{x_j − m}, 0 where x_j = −∞.
template <class Real>
Eigen::VectorX<Real> exponentials(const Eigen::VectorXf& x, float m = 0) {
  Eigen::VectorX<Real> e(x.size());
  for (int j = 0; j < x.size(); ++j) {
    e(j) = is_masked(x(j)) ? Real(0) : Real(exp(Real(x(j)) - Real(m)));
  }
  return e;
}

/// e^{s_j − m} for every key, 0 for masked ones; m = max s.
template <class Real>
Eigen::VectorX<Real> shifted_exponentials(const Eigen::VectorXf& s) {
  return exponentials<Real>(s, s.maxCoeff());
}

/// p_j = e^{s_j − m} / Σ_l e^{s_l − m}; a row of masked keys is 0.
template <class Real>
Eigen::VectorX<Real> softmax(const Eigen::VectorXf& s) {
  const Eigen::VectorX<Real> e = shifted_exponentials<Real>(s);
  if (is_masked(s.maxCoeff())) return e;
  const Real sum = e.sum();
  return e.unaryExpr([&](const Real& x) { return Real(x / sum); });
}

/// m + ln Σ_j e^{s_j − m}; not for a row of masked keys.
template <class Real>
Real log_sum_exp(const Eigen::VectorXf& s) {
  return Real(s.maxCoeff()) + log(Real(shifted_exponentials<Real>(s).sum()));
}

/// Sum and output of a partial row (its maximum is max s).
template <class Real>
struct Partial {
  Real sum;                     ///< Σ e^{s_j − m}
  Eigen::VectorX<Real> output;  ///< Σ e^{s_j − m}·v_j, d_v elements
};

/// How often the maximum rises over the keys in their order.
inline int rises_of_maximum(const Eigen::VectorXf& s) {
  int rises = 0;
  for (int j = 1; j < s.size(); ++j) rises += s(j) > s.head(j).maxCoeff();
  return rises;
}

/// Σ e^{s_j − m} and Σ e^{s_j − m}·v_j over all keys, V being n × d_v. Computed online, every rise of
/// the maximum multiplies what is there by an exponential: ten roundings are granted for each.
template <class Real>
Partial<Real> partial(const Eigen::VectorXf& s, const Eigen::MatrixX<Real>& V) {
  const int roundings = 10 * rises_of_maximum(s);
  const Eigen::VectorX<Real> e =
      shifted_exponentials<Real>(s).unaryExpr([&](const Real& x) { return permit(roundings, x); });
  return {e.sum(), V.transpose().lazyProduct(e)};
}

/// Two partial rows of known maxima, sums and outputs become one. A part with an empty or masked row
/// (maximum −∞, sum 0) adds nothing.
template <class Real>
Partial<Real> merge(float max_a, const Partial<Real>& a, float max_b, const Partial<Real>& b) {
  const float m = std::max(max_a, max_b);
  const auto weight = [&](float part) {
    return is_masked(part) ? Real(0) : Real(exp(Real(part) - Real(m)));
  };
  const Real wa = weight(max_a), wb = weight(max_b);
  return {a.sum * wa + b.sum * wb, a.output * wa + b.output * wb};
}

}  // namespace qkoan::reference

#endif
