/// @file
/// Lesson 16: what goes wrong with kernels of attention, and what may differ and is right.

#include "exercises/attention_kernel.hpp"

#include "tests/mutants/attention_plain.hpp"
#include "tests/support/mutants.hpp"

using namespace plain;

// ---- The plain and right implementation ---------------------------------------------------------

namespace {

/// ψ and f of lesson 09.
float psi(float c, float x) { return std::log(c * x + 1); }

float network_of(Fire fire, float z) {
  float sum = fire.b2;
  for (int k = 0; k < fire.w1.size; ++k)
    sum += fire.w2[k] * std::max(fire.w1[k] * z + fire.b1[k], 0.0f);
  return sum;
}

/// What FIRE divides by at position p.
float rod(Fire fire, int p) { return psi(fire.c, std::max(fire.L, static_cast<float>(p))); }

/// FIRE's bias, a function of the query's and the key's position.
auto by_share(Fire fire) {
  return [=](int p, int j) {
    return network_of(fire, psi(fire.c, static_cast<float>(p - j)) / rod(fire, p));
  };
}

/// All queries of a causal model, biases by a function of the query's and the key's position.
template <class Bias>
void by_positions(Matrix Q, Matrix K, Matrix V, MutableMatrix O, Bias bias) {
  all(V, O, [&](int i, int j) {
    const int p = i + K.rows - Q.rows;
    return j > p ? -INFINITY : score(Q[i], K[j]) + bias(p, j);
  });
}

/// A bias of the distance as one of positions.
template <class Bias>
auto by_distance_of(Bias bias) {
  return [=](int p, int j) { return bias(p - j); };
}

/// FIRE with another rod, a function of the query's position.
template <class Rod>
void with_rod(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O, Rod other) {
  by_positions(Q, K, V, O, [&](int p, int j) {
    return network_of(fire, psi(fire.c, static_cast<float>(p - j)) / other(p));
  });
}

/// FIRE with another network, a function of z.
template <class Network>
void with_network(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O, Network f) {
  by_positions(Q, K, V, O, [&](int p, int j) {
    return f(psi(fire.c, static_cast<float>(p - j)) / rod(fire, p));
  });
}

/// FIRE with another function of each hidden unit's w1·z + b1, its number and z.
template <class Unit>
void with_units(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O, Unit unit) {
  with_network(Q, K, V, fire, O, [&](float z) {
    float sum = fire.b2;
    for (int k = 0; k < fire.w1.size; ++k)
      sum += fire.w2[k] * unit(fire.w1[k] * z + fire.b1[k], k, z);
    return sum;
  });
}

/// Whether a unit changes between 0 and 1.
bool has_knot(Fire fire, int k) {
  const float w = fire.w1[k], b = fire.b1[k];
  return (w < 0 ? b > 0 : b < 0) && std::fabs(b) < std::fabs(w);
}

/// All queries of a causal model, in tiles of 16 keys, biases as in by_positions.
template <class Bias>
void by_tiles(Matrix Q, Matrix K, Matrix V, MutableMatrix O, Bias bias) {
  std::vector<float> max(Q.rows, -INFINITY), sum(Q.rows), B(Q.rows * 16);
  std::fill_n(O.data, O.rows * O.cols, 0.0f);
  for (int first = 0; first < K.rows; first += 16) {
    const int keys = std::min(16, K.rows - first);
    for (int e = 0; e < Q.rows * keys; ++e) {
      const int p = e / keys + K.rows - Q.rows, j = first + e % keys;
      B[e] = j > p ? -INFINITY : bias(p, j);
    }
    tile(Q, {K[first].data, keys, K.cols}, {V[first].data, keys, V.cols}, {B.data(), Q.rows, keys},
         {max.data(), Q.rows}, {sum.data(), Q.rows}, O, accumulate);
  }
  for (int i = 0; i < Q.rows; ++i) divide(O[i], sum[i]);
}

/// All queries of a causal model, one key after the other, from the last to the first.
template <class Bias>
void backwards(Matrix Q, Matrix K, Matrix V, MutableMatrix O, Bias bias) {
  std::fill_n(O.data, O.rows * O.cols, 0.0f);
  for (int i = 0; i < Q.rows; ++i) {
    const int p = i + K.rows - Q.rows;
    float max = -INFINITY, sum = 0;
    for (int j = p; j >= 0; --j) accumulate(score(Q[i], K[j]) + bias(p, j), V[j], max, sum, O[i]);
    divide(O[i], sum);
  }
}

/// Exponentials of scores from which nothing is subtracted.
template <class Bias>
void without_maximum(Matrix Q, Matrix K, Matrix V, MutableMatrix O, Bias bias) {
  for (int i = 0; i < Q.rows; ++i) {
    const int p = i + K.rows - Q.rows;
    std::vector<float> weights(K.rows);
    float sum = 0;
    for (int j = 0; j <= p; ++j) sum += weights[j] = std::exp(score(Q[i], K[j]) + bias(p, j));
    divide({weights.data(), K.rows}, sum);
    weigh(weights, V, O[i]);
  }
}

/// What a function of the contract does, and a matrix of all scores beside it.
template <class Call>
void with_matrix(Matrix Q, Matrix K, MutableMatrix O, Call call) {
  std::vector<float> S(static_cast<std::size_t>(Q.rows) * K.rows);
  call();
  S[0] = O[0][0];
}

/// Queries that stand before the first key become NaN.
void blind_are_nan(Matrix Q, Matrix K, MutableMatrix O) {
  for (int i = 0; i < Q.rows - K.rows; ++i) std::fill(O[i].begin(), O[i].end(), NAN);
}

}  // namespace

