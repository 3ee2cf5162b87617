/// @file
/// Lesson 06, our solution. A row of biases is a ramp that climbs to 0 at the query's own key; the
/// future is a second ramp down, or hidden. Ramps are what vectors do best: the distances of the
/// lanes are consecutive whole numbers, so no distance is loaded, and none is computed twice.
#include "alibi.hpp"

#include <algorithm>
#include <bit>

#include "simd.hpp"

using namespace simd;

void alibi_slopes(int heads, int first, MutableRow slopes) {
  const int c = static_cast<int>(std::bit_floor(static_cast<unsigned>(heads)));
  for (int i = 0; i < slopes.size; ++i) {
    const int h = first + i;  // among the heads of the whole model
    const int numerator = h < c ? 8 * (h + 1) : 4 * (2 * (h - c) + 1);
    // The quotient is exact, c being a power of two; and exp2 of a whole number is exact, too.
    slopes[i] = std::exp2(-static_cast<float>(numerator) / static_cast<float>(c));
  }
}

namespace {

constexpr int kLanes = vec<float>::size();

/// The position of query i among the keys: the last query stands at the last key.
int position(int i, MutableMatrix M) { return i + M.cols - M.rows; }

/// Keys 0 … visible−1 of a row count, of which keys 0 … past−1 are the past or the query's own.
struct Runs {
  int past, visible;
};

Runs runs(int position, bool bidirectional, int n_k) {
  const int past = std::clamp(position + 1, 0, n_k);
  return {past, bidirectional ? n_k : past};
}

}  // namespace

void alibi_row(float slope, int position, bool bidirectional, MutableRow bias) {
  const auto [past, visible] = runs(position, bidirectional, bias.size);
  for (int j = 0; j < past; ++j) bias[j] = -slope * static_cast<float>(position - j);
  for (int j = past; j < visible; ++j) bias[j] = -slope * static_cast<float>(j - position);
  for (int j = visible; j < bias.size; ++j) bias[j] = -INFINITY;
}

/// There are only n_q + n_k − 1 offsets. The line of their biases is the row of the last query,
/// prolonged to the right by n_q − 1 keys; every query before it stands one key further left, so
/// its row is a window of the line that begins one further right.
void alibi_bias(float slope, bool bidirectional, MutableMatrix B) {
  std::vector<float> line(B.rows + B.cols - 1);
  alibi_row(slope, B.cols - 1, bidirectional, {line.data(), static_cast<int>(line.size())});
  for (int i = 0; i < B.rows; ++i) std::copy_n(line.data() + (B.rows - 1 - i), B.cols, B[i].data);
}

void alibi_key_only(Row slopes, MutableMatrix K) {
  for (int h = 0; h < K.rows; ++h)
    for (int j = 0; j < K.cols; ++j) K[h][j] = slopes[h] * static_cast<float>(j);
}

void add_alibi(float slope, bool bidirectional, MutableMatrix S) {
  for (int i = 0; i < S.rows; ++i) {
    const int p = position(i, S);
    const auto [past, visible] = runs(p, bidirectional, S.cols);
    for (int j = 0; j < past; ++j) S[i][j] -= slope * static_cast<float>(p - j);
    for (int j = past; j < visible; ++j) S[i][j] -= slope * static_cast<float>(j - p);
    for (int j = visible; j < S.cols; ++j) S[i][j] = -INFINITY;
  }
}

namespace {

/// x[c] += slope·(begin + c) for all n elements. Whole numbers below 2²⁴ are exact as floats, so
/// that a vector of them may count on in floats: begin + c is never rounded.
inline void add_ramp(float slope, int begin, float* x, int n) {
  vec<float> step = iota<float>() + static_cast<float>(begin);
  int c = 0;
  for (; c + kLanes <= n; c += kLanes, step += kLanes)
    unchecked_store(unchecked_load(x + c) + slope * step, x + c);
  if (c < n) partial_store(partial_load(x + c, n - c) + slope * step, x + c, n - c);
}

/// Hides n scores. (std::fill would write one at a time: -O2 leaves its loop as it is.)
inline void hide(float* x, int n) {
  for (int c = 0; c < n; c += kLanes) partial_store(vec<float>(-INFINITY), x + c, n - c);
}

}  // namespace

void add_alibi_simd(float slope, bool bidirectional, MutableMatrix S) {
  for (int i = 0; i < S.rows; ++i) {
    const int p = position(i, S);
    const auto [past, visible] = runs(p, bidirectional, S.cols);
    float* const row = S[i].data;
    add_ramp(slope, -p, row, past);                          // m·(j − p), up to 0
    add_ramp(-slope, past - p, row + past, visible - past);  // −m·(j − p), down again
    hide(row + visible, S.cols - visible);
  }
}
