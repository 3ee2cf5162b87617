#ifndef QKOAN_REFERENCE_ATTENTION_KERNEL_HPP
#define QKOAN_REFERENCE_ATTENTION_KERNEL_HPP
/// @file
/// Lesson 16, exactly: the attention of lesson 12, causal, with a bias of the distance or with FIRE's.

#include "exercises/fire.hpp"
#include "reference/attention.hpp"
#include "reference/core/lift.hpp"
#include "reference/fire.hpp"

namespace qkoan::reference {

/// b = by_distance[p(i) − j]
template <class Real>
Eigen::MatrixX<Real> biased_attention(const Eigen::MatrixXf& Q, const Eigen::MatrixXf& K,
                                      const Eigen::MatrixXf& V, Row by_distance) {
  return causal_attention<Real>(Q, K, V, [by_distance](auto real, int distance) {
    return decltype(real)(by_distance[distance]);
  });
}

/// b = f(ψ(p(i) − j) / ψ(max(L, p(i)))), n_q × n_k
template <class Real>
Eigen::MatrixX<Real> fire_matrix(const Fire& f, int n_q, int n_k) {
  const FireOf<Real> fire{Real(f.c),        f.L,       lift<Real>(f.w1), lift<Real>(f.b1),
                          lift<Real>(f.w2), Real(f.b2)};
  return fire_bias<Real>(fire, false, n_q, n_k);
}

/// O with FIRE's biases, causal.
template <class Real>
Eigen::MatrixX<Real> fire_attention(const Eigen::MatrixXf& Q, const Eigen::MatrixXf& K,
                                    const Eigen::MatrixXf& V, const Fire& fire) {
  const int n_q = static_cast<int>(Q.rows()), n_k = static_cast<int>(K.rows());
  return attention<Real>(Q, K, V, fire_matrix<Real>(fire, n_q, n_k),
                         fire_matrix<double>(fire, n_q, n_k));
}

}  // namespace qkoan::reference

#endif
