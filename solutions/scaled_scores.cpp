/// @file
/// Lesson 01, our solution. Two ideas make the SIMD version fast; both do more arithmetic with each
/// number that is read.
///
/// 1. *One lane, one key.* So laid out, lanes never meet, and nothing is summed across them. It
/// wants
///    the keys transposed: one feature of many keys, side by side. Transposing a block of keys
///    costs about a cycle per number, once, and every query profits from it.
/// 2. *A block of sums that stays in registers.* A vector of keys, once loaded, serves kQueries
/// queries;
///    a feature of a query, once spread over all lanes, serves kVectors vectors of keys. And the
///    sums are independent of each other: a multiply-add takes 4 cycles before its sum can be used
///    again, but two can start in each cycle, so with fewer than 8 sums the processor would wait.
#include "scaled_scores.hpp"

#include <algorithm>
#include <vector>

#include "simd.hpp"

using namespace simd;

float dot(Row q, Row k) {
  float sum = 0;
  for (int c = 0; c < q.size; ++c) sum += q[c] * k[c];
  return sum;
}

float scaled_score(Row q, Row k) { return dot(q, k) / std::sqrt(static_cast<float>(q.size)); }

void scaled_scores(Matrix Q, Matrix K, MutableMatrix S) {
  for (int i = 0; i < Q.rows; ++i)
    for (int j = 0; j < K.rows; ++j) S[i][j] = scaled_score(Q[i], K[j]);
}

namespace {

// The sums, the keys and one feature of a query must fit into the registers together.
#if defined(__AVX512F__) || defined(__aarch64__)  // 32 registers: 8·3 + 3 + 1 = 28
constexpr int kQueries = 8, kVectors = 3;
#else  // 16 registers: 6·2 + 2 + 1 = 15
constexpr int kQueries = 6, kVectors = 2;
#endif
constexpr int kLanes = vec<float>::size();
constexpr int kKeys = kVectors * kLanes;

/// One feature of kKeys keys.
struct alignas(kBytes) Feature {
  float of_key[kKeys];
};

/// packed[c].of_key[l] = K[j + l][c]                                  packed: d × kKeys
/// Lanes behind the last key keep their old content; what they score is never stored.
void pack_keys(Matrix K, int j, Feature* packed) {
  const int keys = std::min(kKeys, K.rows - j);
  for (int c = 0; c < K.cols; ++c)
    for (int l = 0; l < keys; ++l) packed[c].of_key[l] = K[j + l][c];
}

/// S[i .. i+rows)[j .. j+kKeys) = scale · Q[i .. i+rows) · packed     (rows × d) · (d × kKeys)
template <int rows>
void score_block(Matrix Q, int i, const Feature* packed, int j, float scale, MutableMatrix S) {
  // The pragmas make the compiler write out the short loops; else -O2 keeps the sums in memory.
  vec<float> sum[rows][kVectors];
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) sum[r][v] = 0;

  for (int c = 0; c < Q.cols; ++c) {
    vec<float> keys[kVectors];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) keys[v] = unchecked_load(packed[c].of_key + v * kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) sum[r][v] += Q[i + r][c] * keys[v];
  }

  const int keys = std::min(kKeys, S.cols - j);
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r) {
    float scores[kKeys];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) unchecked_store(scale * sum[r][v], scores + v * kLanes);
    std::copy_n(scores, keys, &S[i + r][j]);
  }
}

}  // namespace

void scaled_scores_simd(Matrix Q, Matrix K, MutableMatrix S) {
  const float scale = 1 / std::sqrt(static_cast<float>(Q.cols));
  std::vector<Feature> packed(K.cols);
  for (int j = 0; j < K.rows; j += kKeys) {
    pack_keys(K, j, packed.data());
    int i = 0;
    for (; i + kQueries <= Q.rows; i += kQueries)
      score_block<kQueries>(Q, i, packed.data(), j, scale, S);
    for (; i < Q.rows; ++i) score_block<1>(Q, i, packed.data(), j, scale, S);
  }
}
