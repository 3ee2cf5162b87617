#ifndef QKOAN_TESTS_MUTANTS_ATTENTION_PLAIN_HPP
#define QKOAN_TESTS_MUTANTS_ATTENTION_PLAIN_HPP
/// @file
/// Attention in small and plain pieces, of which the mutants of lessons 12 and 16 are made.

#include <functional>

#include "exercises/qkoan.hpp"

namespace plain {

inline float score(Row q, Row k) {
  float sum = 0;
  for (int c = 0; c < q.size; ++c) sum += q[c] * k[c];
  return sum / std::sqrt(static_cast<float>(q.size));
}

/// Weights of scores; all 0 if nothing is seen.
inline std::vector<float> softmax(std::vector<float> s) {
  const float max = *std::max_element(s.begin(), s.end());
  float sum = 0;
  for (float& x : s) sum += x = max == -INFINITY ? 0 : std::exp(x - max);
  for (float& x : s) x = sum == 0 ? 0 : x / sum;
  return s;
}

inline void weigh(const std::vector<float>& p, Matrix V, MutableRow o) {
  std::fill(o.begin(), o.end(), 0.0f);
  for (int j = 0; j < V.rows; ++j)
    for (int c = 0; c < o.size; ++c) o[c] += p[j] * V[j][c];
}

/// One query, its scores by a function of the key.
template <class Score>
void attend_by(Matrix V, MutableRow o, Score s) {
  std::vector<float> scores(V.rows);
  for (int j = 0; j < V.rows; ++j) scores[j] = s(j);
  weigh(softmax(scores), V, o);
}

/// All queries, their scores by a function of query and key.
template <class Score>
void all(Matrix V, MutableMatrix O, Score s) {
  for (int i = 0; i < O.rows; ++i) attend_by(V, O[i], [&](int j) { return s(i, j); });
}

/// All queries of a causal model, biases by a function of the distance.
template <class Bias>
void causal(Matrix Q, Matrix K, Matrix V, MutableMatrix O, Bias bias) {
  all(V, O, [&](int i, int j) {
    const int distance = i + K.rows - Q.rows - j;
    return distance < 0 ? -INFINITY : score(Q[i], K[j]) + bias(distance);
  });
}

using Alibi = std::function<float(int)>;

inline Alibi alibi(float slope) {
  return [slope](int distance) { return -slope * static_cast<float>(distance); };
}

/// One key more for one query.
inline void accumulate(float s, Row v, float& max, float& sum, MutableRow o) {
  if (s == -INFINITY) return;
  const float now = std::max(max, s), scale = std::exp(max - now), weight = std::exp(s - now);
  sum = sum * scale + weight;
  for (int c = 0; c < o.size; ++c) o[c] = o[c] * scale + weight * v[c];
  max = now;
}

/// Of a row that was summed key by key: a query that has seen no key is 0.
inline void divide(MutableRow o, float sum) {
  for (float& x : o) x = sum == 0 ? 0 : x / sum;
}

/// All keys of a part for all queries, by a function that takes in one.
template <class Accumulate>
void tile(Matrix Q, Matrix K, Matrix V, Matrix B, MutableRow max, MutableRow sum, MutableMatrix O,
          Accumulate take) {
  for (int i = 0; i < Q.rows; ++i)
    for (int j = 0; j < K.rows; ++j) take(score(Q[i], K[j]) + B[i][j], V[j], max[i], sum[i], O[i]);
}

}  // namespace plain

#endif
