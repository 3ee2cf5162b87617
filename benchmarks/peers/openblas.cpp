/// @file
/// A peer: OpenBLAS's matrix products on one thread, with Eigen's exponential between them. (On
/// processors that it does not know, the variable OPENBLAS_CORETYPE names one that they are like.)

#include <cblas.h>

#include <Eigen/Core>
#include <cmath>

#include "exercises/attention.hpp"
#include "exercises/scaled_scores.hpp"

namespace {

[[maybe_unused]] const int one_thread = (openblas_set_num_threads(1), 1);

}  // namespace

void scaled_scores_simd(Matrix Q, Matrix K, MutableMatrix S) {
  const float scale = 1 / std::sqrt(static_cast<float>(Q.cols));
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, Q.rows, K.rows, Q.cols, scale, Q.data,
              Q.cols, K.data, K.cols, 0, S.data, S.cols);
}

/// All scores are held: n_q × n_k.
void fused_attention_simd(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  std::vector<float> scores(static_cast<std::size_t>(Q.rows) * K.rows);
  const MutableMatrix S{scores.data(), Q.rows, K.rows};
  scaled_scores_simd(Q, K, S);
  const Eigen::ArrayXf positions =
      Eigen::ArrayXf::LinSpaced(K.rows, 0, static_cast<float>(K.rows - 1));
  for (int i = 0; i < Q.rows; ++i) {
    const int p = i + K.rows - Q.rows, seen = std::clamp(p + 1, 0, K.rows);
    Eigen::Map<Eigen::ArrayXf> row(S[i].data, K.rows);
    row.tail(K.rows - seen).setZero();
    if (seen == 0) continue;
    auto s = row.head(seen);
    s += slope * (positions.head(seen) - static_cast<float>(p));
    s = (s - s.maxCoeff()).exp();
    s *= 1 / s.sum();
  }
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, Q.rows, V.cols, K.rows, 1, S.data, S.cols,
              V.data, V.cols, 0, O.data, O.cols);
}
