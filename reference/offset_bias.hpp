#ifndef QKOAN_REFERENCE_OFFSET_BIAS_HPP
#define QKOAN_REFERENCE_OFFSET_BIAS_HPP
/// @file
/// Lesson 04, exactly. "Foundations of Large Language Models", chapter 2; clipping as in Shaw,
/// Uszkoreit & Vaswani (2018), section 3.2, with i − j in place of their j − i.

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "reference/scaled_scores.hpp"

namespace qkoan::reference {

/// Where offset i − j stands in a table of length L; −1 if nowhere.
inline int offset_index(int offset, int length, bool bidirectional) {
  if (bidirectional) return std::clamp(offset, 1 - length, length - 1) + length - 1;
  return offset < 0 ? -1 : std::min(offset, length - 1);
}

/// L of a table of so many parameters.
inline int table_length(int parameters, bool bidirectional) {
  return bidirectional ? (parameters + 1) / 2 : parameters;
}

/// The parameter that query i reads for key j, −1 if none.
inline int parameter_of(int i, int j, int n_q, int n_k, int parameters, bool bidirectional) {
  const int length = table_length(parameters, bidirectional);
  return offset_index(i + n_k - n_q - j, length, bidirectional);
}

/// B, n_q × n_k
template <class Real>
Eigen::MatrixX<Real> offset_bias(const Eigen::VectorX<Real>& table, bool bidirectional, int n_q,
                                 int n_k) {
  const int parameters = static_cast<int>(table.size());
  Eigen::MatrixX<Real> B(n_q, n_k);
  for (int i = 0; i < n_q; ++i) {
    for (int j = 0; j < n_k; ++j) {
      const int r = parameter_of(i, j, n_q, n_k, parameters, bidirectional);
      B(i, j) = r < 0 ? Real(-HUGE_VAL) : table(r);
    }
  }
  return B;
}

/// q·k/√d + b, or (q·k + b)/√d. Outside the scale, b may also be multiplied by √d, be a term of the
/// dot product, and be scaled with it: d additions and up to six roundings for products and roots.
/// Inside, the nine roundings of lesson 01 cover every place of the scale.
template <class Real>
Real biased_score(const Eigen::VectorX<Real>& q, const Eigen::VectorX<Real>& k, const Real& b,
                  bool inside) {
  const int d = static_cast<int>(q.size());
  const Real root = sqrt(Real(d)), sum = q.dot(k);
  if (inside) return permit(9, Real((sum + b) / root));
  return permit(9, Real(sum / root)) + permit(d + 8, b);
}

/// S, n_q × n_k. Where B is −∞ nothing is computed.
template <class Real>
Eigen::MatrixX<Real> biased_scores(const Eigen::MatrixX<Real>& Q, const Eigen::MatrixX<Real>& K,
                                   const Eigen::MatrixX<Real>& B, bool inside) {
  Eigen::MatrixX<Real> S = B;
  for (int i = 0; i < Q.rows(); ++i) {
    for (int j = 0; j < K.rows(); ++j) {
      if (B(i, j) == Real(-HUGE_VAL)) continue;
      S(i, j) = biased_score<Real>(Q.row(i), K.row(j), B(i, j), inside);
    }
  }
  return S;
}

/// √d·u or u/√d; the power d^±½ has an error of 4 ulp, or a root is rounded and divided by.
template <class Real>
Eigen::VectorX<Real> move_table(const Eigen::VectorX<Real>& table, int d, bool inward) {
  const Real root = sqrt(Real(d));
  return table.unaryExpr(
      [=](const Real& u) { return permit(10, Real(inward ? u * root : u / root)); });
}

/// Σ G over the pairs that read each parameter. The rounding that is granted makes the bound the
/// contract's, however much cancels.
template <class Real>
Eigen::VectorX<Real> offset_gradient(const Eigen::MatrixXf& G, bool bidirectional, int parameters) {
  const int n_q = static_cast<int>(G.rows()), n_k = static_cast<int>(G.cols());
  Eigen::VectorX<Real> gradient = Eigen::VectorX<Real>::Zero(parameters);
  for (int i = 0; i < n_q; ++i) {
    for (int j = 0; j < n_k; ++j) {
      const int r = parameter_of(i, j, n_q, n_k, parameters, bidirectional);
      if (r >= 0) gradient(r) += Real(G(i, j));
    }
  }
  return gradient.unaryExpr([](const Real& sum) { return permit(1, sum); });
}

}  // namespace qkoan::reference

#endif