void fused_attention_simd(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  causal(Q, K, V, O, alibi(slope));
}

void biased_attention_simd(Matrix Q, Matrix K, Matrix V, Row by_distance, MutableMatrix O) {
  causal(Q, K, V, O, [=](int distance) { return by_distance[distance]; });
}

void fire_attention_simd(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  by_positions(Q, K, V, O, by_share(fire));
}

// ---- Bugs with ALiBi's bias ---------------------------------------------------------------------

QKOAN_BUG(void, fused_attention_simd, top_left,
          "queries are aligned with the first keys (flash-attention before version 2.1)")
(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  all(V, O, [&](int i, int j) {
    return j > i ? -INFINITY : score(Q[i], K[j]) - slope * static_cast<float>(i - j);
  });
}

QKOAN_BUG(void, fused_attention_simd, no_maximum,
          "the largest score is not subtracted: exponentials overflow")
(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  without_maximum(Q, K, V, O, by_distance_of(alibi(slope)));
}

QKOAN_BUG(void, fused_attention_simd, nan_before_the_keys,
          "queries that stand before the first key are NaN: 0/0")
(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  fused_attention_simd(Q, K, V, slope, O);
  blind_are_nan(Q, K, O);
}

QKOAN_BUG(void, fused_attention_simd, own_key_hidden, "a query does not see its own key")
(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  causal(Q, K, V, O, [bias = alibi(slope)](int distance) {
    return distance == 0 ? -INFINITY : bias(distance);
  });
}

QKOAN_BUG(void, fused_attention_simd, stores_all_scores, "a matrix of all scores is stored")
(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  with_matrix(Q, K, O, [&] { fused_attention_simd(Q, K, V, slope, O); });
}

QKOAN_BUG(void, fused_attention_simd, whole_blocks_only,
          "keys behind the last whole tile of 4 are lost")
(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  all(V, O, [&](int i, int j) {
    const int distance = i + K.rows - Q.rows - j;
    return distance < 0 || j >= K.rows / 4 * 4
               ? -INFINITY
               : score(Q[i], K[j]) - slope * static_cast<float>(distance);
  });
}

QKOAN_BUG(void, fused_attention_simd, tiles_not_rescaled,
          "the output is not corrected from one tile of 64 keys to the next")
(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  for (int i = 0; i < Q.rows; ++i) {
    float max = -INFINITY, sum = 0;
    std::fill(O[i].begin(), O[i].end(), 0.0f);
    const int p = i + K.rows - Q.rows;
    for (int j = 0; j <= p; ++j) {
      const float s = score(Q[i], K[j]) - slope * static_cast<float>(p - j);
      if (j % 64 == 0) max = s;
      accumulate(s, V[j], max, sum, O[i]);
    }
    for (float& o : O[i]) o = sum == 0 ? 0 : o / sum;
  }
}

QKOAN_BUG(void, fused_attention_simd, bfloat16_scores, "scores are rounded to bfloat16")
(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  all(V, O, [&](int i, int j) {
    const int distance = i + K.rows - Q.rows - j;
    if (distance < 0) return -INFINITY;
    const float s = score(Q[i], K[j]) - slope * static_cast<float>(distance);
    if (s == 0) return s;
    const float step = std::ldexp(1.0f, std::ilogb(s) - 7);
    return std::nearbyint(s / step) * step;
  });
}

// ---- Bugs with a table of biases ----------------------------------------------------------------

