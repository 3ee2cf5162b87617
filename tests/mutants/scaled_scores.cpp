/// @file
/// Lesson 01: what goes wrong with scores, and what may differ and is right.

#include "exercises/scaled_scores.hpp"

#include <algorithm>
#include <vector>

#include "tests/support/mutants.hpp"

// ---- The plain and right implementation ---------------------------------------------------------

float dot(Row q, Row k) {
  float sum = 0;
  for (int c = 0; c < q.size; ++c) sum += q[c] * k[c];
  return sum;
}

float scaled_score(Row q, Row k) { return dot(q, k) / std::sqrt(static_cast<float>(q.size)); }

void scaled_scores(Matrix Q, Matrix K, MutableMatrix S) {
  for (int i = 0; i < Q.rows; ++i) {
    for (int j = 0; j < K.rows; ++j) S[i][j] = scaled_score(Q[i], K[j]);
  }
}

void scaled_scores_simd(Matrix Q, Matrix K, MutableMatrix S) { scaled_scores(Q, K, S); }

namespace {

float root(int d) { return std::sqrt(static_cast<float>(d)); }

/// Every score of the matrix by a function of query, key and the sizes.
template <class Score>
void fill(Matrix Q, Matrix K, MutableMatrix S, Score score) {
  for (int i = 0; i < Q.rows; ++i) {
    for (int j = 0; j < K.rows; ++j) S[i][j] = score(i, j);
  }
}

}  // namespace

// ---- Bugs of the dot product --------------------------------------------------------------------

QKOAN_BUG(float, dot, drops_last_element, "the last element is left out")
(Row q, Row k) { return dot({q.data, q.size - 1}, {k.data, k.size - 1}); }

QKOAN_BUG(float, dot, drops_tail, "the elements behind the last full group of four are left out")
(Row q, Row k) { return dot({q.data, q.size / 4 * 4}, {k.data, k.size / 4 * 4}); }

QKOAN_BUG(float, dot, first_element_only, "only the first element of the key is read")
(Row q, Row k) {
  float sum = 0;
  for (int c = 0; c < q.size; ++c) sum += q[c] * k[0];
  return sum;
}

QKOAN_BUG(float, dot, adds_instead, "the elements are added where they should be multiplied")
(Row q, Row k) {
  float sum = 0;
  for (int c = 0; c < q.size; ++c) sum += q[c] + k[c];
  return sum;
}

QKOAN_BUG(float, dot, magnitudes, "the signs are lost: magnitudes are summed")
(Row q, Row k) {
  float sum = 0;
  for (int c = 0; c < q.size; ++c) sum += std::fabs(q[c] * k[c]);
  return sum;
}

QKOAN_BUG(float, dot, reversed_key, "the key is read backwards")
(Row q, Row k) {
  float sum = 0;
  for (int c = 0; c < q.size; ++c) sum += q[c] * k[k.size - 1 - c];
  return sum;
}

QKOAN_BUG(float, dot, whole_sum, "the sum is kept in an int, and the fractions are cut off")
(Row q, Row k) {
  int sum = 0;
  for (int c = 0; c < q.size; ++c) sum += static_cast<int>(q[c] * k[c]);
  return static_cast<float>(sum);
}

QKOAN_BUG(float, dot, bfloat16_sum, "the sum is kept with the 8 bits of a bfloat16")
(Row q, Row k) {
  float sum = 0;
  for (int c = 0; c < q.size; ++c) {
    sum += q[c] * k[c];
    const float shifted = sum * 65537.0f;  // Veltkamp: keep the upper 8 bits
    sum = shifted - (shifted - sum);
  }
  return sum;
}

QKOAN_BUG(float, dot, uninitialised_neighbour, "one element too many is read")
(Row q, Row k) { return dot({q.data, q.size + 1}, {k.data, k.size + 1}); }

// ---- Bugs of the score --------------------------------------------------------------------------

QKOAN_BUG(float, scaled_score, forgets_scale, "the scale 1/√d is missing")
(Row q, Row k) { return dot(q, k); }

QKOAN_BUG(float, scaled_score, divides_by_d, "the sum is divided by d instead of √d")
(Row q, Row k) { return dot(q, k) / static_cast<float>(q.size); }

QKOAN_BUG(float, scaled_score, multiplies_by_root, "the sum is multiplied by √d instead of divided")
(Row q, Row k) { return dot(q, k) * root(q.size); }

