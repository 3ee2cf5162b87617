#ifndef QKOAN_REFERENCE_SCALED_SCORES_HPP
#define QKOAN_REFERENCE_SCALED_SCORES_HPP
/// @file
/// Lesson 01, exactly. Vaswani et al. (2017), equation 1.

#include <Eigen/Core>

#include "reference/core/bounded.hpp"

namespace qkoan::reference {

/// q·k. One rounding more than sums have makes the bound the contract's, however much cancels.
template <class Real>
Real dot(const Eigen::VectorX<Real>& q, const Eigen::VectorX<Real>& k) {
  return permit(1, Real(q.dot(k)));
}

/// Q·Kᵀ / √d. The scale may be applied to the queries, to the keys, to both or to the sum, as a
/// product or a quotient: nine roundings cover all of that.
template <class Real>
Eigen::MatrixX<Real> scaled_scores(const Eigen::MatrixX<Real>& Q, const Eigen::MatrixX<Real>& K) {
  const Real d(static_cast<double>(Q.cols()));
  const Eigen::MatrixX<Real> S = Q.lazyProduct(K.transpose()) / sqrt(d);
  return S.unaryExpr([](const Real& s) { return permit(9, s); });
}

/// q·k / √d
template <class Real>
Real scaled_score(const Eigen::VectorX<Real>& q, const Eigen::VectorX<Real>& k) {
  return scaled_scores<Real>(q.transpose(), k.transpose())(0, 0);
}

}  // namespace qkoan::reference

#endif