QKOAN_BUG(void, biased_attention_simd, distance_of_lane_0,
          "16 neighbouring queries take the biases of the first of them")
(Matrix Q, Matrix K, Matrix V, Row by_distance, MutableMatrix O) {
  const int ahead = K.rows - Q.rows;
  by_positions(Q, K, V, O,
               [=](int p, int j) { return by_distance[std::max(0, p - (p - ahead) % 16 - j)]; });
}

QKOAN_BUG(void, biased_attention_simd, stores_all_products, "a matrix of all scores is stored")
(Matrix Q, Matrix K, Matrix V, Row by_distance, MutableMatrix O) {
  with_matrix(Q, K, O, [&] { biased_attention_simd(Q, K, V, by_distance, O); });
}

QKOAN_BUG(void, biased_attention_simd, no_maximum_by_distance,
          "the largest score is not subtracted: exponentials overflow")
(Matrix Q, Matrix K, Matrix V, Row by_distance, MutableMatrix O) {
  without_maximum(Q, K, V, O, [=](int p, int j) { return by_distance[p - j]; });
}

QKOAN_BUG(void, biased_attention_simd, table_inside, "the bias is divided by √d with the product")
(Matrix Q, Matrix K, Matrix V, Row by_distance, MutableMatrix O) {
  const float root = std::sqrt(static_cast<float>(Q.cols));
  causal(Q, K, V, O, [=](int distance) { return by_distance[distance] / root; });
}

QKOAN_BUG(void, biased_attention_simd, one_off, "the bias is that of the next distance")
(Matrix Q, Matrix K, Matrix V, Row by_distance, MutableMatrix O) {
  causal(Q, K, V, O,
         [=](int distance) { return by_distance[std::min(distance + 1, by_distance.size - 1)]; });
}

QKOAN_BUG(void, biased_attention_simd, from_the_end, "biases are taken by the key's position")
(Matrix Q, Matrix K, Matrix V, Row by_distance, MutableMatrix O) {
  all(V, O, [&](int i, int j) {
    return i + K.rows - Q.rows - j < 0 ? -INFINITY : score(Q[i], K[j]) + by_distance[j];
  });
}

QKOAN_BUG(void, biased_attention_simd, log2e_forgotten,
          "2^x is computed, and the bias is not multiplied by log₂e")
(Matrix Q, Matrix K, Matrix V, Row by_distance, MutableMatrix O) {
  causal(Q, K, V, O, [=](int distance) { return by_distance[distance] * 0x1.62e43p-1f; });
}

// ---- Bugs with FIRE -----------------------------------------------------------------------------

QKOAN_BUG(void, fire_attention_simd, not_normalised, "ψ(p − j) is not divided by ψ(max(L, p))")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  with_rod(Q, K, V, fire, O, [](int) { return 1.0f; });
}

QKOAN_BUG(void, fire_attention_simd, no_logarithm, "z = (p − j)/max(L, p): ψ is left out")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  by_positions(Q, K, V, O, [&](int p, int j) {
    return network_of(fire, static_cast<float>(p - j) / std::max(fire.L, static_cast<float>(p)));
  });
}

QKOAN_BUG(void, fire_attention_simd, rod_of_row,
          "the rod is that of i, not of p(i) = i + n_k − n_q")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  const int ahead = K.rows - Q.rows;
  with_rod(Q, K, V, fire, O, [=](int p) { return rod(fire, p - ahead); });
}

QKOAN_BUG(void, fire_attention_simd, rod_is_L, "all rows are divided by ψ(L)")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  with_rod(Q, K, V, fire, O, [=](int) { return rod(fire, 0); });
}

QKOAN_BUG(void, fire_attention_simd, rod_without_L, "rows are divided by ψ(p), L is ignored")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  fire.L = 1;
  by_positions(Q, K, V, O, by_share(fire));
}

QKOAN_BUG(void, fire_attention_simd, rod_of_text, "all rows are divided by the last position's ψ")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  with_rod(Q, K, V, fire, O, [=](int) { return rod(fire, K.rows - 1); });
}

QKOAN_BUG(void, fire_attention_simd, rod_of_block,
          "a block of 16 queries is divided by the rod of its last one")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  const int ahead = K.rows - Q.rows;
  with_rod(Q, K, V, fire, O, [=](int p) { return rod(fire, (p - ahead) / 16 * 16 + 15 + ahead); });
}

QKOAN_BUG(void, fire_attention_simd, epsilon_added,
          "10⁻⁶ is added to ψ(max(L, p)), as in the authors' code")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  with_rod(Q, K, V, fire, O, [=](int p) { return rod(fire, p) + 1e-6f; });
}