QKOAN_BUG(float, scaled_score, fixed_64, "the scale is always 1/8, as if d were 64")
(Row q, Row k) { return dot(q, k) / 8; }

QKOAN_BUG(float, scaled_score, whole_root, "√d is cut to a whole number")
(Row q, Row k) { return dot(q, k) / static_cast<float>(static_cast<int>(root(q.size))); }

QKOAN_BUG(float, scaled_score, normalises_vectors,
          "the vectors are normalised: a cosine, not a score")
(Row q, Row k) {
  const float lengths = std::sqrt(dot(q, q)) * std::sqrt(dot(k, k));
  return lengths == 0 ? 0 : dot(q, k) / lengths;
}

QKOAN_BUG(float, scaled_score, epsilon_in_scale, "10⁻⁶ is added to √d, a guard that nothing needs")
(Row q, Row k) { return dot(q, k) / (root(q.size) + 1e-6f); }

// ---- Bugs of the matrix -------------------------------------------------------------------------

QKOAN_BUG(void, scaled_scores, scale_of_keys, "the scale is that of the number of keys, √n_k")
(Matrix Q, Matrix K, MutableMatrix S) {
  fill(Q, K, S, [&](int i, int j) { return dot(Q[i], K[j]) / root(K.rows); });
}

QKOAN_BUG(void, scaled_scores, transposed, "the matrix is stored transposed, S[j][i]")
(Matrix Q, Matrix K, MutableMatrix S) {
  for (int i = 0; i < Q.rows; ++i) {
    for (int j = 0; j < K.rows; ++j) S.data[j * Q.rows + i] = scaled_score(Q[i], K[j]);
  }
}

QKOAN_BUG(void, scaled_scores, square, "as many keys as queries are taken for granted")
(Matrix Q, Matrix K, MutableMatrix S) {
  for (int i = 0; i < Q.rows; ++i) {
    for (int j = 0; j < std::min(Q.rows, K.rows); ++j) S[i][j] = scaled_score(Q[i], K[j]);
  }
}

QKOAN_BUG(void, scaled_scores, accumulates, "the score is added to what the output held before")
(Matrix Q, Matrix K, MutableMatrix S) {
  fill(Q, K, S, [&](int i, int j) { return S[i][j] + scaled_score(Q[i], K[j]); });
}

QKOAN_BUG(void, scaled_scores, query_reused, "every row is computed from the first query")
(Matrix Q, Matrix K, MutableMatrix S) {
  fill(Q, K, S, [&](int, int j) { return scaled_score(Q[0], K[j]); });
}

QKOAN_BUG(void, scaled_scores, scales_the_input, "the queries are scaled where they lie")
(Matrix Q, Matrix K, MutableMatrix S) {
  for (int e = 0; e < Q.rows * Q.cols; ++e) const_cast<float*>(Q.data)[e] /= root(Q.cols);
  fill(Q, K, S, [&](int i, int j) { return dot(Q[i], K[j]); });
}

QKOAN_BUG(void, scaled_scores, remembers_size, "√d is computed once and kept for all later calls")
(Matrix Q, Matrix K, MutableMatrix S) {
  static const float kept = root(Q.cols);
  fill(Q, K, S, [&](int i, int j) { return dot(Q[i], K[j]) / kept; });
}

// ---- Bugs that SIMD brings ----------------------------------------------------------------------

QKOAN_BUG(void, scaled_scores_simd, overreads_tail,
          "the tail is padded to whole vectors with what lies behind the row")
(Matrix Q, Matrix K, MutableMatrix S) {
  const int padded = (Q.cols + 3) / 4 * 4;
  fill(Q, K, S,
       [&](int i, int j) { return dot({Q[i].data, padded}, {K[j].data, padded}) / root(Q.cols); });
}

QKOAN_BUG(void, scaled_scores_simd, misses_tail,
          "the elements of d behind the last full vector of eight are left out")
(Matrix Q, Matrix K, MutableMatrix S) {
  const int whole = Q.cols / 8 * 8;
  fill(Q, K, S,
       [&](int i, int j) { return dot({Q[i].data, whole}, {K[j].data, whole}) / root(Q.cols); });
}

QKOAN_BUG(void, scaled_scores_simd, misses_last_keys,
          "the keys behind the last full block of four are left out")
(Matrix Q, Matrix K, MutableMatrix S) {
  for (int i = 0; i < Q.rows; ++i) {
    for (int j = 0; j < K.rows / 4 * 4; ++j) S[i][j] = scaled_score(Q[i], K[j]);
  }
}

