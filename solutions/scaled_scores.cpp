/// @file
/// Lesson 01, our solution. Three ideas make the SIMD version fast; all do more arithmetic with each
/// number that is read.
///
/// 1. *One lane, one key.* So laid out, lanes never meet, and nothing is summed across them. It
///    wants the keys transposed: one feature of many keys, side by side. To transpose all keys costs
///    log₂(lanes) shuffles for each vector of them, once, and every query profits from it.
/// 2. *A block of sums that stays in registers.* A vector of keys, once loaded, serves kQueries
///    queries; a feature of a query, once spread over all lanes, serves kVectors vectors of keys.
///    And the sums are independent of each other: a multiply-add takes 4 cycles before its sum can
///    be used again, but two can start in each cycle, so with fewer than 8 sums the processor would
///    wait.
/// 3. *An order of blocks.* A block of keys, once in the level-1 cache, serves kGroup queries. More
///    at a time would write to too many rows of S: each lies in a page of its own, and the processor
///    knows only some dozens of those by heart.
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

// The sums, the keys and one feature of a query must fit into the registers together: of 32 they take
// 6·4 + 4 + 1 = 29, of 16 they take 6·2 + 2 + 1 = 15.
constexpr int kQueries = 6;
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kVectors = 4;
#else
constexpr int kVectors = 2;
#endif
constexpr int kGroup = 4 * kQueries;
constexpr int kLanes = vec<float>::size();
constexpr int kKeys = kVectors * kLanes;

/// keys[c][v] = scale · K[j + v·kLanes …][c], one key in each lane              d × kVectors
/// Lanes behind the last key are 0; what they score is never stored.
void pack_keys(Matrix K, int j, float scale, vec<float>* keys) {
  for (int v = 0; v < kVectors; ++v, j += kLanes) {
    for (int c = 0; c < K.cols; c += kLanes) {
      const int features = std::min(kLanes, K.cols - c);
      vec<float> square[kLanes];
      for (int r = 0; r < kLanes; ++r)
        square[r] = j + r < K.rows ? scale * partial_load(&K[j + r][c], features) : vec<float>(0);
      transpose(square);
      for (int r = 0; r < features; ++r) keys[(c + r) * kVectors + v] = square[r];
    }
  }
}

/// S[i … i+rows)[j … j+kKeys) = Q[i … i+rows) · keys                     (rows × d) · (d × kKeys)
template <int rows>
void score_block(Matrix Q, int i, const vec<float>* keys, int j, MutableMatrix S) {
  // The pragmas make the compiler write out the short loops; else -O2 keeps the sums in memory. The long
  // one is written out twice, which halves what it costs to count.
  vec<float> sum[rows][kVectors];
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sum[r][v] = 0;

  const long d = Q.cols;
  const float* q = Q[i].data;  // one pointer that moves on, not one for each query
#pragma GCC unroll 2
  for (int c = 0; c < d; ++c, ++q, keys += kVectors)
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sum[r][v] += q[r * d] * keys[v];

  const int left = S.cols - j;
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v)
      partial_store(sum[r][v], S[i + r].data + j + v * kLanes, left - v * kLanes);
}

}  // namespace

void scaled_scores_simd(Matrix Q, Matrix K, MutableMatrix S) {
  const float scale = 1 / std::sqrt(static_cast<float>(Q.cols));
  const int block = Q.cols * kVectors;  // vectors of one block of keys
  const int blocks = (K.rows + kKeys - 1) / kKeys;
  std::vector<vec<float>> packed(static_cast<std::size_t>(blocks) * block);
  for (int b = 0; b < blocks; ++b) pack_keys(K, b * kKeys, scale, &packed[b * block]);

  for (int first = 0; first < Q.rows; first += kGroup) {
    const int end = std::min(first + kGroup, Q.rows);
    for (int b = 0; b < blocks; ++b) {
      int i = first;
      for (; i + kQueries <= end; i += kQueries)
        score_block<kQueries>(Q, i, &packed[b * block], b * kKeys, S);
      for (; i < end; ++i) score_block<1>(Q, i, &packed[b * block], b * kKeys, S);
    }
  }
}
