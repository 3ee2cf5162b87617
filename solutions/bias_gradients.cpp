/// @file
/// Lesson 14, our solution. Two ideas. Backwards through softmax needs each row twice, once for its
/// mean and once to subtract it, so dP is kept where G will be. And biases that depend on distances
/// need G only as sums along its diagonals: n_k numbers, from which the gradient of every parameter
/// follows, with one costly derivative per distance and not per pair.
#include "bias_gradients.hpp"

#include <algorithm>
#include <cstdint>
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

/// Σ G over the pairs of each distance 0 … n_k − 1. If every row is shifted to the right by as many
/// keys as its query stands before the last one, diagonals become columns,
///
///     row n_q−1    ├──────────────┤    keys 0 … n_k−1 at distances n_k−1 … 0
///     row n_q−2      ├────────────┤    keys 0 … n_k−2 at distances n_k−2 … 0
///
/// and columns are added a vector at a time. Queries before all keys have no such row.
/// @return  in column c the sum of distance n_k − 1 − c
std::vector<float> sums_by_distance(Matrix G) {
  std::vector<float> sum(G.cols);
  for (int i = std::max(0, G.rows - G.cols); i < G.rows; ++i) {
    const int shift = G.rows - 1 - i, visible = G.cols - shift;
    float* const column = sum.data() + shift;
    int j = 0;
    for (; j + kLanes <= visible; j += kLanes)
      unchecked_store(unchecked_load(column + j) + unchecked_load(&G[i][j]), column + j);
    for (; j < visible; ++j) column[j] += G[i][j];
  }
  return sum;
}

}  // namespace

void table_gradient(Matrix G, Integers parameter_of_distance, MutableRow gradient) {
  const std::vector<float> sum = sums_by_distance(G);
  std::fill(gradient.begin(), gradient.end(), 0.0f);
  for (int c = 0; c < G.cols; ++c) {
    const int distance = G.cols - 1 - c;
    const int r = parameter_of_distance[std::min(distance, parameter_of_distance.size - 1)];
    if (r >= 0) gradient[r] += sum[c];
  }
}

float slope_gradient(Matrix G, int d, bool inside) {
  const std::vector<float> sum = sums_by_distance(G);
  float slope = 0;
  for (int c = 0; c < G.cols - 1; ++c) slope -= sum[c] * static_cast<float>(G.cols - 1 - c);
  return inside ? slope / std::sqrt(static_cast<float>(d)) : slope;
}

void kerple_gradient(Matrix G, bool power, float r1, float r2, MutableRow gradient) {
  const std::vector<float> sum = sums_by_distance(G);
  float by_r1 = 0,
        by_r2 = 0;  // ∂b/∂r1 and ∂b/∂r2 are 0 at distance 0, where ln would be −∞
  for (int c = 0; c < G.cols - 1; ++c) {
    const float D = static_cast<float>(G.cols - 1 - c);            // ≥ 1
    const float b = power ? std::pow(D, r2) : std::log1p(r2 * D);  // −bias/r1
    by_r1 -= sum[c] * b;
    by_r2 -= sum[c] * (power ? b * std::log(D) : D / (1 + r2 * D));
  }
  gradient[0] = by_r1;
  gradient[1] = r1 * by_r2;
}

/// All that is learned needs three sums for each unit, of G, of G·z and of G·∂z/∂c over the pairs for
/// which it is on; weights are factors of whole sums. Distances are no diagonals here: behind L the
/// rod grows with the query. Logarithms still depend on one number each, so there are n_k of them.
void fire_gradient(Matrix G, Fire fire, FireGradient gradient) {
  const int h = fire.w1.size;
  std::vector<float> psi(G.cols), by_c(G.cols);  // ψ(D) and ∂ψ(D)/∂c
  for (int D = 0; D < G.cols; ++D) {
    const float x = static_cast<float>(D);
    psi[D] = std::log(fire.c * x + 1);
    by_c[D] = x / (fire.c * x + 1);
  }
  std::vector<float> sum(h), sum_z(h), sum_dz(h);
  float all = 0;
  for (int i = 0; i < G.rows; ++i) {
    const int p = i + G.cols - G.rows;
    const float R = std::max(fire.L, static_cast<float>(p));
    const float rod = std::log(fire.c * R + 1), rod_by_c = R / (fire.c * R + 1);
    for (int j = 0; j <= p; ++j) {
      const float z = psi[p - j] / rod;
      const float dz = (by_c[p - j] - z * rod_by_c) / rod;  // (ψ/rod)' = (ψ' − z·rod')/rod
      all += G[i][j];
      for (int k = 0; k < h; ++k) {
        if (fire.w1[k] * z + fire.b1[k] <= 0) continue;  // off: moving its weights moves nothing
        sum[k] += G[i][j];
        sum_z[k] += G[i][j] * z;
        sum_dz[k] += G[i][j] * dz;
      }
    }
  }
  *gradient.b2 = all;
  *gradient.c = 0;
  for (int k = 0; k < h; ++k) {
    gradient.w2[k] = fire.w1[k] * sum_z[k] + fire.b1[k] * sum[k];
    gradient.w1[k] = fire.w2[k] * sum_z[k];
    gradient.b1[k] = fire.w2[k] * sum[k];
    *gradient.c += fire.w2[k] * fire.w1[k] * sum_dz[k];
  }
}