QKOAN_BUG(void, scaled_scores_simd, buffer_of_128,
          "a buffer of 128 elements is taken to hold any d")
(Matrix Q, Matrix K, MutableMatrix S) {
  const int d = std::min(Q.cols, 128);
  fill(Q, K, S, [&](int i, int j) { return dot({Q[i].data, d}, {K[j].data, d}) / root(Q.cols); });
}

// ---- Correct variants ---------------------------------------------------------------------------

QKOAN_VARIANT(float, dot, backwards, "sums from the last element to the first")
(Row q, Row k) {
  float sum = 0;
  for (int c = q.size - 1; c >= 0; --c) sum += q[c] * k[c];
  return sum;
}

namespace {
float pairwise_sum(Row q, Row k) {
  if (q.size == 1) return q[0] * k[0];
  const int half = q.size / 2;
  return pairwise_sum({q.data, half}, {k.data, half}) +
         pairwise_sum({q.data + half, q.size - half}, {k.data + half, k.size - half});
}
}  // namespace

QKOAN_VARIANT(float, dot, pairwise, "sums in pairs of pairs")
(Row q, Row k) { return pairwise_sum(q, k); }

QKOAN_VARIANT(float, dot, fused, "one fused multiply-add per element")
(Row q, Row k) {
  float sum = 0;
  for (int c = 0; c < q.size; ++c) sum = std::fma(q[c], k[c], sum);
  return sum;
}

QKOAN_VARIANT(float, dot, in_double, "sums in double and rounds once")
(Row q, Row k) {
  double sum = 0;
  for (int c = 0; c < q.size; ++c) sum += static_cast<double>(q[c]) * k[c];
  return static_cast<float>(sum);
}

QKOAN_VARIANT(float, dot, eight_sums, "eight interleaved sums, as SIMD has them")
(Row q, Row k) {
  float sums[8] = {};
  for (int c = 0; c < q.size; ++c) sums[c % 8] += q[c] * k[c];
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

QKOAN_VARIANT(float, dot, sorted, "adds the products by magnitude, the largest first")
(Row q, Row k) {
  std::vector<float> products;
  for (int c = 0; c < q.size; ++c) products.push_back(q[c] * k[c]);
  std::sort(products.begin(), products.end(),
            [](float a, float b) { return std::fabs(a) > std::fabs(b); });
  float sum = 0;
  for (const float p : products) sum += p;
  return sum;
}

QKOAN_VARIANT(float, dot, compensated, "carries the rounding errors along (Kahan)")
(Row q, Row k) {
  float sum = 0, lost = 0;
  for (int c = 0; c < q.size; ++c) {
    const float term = q[c] * k[c] - lost;
    const float next = sum + term;
    lost = (next - sum) - term;
    sum = next;
  }
  return sum;
}

QKOAN_VARIANT(float, scaled_score, scales_query, "scales the query before the sum")
(Row q, Row k) {
  const float scale = 1 / root(q.size);
  float sum = 0;
  for (int c = 0; c < q.size; ++c) sum += (q[c] * scale) * k[c];
  return sum;
}

QKOAN_VARIANT(float, scaled_score, splits_scale, "multiplies query and key by d^(−1/4) each")
(Row q, Row k) {
  const float scale = std::pow(static_cast<float>(q.size), -0.25f);
  float sum = 0;
  for (int c = 0; c < q.size; ++c) sum += (q[c] * scale) * (k[c] * scale);
  return sum;
}

QKOAN_VARIANT(float, scaled_score, reciprocal, "multiplies by the rounded 1/√d")
(Row q, Row k) { return dot(q, k) * (1 / root(q.size)); }

QKOAN_VARIANT(void, scaled_scores, keys_outside, "walks over the keys first, column by column")
(Matrix Q, Matrix K, MutableMatrix S) {
  for (int j = 0; j < K.rows; ++j) {
    for (int i = 0; i < Q.rows; ++i) S[i][j] = scaled_score(Q[i], K[j]);
  }
}

QKOAN_VARIANT(void, scaled_scores_simd, outer_products,
              "adds up outer products, one per element of d")
(Matrix Q, Matrix K, MutableMatrix S) {
  fill(Q, K, S, [](int, int) { return 0.0f; });
  for (int c = 0; c < Q.cols; ++c) {
    fill(Q, K, S, [&](int i, int j) { return S[i][j] + Q[i][c] * K[j][c]; });
  }
  fill(Q, K, S, [&](int i, int j) { return S[i][j] / root(Q.cols); });
}
