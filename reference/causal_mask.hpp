#ifndef QKOAN_REFERENCE_CAUSAL_MASK_HPP
#define QKOAN_REFERENCE_CAUSAL_MASK_HPP
/// @file
/// Lesson 02, exactly. A mask is a rule: may the query at position p see key j? The alignment is that
/// of flash-attention 2.1 and later (Dao-AILab/flash-attention README.md); window and prefix are as in
/// Mistral and in prefix language models.

#include <Eigen/Core>
#include <limits>
#include <vector>

#include "reference/core/bounded.hpp"

namespace qkoan::reference {

/// Position of query i among the keys: the queries are the last n_q of the n_k positions.
inline int position(int i, int n_q, int n_k) { return i + n_k - n_q; }

/// All keys up to and including the own.
inline bool sees_causally(int p, int j) { return j <= p; }

/// The last `window` keys up to and including the own.
inline bool sees_in_window(int p, int j, int window) { return j <= p && p - j < window; }

/// The whole prefix, and causally behind it.
inline bool sees_with_prefix(int p, int j, int prefix) { return j < prefix || j <= p; }

/// Causally, within the document of the own position; a position before the first key has none.
inline bool sees_in_document(int p, int j, const std::vector<int>& document) {
  return j <= p && document[j] == document[p];  // 0 ≤ j ≤ p, so p is a position
}

/// The additive mask of a rule, n_q × n_k, row-major: 0 where `sees(p, j)`, −∞ elsewhere.
template <class Rule>
std::vector<float> mask(int n_q, int n_k, Rule sees) {
  std::vector<float> M;
  for (int i = 0; i < n_q; ++i) {
    for (int j = 0; j < n_k; ++j) {
      const bool visible = sees(position(i, n_q, n_k), j);
      M.push_back(visible ? 0 : -std::numeric_limits<float>::infinity());
    }
  }
  return M;
}

/// P_ij = e^{S_ij} / Σ_{visible l} e^{S_il}, 0 for invisible j; visible(i, j) says what M says.
/// Softmax may or may not subtract the maximum here, so two roundings of the score itself are granted.
template <class Real, class Visible>
Eigen::MatrixX<Real> masked_weights(const Eigen::MatrixXf& S, Visible visible) {
  Eigen::MatrixX<Real> P = Eigen::MatrixX<Real>::Constant(S.rows(), S.cols(), Real(0));
  for (int i = 0; i < S.rows(); ++i) {
    const Real m(S.row(i).maxCoeff());
    Real sum(0);
    for (int j = 0; j < S.cols(); ++j) {
      if (!visible(i, j)) continue;
      P(i, j) = exp(permit(2, Real(S(i, j))) - m);
      sum += P(i, j);
    }
    for (int j = 0; j < S.cols(); ++j) {
      if (visible(i, j)) P(i, j) /= sum;
    }
  }
  return P;
}

}  // namespace qkoan::reference

#endif