QKOAN_BUG(void, fire_attention_simd, always_on, "hidden units are never off: max(0, ·) is missing")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  with_units(Q, K, V, fire, O, [](float x, int, float) { return x; });
}

QKOAN_BUG(void, fire_attention_simd, first_piece,
          "the line that begins at z = 0 is taken for all of f: knots change nothing")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  with_units(Q, K, V, fire, O, [=](float x, int k, float) {
    return fire.b1[k] > 0 || (fire.b1[k] == 0 && fire.w1[k] > 0) ? x : 0;
  });
}

QKOAN_BUG(void, fire_attention_simd, knots_only, "units without a knot in (0, 1) are dropped")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  with_units(Q, K, V, fire, O,
             [=](float x, int k, float) { return has_knot(fire, k) ? std::max(x, 0.0f) : 0; });
}

QKOAN_BUG(
    void, fire_attention_simd, only_turns_on,
    "every knot turns its unit on: those that are on at z = 0 and turn off are taken for others")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  with_units(Q, K, V, fire, O, [=](float x, int k, float) {
    return has_knot(fire, k) && fire.w1[k] < 0 ? std::min(x, 0.0f) : std::max(x, 0.0f);
  });
}

QKOAN_BUG(void, fire_attention_simd, never_turns_off,
          "units that are on at z = 0 stay on: only knots that turn a unit on are kept")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  with_units(Q, K, V, fire, O,
             [=](float x, int k, float) { return fire.b1[k] > 0 ? x : std::max(x, 0.0f); });
}

QKOAN_BUG(void, fire_attention_simd, off_at_zero,
          "units are off at z = 0, also those with b1 > 0, until their knot turns them on")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  with_units(Q, K, V, fire, O,
             [=](float x, int k, float) { return fire.b1[k] > 0 ? 0 : std::max(x, 0.0f); });
}

QKOAN_BUG(void, fire_attention_simd, jump_at_knots,
          "a knot changes the slope, and the intercept is not corrected: f jumps")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  with_units(Q, K, V, fire, O, [=](float x, int k, float z) {
    const float w = fire.w1[k], b = fire.b1[k];
    const bool behind = has_knot(fire, k) && z > -b / w;
    return behind ? std::max(w, 0.0f) * z + std::max(b, 0.0f) : std::max(x, 0.0f);
  });
}

QKOAN_BUG(void, fire_attention_simd, knot_without_slope,
          "behind a knot z − t is added, not multiplied by the unit's w1")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  with_units(Q, K, V, fire, O, [=](float x, int k, float) {
    if (!has_knot(fire, k)) return std::max(x, 0.0f);
    const float w = fire.w1[k];
    return w > 0 ? std::max(x / w, 0.0f) : x + std::max(x / w, 0.0f);
  });
}

QKOAN_BUG(void, fire_attention_simd, piece_of_tile,
          "16 neighbouring keys take the piece of the first of them, whatever knots lie between")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  by_positions(Q, K, V, O, [&](int p, int j) {
    const auto z = [&](int key) { return psi(fire.c, static_cast<float>(p - key)) / rod(fire, p); };
    float sum = fire.b2;
    for (int k = 0; k < fire.w1.size; ++k)
      if (fire.w1[k] * z(j / 16 * 16) + fire.b1[k] > 0)
        sum += fire.w2[k] * (fire.w1[k] * z(j) + fire.b1[k]);
    return sum;
  });
}

QKOAN_BUG(void, fire_attention_simd, network_inside, "the bias is divided by √d with the product")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  const float root = std::sqrt(static_cast<float>(Q.cols));
  with_network(Q, K, V, fire, O, [=](float z) { return network_of(fire, z) / root; });
}

QKOAN_BUG(void, fire_attention_simd, network_without_log2e,
          "2^x is computed, and the bias is not multiplied by log₂e")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  with_network(Q, K, V, fire, O, [=](float z) { return network_of(fire, z) * 0x1.62e43p-1f; });
}

QKOAN_BUG(void, fire_attention_simd, both_directions, "keys of the future are seen, by |p − j|")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  all(V, O, [&](int i, int j) {
    const int p = i + K.rows - Q.rows;
    const auto distance = static_cast<float>(std::abs(p - j));
    return score(Q[i], K[j]) + network_of(fire, psi(fire.c, distance) / rod(fire, p));
  });
}

QKOAN_BUG(void, fire_attention_simd, no_maximum_with_fire,
          "the largest score is not subtracted: exponentials overflow")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  without_maximum(Q, K, V, O, by_share(fire));
}

