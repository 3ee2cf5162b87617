/// @file
/// Lesson 14, our solution. Two ideas. Backwards through softmax needs each row twice, once for its
/// mean and once to subtract it, so dP is kept where G will be. And biases that depend on distances
/// need G only as sums along its diagonals: n_k numbers, from which the gradient of every parameter
/// follows, with one costly derivative per distance and not per pair.
#include "bias_gradients.hpp"

#include <algorithm>
#include <vector>

#include "simd.hpp"

using namespace simd;

void softmax_backward(Row p, Row dp, MutableRow g) {
  float mean = 0;
  for (int j = 0; j < p.size; ++j)
    if (p[j] != 0) mean += p[j] * dp[j];  // 0·NaN would be NaN
  for (int j = 0; j < p.size; ++j) g[j] = p[j] != 0 ? p[j] * (dp[j] - mean) : 0;
}

void scores_gradient(Matrix P, Matrix V, Matrix dO, MutableMatrix G) {
  for (int i = 0; i < P.rows; ++i) {
    for (int j = 0; j < P.cols; ++j) {
      float dp = 0;  // what attention of i to j would gain: dO[i]·V[j]
      for (int c = 0; c < V.cols; ++c) dp += dO[i][c] * V[j][c];
      G[i][j] = dp;
    }
    softmax_backward(P[i], G[i], G[i]);
  }
}

namespace {

constexpr int kLanes = vec<float>::size();

/// Σ G over the pairs of each distance 0 … n_k − 1.
/// Seen from its own key each row is the row before, so if row i is shifted to the right by as many
/// keys as its query stands before the last one, diagonals are columns:
///
///     row n_q−1    ├──────────────┤          distances n_k−1 … 0
///     row n_q−2      ├────────────┤          its key 0 is one closer
///
/// and columns are added a vector at a time.
std::vector<float> sums_by_distance(Matrix G) {
  std::vector<float> sum(G.cols);  // of distance n_k − 1 − c, in column c
  for (int i = 0; i < G.rows; ++i) {
    const int shift = G.rows - 1 - i, visible = G.cols - shift;
    for (int j = 0; j < visible; j += kLanes) {
      const vec<float> g = partial_load(G[i].data + j, visible - j);
      float* const column = sum.data() + shift + j;
      partial_store(g + partial_load(column, visible - j), column, visible - j);
    }
  }
  std::reverse(sum.begin(), sum.end());
  return sum;
}

}  // namespace

void table_gradient(Matrix G, Integers parameter_of_distance, MutableRow gradient) {
  const std::vector<float> sum = sums_by_distance(G);
  std::fill(gradient.begin(), gradient.end(), 0.0f);
  for (int distance = 0; distance < G.cols; ++distance) {
    const int r = parameter_of_distance[std::min(distance, parameter_of_distance.size - 1)];
    if (r >= 0) gradient[r] += sum[distance];
  }
}

float slope_gradient(Matrix G, int d, bool inside) {
  const std::vector<float> sum = sums_by_distance(G);
  float slope = 0;
  for (int distance = 1; distance < G.cols; ++distance)
    slope -= sum[distance] * static_cast<float>(distance);
  return inside ? slope / std::sqrt(static_cast<float>(d)) : slope;
}

void kerple_gradient(Matrix G, bool power, float r1, float r2, MutableRow gradient) {
  const std::vector<float> sum = sums_by_distance(G);
  float by_r1 = 0, by_r2 = 0;  // ∂b/∂r1 and ∂b/∂r2 are 0 at distance 0, where ln would be −∞
  for (int distance = 1; distance < G.cols; ++distance) {
    const float D = static_cast<float>(distance);
    const float b = power ? std::pow(D, r2) : std::log1p(r2 * D);  // −bias/r1
    by_r1 -= sum[distance] * b;
    by_r2 -= sum[distance] * (power ? b * std::log(D) : D / (1 + r2 * D));
  }
  gradient[0] = by_r1;
  gradient[1] = r1 * by_r2;
}

namespace {

// As in lesson 01: the sums, the values and one feature must fit into the registers together.
#if defined(__AVX512F__) || defined(__aarch64__)  // 32 registers: 8·3 + 3 + 1 = 28
constexpr int kQueries = 8, kVectors = 3;
#else  // 16 registers: 6·2 + 2 + 1 = 15
constexpr int kQueries = 6, kVectors = 2;
#endif
constexpr int kKeys = kVectors * kLanes;

/// One feature of kKeys values, so that lanes are keys and never meet: a NaN stays where it is.
struct alignas(kBytes) Feature {
  float of_key[kKeys];
};

/// packed[c].of_key[l] = V[j + l][c]                                packed: d_v × kKeys
void pack_values(Matrix V, int j, Feature* packed) {
  const int keys = std::min(kKeys, V.rows - j);
  for (int c = 0; c < V.cols; ++c)
    for (int l = 0; l < keys; ++l) packed[c].of_key[l] = V[j + l][c];
}

/// Whether any of these queries sees any of the keys j … j + kKeys.
bool any_seen(Matrix P, int i, int rows, int j) {
  vec<float> most = 0;
  for (int r = i; r < i + rows; ++r)
    for (int l = j; l < std::min(j + kKeys, P.cols); l += kLanes)
      most = max(most, partial_load(P[r].data + l, P.cols - l));
  return reduce_max(most) > 0;
}

/// dP[i .. i+rows)[j .. j+kKeys) = dO[i .. i+rows) · packed        (rows × d_v) · (d_v × kKeys)
template <int rows>
void product_block(Matrix dO, int i, const Feature* packed, int j, MutableMatrix dP) {
  vec<float> sum[rows][kVectors];
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) sum[r][v] = 0;

  for (int c = 0; c < dO.cols; ++c) {
    vec<float> values[kVectors];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) values[v] = unchecked_load(packed[c].of_key + v * kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) sum[r][v] += dO[i + r][c] * values[v];
  }

  const int keys = std::min(kKeys, dP.cols - j);
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r) {
    float products[kKeys];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) unchecked_store(sum[r][v], products + v * kLanes);
    std::copy_n(products, keys, &dP[i + r][j]);
  }
}

/// Task 1 in place: g holds dp, which may be anything where p is 0.
void softmax_backward_in_place(Row p, MutableRow g) {
  const int n = p.size;
  vec<float> sums = 0;  // every lane sums its own keys
  for (int j = 0; j < n; j += kLanes) {
    const vec<float> w = partial_load(p.data + j, n - j);
    sums += select(0 < w, w * partial_load(g.data + j, n - j), 0);
  }
  const float mean = reduce(sums);
  for (int j = 0; j < n; j += kLanes) {
    const vec<float> w = partial_load(p.data + j, n - j);
    const vec<float> dp = partial_load(g.data + j, n - j);
    partial_store(select(0 < w, w * (dp - mean), 0), g.data + j, n - j);
  }
}

}  // namespace

void scores_gradient_simd(Matrix P, Matrix V, Matrix dO, MutableMatrix G) {
  std::vector<Feature> packed(V.cols);
  for (int j = 0; j < V.rows; j += kKeys) {
    pack_values(V, j, packed.data());
    int i = 0;
    for (; i + kQueries <= P.rows; i += kQueries)  // under a causal mask half of the blocks is dark
      if (any_seen(P, i, kQueries, j)) product_block<kQueries>(dO, i, packed.data(), j, G);
    for (; i < P.rows; ++i)
      if (any_seen(P, i, 1, j)) product_block<1>(dO, i, packed.data(), j, G);
  }
  for (int i = 0; i < P.rows; ++i) softmax_backward_in_place(P[i], G[i]);
}
