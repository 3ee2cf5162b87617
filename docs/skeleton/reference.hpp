#ifndef QKOAN_REFERENCE_UNIFORM_ATTENTION_HPP
#define QKOAN_REFERENCE_UNIFORM_ATTENTION_HPP
/// @file
/// Lesson NN, exactly. Author (year), equation.

#include <Eigen/Core>

#include "reference/core/bounded.hpp"

namespace qkoan::reference {

/// Σ_j V_j / n_k. The values may be divided before they are added, as a product or a quotient:
/// three roundings cover that.
template <class Real>
Eigen::VectorX<Real> uniform_attention(const Eigen::MatrixX<Real>& V) {
  const Real n_k(static_cast<double>(V.rows()));
  const Eigen::VectorX<Real> mean = V.colwise().sum().transpose() / n_k;
  return mean.unaryExpr([](const Real& x) { return permit(3, x); });
}

}  // namespace qkoan::reference

#endif