QKOAN_BUG(void, fire_attention_simd, nan_without_keys,
          "queries that stand before the first key are NaN: 0/0")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  fire_attention_simd(Q, K, V, fire, O);
  blind_are_nan(Q, K, O);
}

QKOAN_BUG(void, fire_attention_simd, stores_all_biases, "a matrix of all biases is stored")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  with_matrix(Q, K, O, [&] { fire_attention_simd(Q, K, V, fire, O); });
}

// ---- Correct variants ---------------------------------------------------------------------------

QKOAN_VARIANT(void, fused_attention_simd, tile_by_tile, "tiles of 16 keys, one after the other")
(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  by_tiles(Q, K, V, O, by_distance_of(alibi(slope)));
}

QKOAN_VARIANT(void, fused_attention_simd, bias_of_keys,
              "adds slope·j to the scores: softmax does not see the slope·p that is missing")
(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  by_positions(Q, K, V, O, [=](int p, int j) {
    return static_cast<float>(static_cast<double>(slope) * j - static_cast<double>(slope) * p);
  });
}

QKOAN_VARIANT(void, biased_attention_simd, last_key_first,
              "one pass, from the last key to the first")
(Matrix Q, Matrix K, Matrix V, Row by_distance, MutableMatrix O) {
  backwards(Q, K, V, O, [=](int p, int j) { return by_distance[p - j]; });
}

QKOAN_VARIANT(void, biased_attention_simd, in_base_2,
              "computes 2^x, log₂e being a part of the scale")
(Matrix Q, Matrix K, Matrix V, Row by_distance, MutableMatrix O) {
  constexpr float kLog2e = 0x1.715476p0f;
  for (int i = 0; i < Q.rows; ++i) {
    const int p = i + K.rows - Q.rows;
    std::vector<float> s(K.rows);
    float max = -INFINITY, sum = 0;
    for (int j = 0; j <= p; ++j)
      max = std::max(max, s[j] = score(Q[i], K[j]) * kLog2e + by_distance[p - j] * kLog2e);
    for (int j = 0; j <= p; ++j) sum += s[j] = std::exp2(s[j] - max);
    divide({s.data(), K.rows}, sum);
    weigh(s, V, O[i]);
  }
}

QKOAN_VARIANT(void, fire_attention_simd, without_b2, "leaves b2 out: softmax does not see it")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  fire.b2 = 0;
  fire_attention_simd(Q, K, V, fire, O);
}

QKOAN_VARIANT(void, fire_attention_simd, knot_by_knot,
              "the line of z = 0, and for each knot the change of the slope behind it")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  float slope = 0, intercept = fire.b2;
  for (int k = 0; k < fire.w1.size; ++k) {
    if (fire.b1[k] < 0 || (fire.b1[k] == 0 && fire.w1[k] < 0)) continue;
    slope += fire.w2[k] * fire.w1[k];
    intercept += fire.w2[k] * fire.b1[k];
  }
  with_network(Q, K, V, fire, O, [=](float z) {
    float sum = slope * z + intercept;
    for (int k = 0; k < fire.w1.size; ++k)
      if (has_knot(fire, k))
        sum += fire.w2[k] * std::fabs(fire.w1[k]) * std::max(z + fire.b1[k] / fire.w1[k], 0.0f);
    return sum;
  });
}

QKOAN_VARIANT(void, fire_attention_simd, in_double_precision,
              "computes biases in double, in base 2")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  by_positions(Q, K, V, O, [&](int p, int j) {
    const double c = fire.c;
    const double z = std::log2(c * (p - j) + 1) / std::log2(c * std::max<double>(fire.L, p) + 1);
    double sum = fire.b2;
    for (int k = 0; k < fire.w1.size; ++k)
      sum += fire.w2[k] * std::max(static_cast<double>(fire.w1[k]) * z + fire.b1[k], 0.0);
    return static_cast<float>(sum);
  });
}

QKOAN_VARIANT(void, fire_attention_simd, backwards_with_log1p,
              "one pass, from the last key to the first, with log1p")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  backwards(Q, K, V, O, [=](int p, int j) {
    const float longest = std::log1p(fire.c * std::max(fire.L, static_cast<float>(p)));
    return network_of(fire, std::log1p(fire.c * static_cast<float>(p - j)) * (1 / longest));
  });
}

QKOAN_VARIANT(void, fire_attention_simd, tile_by_tile_with_fire,
              "tiles of 16 keys, one after the other")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) { by_tiles(Q, K, V, O, by_share(fire)); }