namespace {

constexpr int kVectors = 4, kKeys = kVectors * kLanes;

/// packed[c·kKeys + l] = V[j + l][c]                                packed: d_v × kKeys
/// One lane, one key: lanes never meet, so a NaN of a hidden key stays where it is.
void pack_values(Matrix V, int j, float* packed) {
  const int keys = std::min(kKeys, V.rows - j);
  for (int c = 0; c < V.cols; ++c)
    for (int l = 0; l < keys; ++l) packed[c * kKeys + l] = V[j + l][c];
}

/// Whether one of two queries sees any of the keys j … j + kKeys; at the end of a row, it might.
bool any_seen(Row p, Row p_next, int j) {
  if (j + kKeys > p.size) return true;
  vec<float> weight = 0;  // of all these keys; none is negative
  for (int v = j; v < j + kKeys; v += kLanes)
    weight += unchecked_load(&p[v]) + unchecked_load(&p_next[v]);
  return reduce(weight) > 0;
}

/// Two queries: dP[j .. j+kKeys) = dO · packed for each.             (2 × d_v) · (d_v × kKeys)
/// Eight sums, none of which waits for another, keep a processor busy that starts two multiply-adds
/// in every cycle and needs 4 for each. They stay in registers, and each vector of values that is
/// loaded serves both queries.
void product_block(Row dO, Row dO_next, const float* packed, int j, MutableRow dP,
                   MutableRow dP_next) {
  vec<float> sum[kVectors], next[kVectors];
#pragma GCC unroll 4
  for (int v = 0; v < kVectors; ++v) sum[v] = next[v] = 0;
  for (int c = 0; c < dO.size; ++c)
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      const vec<float> values = unchecked_load(packed + c * kKeys + v * kLanes);
      sum[v] += dO[c] * values;
      next[v] += dO_next[c] * values;
    }

  float products[2][kKeys];
#pragma GCC unroll 4
  for (int v = 0; v < kVectors; ++v) {
    unchecked_store(sum[v], products[0] + v * kLanes);
    unchecked_store(next[v], products[1] + v * kLanes);
  }
  for (int l = 0; l < std::min(kKeys, dP.size - j); ++l) {
    dP[j + l] = products[0][l];
    dP_next[j + l] = products[1][l];
  }
}

/// Task 1 in place: g holds dp, which may be anything where p is 0.
void softmax_backward_in_place(Row p, MutableRow g) {
  const int n = p.size, whole = n - n % kLanes;
  vec<float> sums = 0;  // every lane sums its own keys
  for (int j = 0; j < whole; j += kLanes) {
    const vec<float> w = unchecked_load(&p[j]);
    sums += select(0 < w, w * unchecked_load(&g[j]), 0);
  }
  float mean = reduce(sums);
  for (int j = whole; j < n; ++j) mean += p[j] > 0 ? p[j] * g[j] : 0;

  for (int j = 0; j < whole; j += kLanes) {
    const vec<float> w = unchecked_load(&p[j]);
    unchecked_store(select(0 < w, w * (unchecked_load(&g[j]) - mean), 0), &g[j]);
  }
  for (int j = whole; j < n; ++j) g[j] = p[j] > 0 ? p[j] * (g[j] - mean) : 0;
}

}  // namespace

void scores_gradient_simd(Matrix P, Matrix V, Matrix dO, MutableMatrix G) {
  std::vector<float> memory(V.cols * kKeys + kLanes);
  float* packed = memory.data();
  while (reinterpret_cast<std::uintptr_t>(packed) % kBytes != 0) ++packed;  // vectors begin there
  for (int j = 0; j < V.rows; j += kKeys) {
    pack_values(V, j, packed);
    for (int i = 0; i < P.rows; i += 2) {
      const int next = std::min(i + 1, P.rows - 1);  // the last query may be computed twice
      if (any_seen(P[i], P[next], j))                // under a causal mask, half of them see none
        product_block(dO[i], dO[next], packed, j, G[i], G[next]);
    }
  }
  for (int i = 0; i < P.rows; ++i) softmax_backward_in_place(P[i], G[i]);
}
