/// @file
/// A peer: what Eigen's matrix products and vector functions make of the contracts.

#include <Eigen/Core>
#include <cmath>

#include "benchmarks/peers/by_distance.hpp"
#include "benchmarks/peers/eigen_rows.hpp"
#include "benchmarks/peers/peer.hpp"
#include "exercises/attention_kernel.hpp"
#include "exercises/attention_weights.hpp"
#include "exercises/scaled_scores.hpp"

using namespace qkoan::peers;

namespace {

using Dense = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::Map<const Dense> map(Matrix m) { return {m.data, m.rows, m.cols}; }
Eigen::Map<Dense> map(MutableMatrix m) { return {m.data, m.rows, m.cols}; }

}  // namespace

const char* qkoan_about() {
  static const std::string about =
      "Eigen " + version(EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION);
  return about.c_str();
}

void scaled_scores_simd(Matrix Q, Matrix K, MutableMatrix S) {
  const float scale = 1 / std::sqrt(static_cast<float>(Q.cols));
  map(S).noalias() = scale * map(Q) * map(K).transpose();
}

void exp_simd(Row x, MutableRow y) { Array(y.data, y.size) = ConstArray(x.data, x.size).exp(); }

void softmax_simd(Row scores, MutableRow weights) { softmax_of_row(scores, weights); }

/// All scores are held: n_q × n_k.
void biased_attention_simd(Matrix Q, Matrix K, Matrix V, Row by_distance, MutableMatrix O) {
  const FlushToZero flush;
  const MutableMatrix S{workspace(Q.rows, K.rows), Q.rows, K.rows};
  scaled_scores_simd(Q, K, S);
  causal_weights(by_distance, S);
  map(O).noalias() = map(S) * map(V);
}

void fused_attention_simd(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  const std::vector<float> biases = alibi(slope, K.rows);
  biased_attention_simd(Q, K, V, {biases.data(), K.rows}, O);
}
