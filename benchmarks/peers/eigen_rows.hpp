#ifndef QKOAN_BENCHMARKS_PEERS_EIGEN_ROWS_HPP
#define QKOAN_BENCHMARKS_PEERS_EIGEN_ROWS_HPP
/// @file
/// Rows of scores as Eigen's vector functions work on them.

#include <Eigen/Core>
#include <cmath>

#include "exercises/qkoan.hpp"

namespace qkoan::peers {

using Array = Eigen::Map<Eigen::ArrayXf>;
using ConstArray = Eigen::Map<const Eigen::ArrayXf>;

/// weights = softmax(scores), which may be the same memory.
inline void softmax_of_row(Row scores, MutableRow weights) {
  const ConstArray s(scores.data, scores.size);
  Array p(weights.data, weights.size);
  const float max = s.maxCoeff();
  if (max == -INFINITY) return p.setZero(), void();
  p = (s - max).exp();
  p *= 1 / p.sum();
}

/// Each row of S, n_q × n_k, becomes its causal weights: biases are added to what is seen, and what
/// is hidden becomes 0.
inline void causal_weights(Row by_distance, MutableMatrix S) {
  const Eigen::ArrayXf biases = ConstArray(by_distance.data, by_distance.size).reverse();
  for (int i = 0; i < S.rows; ++i) {
    const int seen = std::clamp(i + S.cols - S.rows + 1, 0, S.cols);
    Array(S[i].data + seen, S.cols - seen).setZero();
    if (seen == 0) continue;
    Array(S[i].data, seen) += biases.tail(seen);
    softmax_of_row({S[i].data, seen}, {S[i].data, seen});
  }
}

}  // namespace qkoan::peers

#endif
