#ifndef QKOAN_REFERENCE_ATTENTION_HPP
#define QKOAN_REFERENCE_ATTENTION_HPP
/// @file
/// Lesson 12, exactly. Vaswani et al. (2017), equation 1, with a bias added to the scaled scores.

#include <Eigen/Core>
#include <cmath>

#include "reference/core/bounded.hpp"

namespace qkoan::reference {

/// q·k/√d + b. The scale may be applied anywhere, log₂e be a part of it, and the bias be a term of the
/// product.
template <class Real>
Real attention_score(const Eigen::VectorX<Real>& q, const Eigen::VectorX<Real>& k, const Real& b) {
  const int d = static_cast<int>(q.size());
  return permit(11, Real(q.dot(k) / sqrt(Real(d)))) + permit(d + 10, b);
}

/// Which number is subtracted from all scores of a row does not matter; it should be about the largest.
/// Also counts how often the maximum rises from key to key.
struct Shift {
  double largest = -HUGE_VAL;  ///< of the scores seen so far; −∞ if all are hidden
  int rises = 0;               ///< how often a finite maximum was exceeded

  /// The next key's score; −∞ if it is hidden.
  void see(double score) {
    if (score <= largest) return;
    rises += largest > -HUGE_VAL;
    largest = score;
  }
};

/// The output of one query; b is −∞ for hidden keys. Each time the maximum rises, an online sum is
/// multiplied by an exponential: ten roundings are granted for it. Weights may be divided by their sum
/// one by one, which rounds each.
/// @param q        the query, d elements
/// @param K, V     keys, n_k × d, and values, n_k × d_v
/// @param b        biases of the keys
/// @param about_b  the same in double: decides what is hidden, and what is about the largest
template <class Real>
Eigen::VectorX<Real> attend(const Eigen::VectorXf& q, const Eigen::MatrixXf& K,
                            const Eigen::MatrixXf& V, const Eigen::VectorX<Real>& b,
                            const Eigen::VectorXd& about_b) {
  const auto n = K.rows();
  Shift shift;
  for (Eigen::Index j = 0; j < n; ++j) {
    const Eigen::VectorXd wide = q.cast<double>();
    shift.see(wide.dot(K.row(j).cast<double>()) / std::sqrt(wide.size()) + about_b(j));
  }
  Eigen::VectorX<Real> output = Eigen::VectorX<Real>::Constant(V.cols(), Real(0));
  if (shift.largest == -HUGE_VAL) return output;
  Real sum(0);
  for (Eigen::Index j = 0; j < n; ++j) {
    if (about_b(j) == -HUGE_VAL) continue;
    const Real s = attention_score<Real>(q.cast<Real>(), K.row(j).cast<Real>(), b(j));
    const Real weight = permit(10 * shift.rises, Real(exp(Real(s - Real(shift.largest)))));
    sum += weight;
    for (Eigen::Index c = 0; c < V.cols(); ++c) output(c) += weight * Real(V(j, c));
  }
  for (Real& o : output) o = permit(4, Real(o / sum));
  return output;
}

/// O = softmax(Q·Kᵀ/√d + B)·V
template <class Real>
Eigen::MatrixX<Real> attention(const Eigen::MatrixXf& Q, const Eigen::MatrixXf& K,
                               const Eigen::MatrixXf& V, const Eigen::MatrixX<Real>& B,
                               const Eigen::MatrixXd& about_B) {
  Eigen::MatrixX<Real> O(Q.rows(), V.cols());
  for (Eigen::Index i = 0; i < Q.rows(); ++i) {
    O.row(i) = attend<Real>(Q.row(i), K, V, B.row(i), about_B.row(i));
  }
  return O;
}

/// B of a causal bias of the distance p(i) − j, n_q × n_k. The bias is a callable for any Real:
/// bias(Real(), distance).
template <class Real, class ByDistance>
Eigen::MatrixX<Real> causal_bias(Eigen::Index n_q, Eigen::Index n_k, ByDistance bias) {
  Eigen::MatrixX<Real> B(n_q, n_k);
  for (int i = 0; i < n_q; ++i) {
    const int p = static_cast<int>(i + n_k - n_q);
    for (int j = 0; j < n_k; ++j) B(i, j) = j <= p ? bias(Real(), p - j) : Real(-HUGE_VAL);
  }
  return B;
}

/// Causal attention with such a bias.
template <class Real, class ByDistance>
Eigen::MatrixX<Real> causal_attention(const Eigen::MatrixXf& Q, const Eigen::MatrixXf& K,
                                      const Eigen::MatrixXf& V, ByDistance bias) {
  return attention<Real>(Q, K, V, causal_bias<Real>(Q.rows(), K.rows(), bias),
                         causal_bias<double>(Q.rows(), K.rows(), bias));
}

/// ALiBi: b = −slope·(p(i) − j)
template <class Real>
Eigen::MatrixX<Real> alibi_attention(const Eigen::MatrixXf& Q, const Eigen::MatrixXf& K,
                                     const Eigen::MatrixXf& V, float slope) {
  return causal_attention<Real>(Q, K, V, [slope](auto real, int distance) {
    using Number = decltype(real);
    return Number(-(Number(slope) * Number(distance)));
  });
}

}  // namespace qkoan::reference

#endif
