/// @file
/// Lesson 12, our solution: first the formula, then the same without ever holding more scores than one
/// tile has.
#include "attention.hpp"

namespace {

float scaled_score(Row q, Row k) {
  float sum = 0;
  for (int c = 0; c < q.size; ++c) sum += q[c] * k[c];
  return sum / std::sqrt(static_cast<float>(q.size));
}

/// What is known of a row after some of its keys, as in lesson 03.
struct Partial {
  float& max;
  float& sum;
  MutableRow output;

  void accumulate(float score, Row value) {
    if (score == -INFINITY) return;
    if (score > max) {
      const float scale = std::exp(max - score);  // 0 before the first key: e^−∞
      sum *= scale;
      for (float& o : output) o *= scale;
      max = score;
    }
    const float weight = std::exp(score - max);
    sum += weight;
    for (int c = 0; c < output.size; ++c) output[c] += weight * value[c];
  }

  /// A row that has seen no key is 0.
  void finish() {
    for (float& o : output) o = sum == 0 ? 0 : o / sum;
  }
};

}  // namespace

void attend(Row q, Matrix K, Matrix V, Row bias, MutableRow o) {
  std::vector<float> p(K.rows);
  float max = -INFINITY, sum = 0;
  for (int j = 0; j < K.rows; ++j) max = std::max(max, p[j] = scaled_score(q, K[j]) + bias[j]);
  std::fill(o.begin(), o.end(), 0.0f);
  if (max == -INFINITY) return;
  for (float& x : p) sum += x = std::exp(x - max);
  for (int j = 0; j < K.rows; ++j)
    for (int c = 0; c < o.size; ++c) o[c] += p[j] / sum * V[j][c];
}

void attention(Matrix Q, Matrix K, Matrix V, Matrix B, MutableMatrix O) {
  for (int i = 0; i < Q.rows; ++i) attend(Q[i], K, V, B[i], O[i]);
}

void attention_tile(Matrix Q, Matrix K, Matrix V, Matrix B, MutableRow max, MutableRow sum,
                    MutableMatrix O) {
  for (int i = 0; i < Q.rows; ++i) {
    Partial row{max[i], sum[i], O[i]};
    for (int j = 0; j < K.rows; ++j) row.accumulate(scaled_score(Q[i], K[j]) + B[i][j], V[j]);
  }
}

void fused_attention(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  std::fill_n(O.data, static_cast<long>(O.rows) * O.cols, 0.0f);
  for (int i = 0; i < Q.rows; ++i) {
    const int p = i + K.rows - Q.rows;
    float max = -INFINITY, sum = 0;
    Partial row{max, sum, O[i]};
    for (int j = 0; j <= p; ++j)
      row.accumulate(scaled_score(Q[i], K[j]) - slope * static_cast<float>(p - j), V[j]);
    row.finish();
  }
}

namespace {

/// The columns of one of several heads, as a matrix of their own.
std::vector<float> columns(Matrix M, int head, int heads) {
  const int d = M.cols / heads;
  std::vector<float> dense(static_cast<std::size_t>(M.rows) * d);
  for (int i = 0; i < M.rows; ++i)
    for (int c = 0; c < d; ++c) dense[i * d + c] = M[i][head * d + c];
  return dense;
}

}  // namespace

void grouped_attention(int heads, int kv_heads, Matrix Q, Matrix K, Matrix V, Row slopes,
                       MutableMatrix O) {
  const int d = Q.cols / heads, d_v = V.cols / kv_heads;
  for (int head = 0; head < heads; ++head) {
    const int group = head / (heads / kv_heads);
    const std::vector<float> q = columns(Q, head, heads), k = columns(K, group, kv_heads),
                             v = columns(V, group, kv_heads);
    std::vector<float> o(static_cast<std::size_t>(Q.rows) * d_v);
    fused_attention({q.data(), Q.rows, d}, {k.data(), K.rows, d}, {v.data(), V.rows, d_v},
                    slopes[head], {o.data(), Q.rows, d_v});
    for (int i = 0; i < O.rows; ++i)
      for (int c = 0; c < d_v; ++c) O[i][head * d_v + c] = o[i * d_v + c];
  }
}
