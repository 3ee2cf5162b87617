/// @file
/// A peer: what Eigen's matrix products and vector functions make of the contracts.

#include <Eigen/Core>
#include <cmath>

#include "exercises/attention.hpp"
#include "exercises/attention_weights.hpp"
#include "exercises/scaled_scores.hpp"

namespace {

using Dense = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::Map<const Dense> map(Matrix m) { return {m.data, m.rows, m.cols}; }
Eigen::Map<Dense> map(MutableMatrix m) { return {m.data, m.rows, m.cols}; }

}  // namespace

void scaled_scores_simd(Matrix Q, Matrix K, MutableMatrix S) {
  const float scale = 1 / std::sqrt(static_cast<float>(Q.cols));
  map(S).noalias() = scale * map(Q) * map(K).transpose();
}

void exp_simd(Row x, MutableRow y) {
  Eigen::Map<Eigen::ArrayXf>(y.data, y.size) =
      Eigen::Map<const Eigen::ArrayXf>(x.data, x.size).exp();
}

void softmax_simd(Row scores, MutableRow weights) {
  const Eigen::Map<const Eigen::ArrayXf> s(scores.data, scores.size);
  Eigen::Map<Eigen::ArrayXf> p(weights.data, weights.size);
  const float max = s.maxCoeff();
  if (max == -INFINITY) return p.setZero(), void();
  p = (s - max).exp();
  p *= 1 / p.sum();
}

/// All scores are held: n_q × n_k.
void fused_attention_simd(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  Dense S(Q.rows, K.rows);
  scaled_scores_simd(Q, K, {S.data(), Q.rows, K.rows});
  const Eigen::ArrayXf positions =
      Eigen::ArrayXf::LinSpaced(K.rows, 0, static_cast<float>(K.rows - 1));
  for (int i = 0; i < Q.rows; ++i) {
    const int p = i + K.rows - Q.rows, seen = std::clamp(p + 1, 0, K.rows);
    Eigen::Map<Eigen::ArrayXf> row(S.row(i).data(), K.rows);
    row.tail(K.rows - seen).setZero();
    if (seen == 0) continue;
    auto s = row.head(seen);
    s += slope * (positions.head(seen) - static_cast<float>(p));
    s = (s - s.maxCoeff()).exp();
    s *= 1 / s.sum();
  }
  map(O).noalias() = S * map(V);
}
