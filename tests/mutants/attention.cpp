/// @file
/// Lesson 12: what goes wrong with attention, and what may differ and is right.

#include "exercises/attention.hpp"

#include <functional>
#include <numeric>

#include "tests/support/mutants.hpp"

// ---- The plain and right implementation ---------------------------------------------------------

namespace {

float score(Row q, Row k) {
  float sum = 0;
  for (int c = 0; c < q.size; ++c) sum += q[c] * k[c];
  return sum / std::sqrt(static_cast<float>(q.size));
}

/// Weights of scores; all 0 if nothing is seen.
std::vector<float> softmax(std::vector<float> s) {
  const float max = *std::max_element(s.begin(), s.end());
  float sum = 0;
  for (float& x : s) sum += x = max == -INFINITY ? 0 : std::exp(x - max);
  for (float& x : s) x = sum == 0 ? 0 : x / sum;
  return s;
}

void weigh(const std::vector<float>& p, Matrix V, MutableRow o) {
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

Alibi alibi(float slope) {
  return [slope](int distance) { return -slope * static_cast<float>(distance); };
}

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

/// All queries of a causal model, biases by a function of the query's and the key's position.
template <class Bias>
void by_positions(Matrix Q, Matrix K, Matrix V, MutableMatrix O, Bias bias) {
  all(V, O, [&](int i, int j) {
    const int p = i + K.rows - Q.rows;
    return j > p ? -INFINITY : score(Q[i], K[j]) + bias(p, j);
  });
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

/// One key more for one query.
void accumulate(float s, Row v, float& max, float& sum, MutableRow o) {
  if (s == -INFINITY) return;
  const float now = std::max(max, s), scale = std::exp(max - now), weight = std::exp(s - now);
  sum = sum * scale + weight;
  for (int c = 0; c < o.size; ++c) o[c] = o[c] * scale + weight * v[c];
  max = now;
}

/// All keys of a part for all queries, by a function that takes in one.
template <class Accumulate>
void tile(Matrix Q, Matrix K, Matrix V, Matrix B, MutableRow max, MutableRow sum, MutableMatrix O,
          Accumulate take) {
  for (int i = 0; i < Q.rows; ++i)
    for (int j = 0; j < K.rows; ++j) take(score(Q[i], K[j]) + B[i][j], V[j], max[i], sum[i], O[i]);
}

std::vector<float> columns(Matrix M, int part, int parts) {
  const int d = M.cols / parts;
  std::vector<float> dense;
  for (int i = 0; i < M.rows; ++i)
    dense.insert(dense.end(), M[i].data + part * d, M[i].data + (part + 1) * d);
  return dense;
}

/// Head by head; which key head and which slope a head uses are functions of it.
template <class Group, class Slope>
void by_heads(int heads, int kv_heads, Matrix Q, Matrix K, Matrix V, MutableMatrix O, Group group,
              Slope slope) {
  const int d = Q.cols / heads, d_v = V.cols / kv_heads;
  for (int head = 0; head < heads; ++head) {
    const auto q = columns(Q, head, heads), k = columns(K, group(head), kv_heads),
               v = columns(V, group(head), kv_heads);
    std::vector<float> o(static_cast<std::size_t>(Q.rows) * d_v);
    fused_attention({q.data(), Q.rows, d}, {k.data(), K.rows, d}, {v.data(), V.rows, d_v},
                    slope(head), {o.data(), Q.rows, d_v});
    for (int i = 0; i < O.rows; ++i) std::copy_n(&o[i * d_v], d_v, O[i].data + head * d_v);
  }
}

}  // namespace

void attend(Row q, Matrix K, Matrix V, Row bias, MutableRow o) {
  attend_by(V, o, [&](int j) { return score(q, K[j]) + bias[j]; });
}

void attention(Matrix Q, Matrix K, Matrix V, Matrix B, MutableMatrix O) {
  all(V, O, [&](int i, int j) { return score(Q[i], K[j]) + B[i][j]; });
}

void attention_tile(Matrix Q, Matrix K, Matrix V, Matrix B, MutableRow max, MutableRow sum,
                    MutableMatrix O) {
  tile(Q, K, V, B, max, sum, O, accumulate);
}

void fused_attention(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  causal(Q, K, V, O, alibi(slope));
}

void grouped_attention(int heads, int kv_heads, Matrix Q, Matrix K, Matrix V, Row slopes,
                       MutableMatrix O) {
  by_heads(
      heads, kv_heads, Q, K, V, O, [=](int head) { return head / (heads / kv_heads); },
      [=](int head) { return slopes[head]; });
}

void fused_attention_simd(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  fused_attention(Q, K, V, slope, O);
}

void biased_attention_simd(Matrix Q, Matrix K, Matrix V, Row by_distance, MutableMatrix O) {
  causal(Q, K, V, O, [=](int distance) { return by_distance[distance]; });
}

void fire_attention_simd(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  with_rod(Q, K, V, fire, O, [=](int p) { return rod(fire, p); });
}

// ---- Bugs of one query --------------------------------------------------------------------------

QKOAN_BUG(void, attend, no_scale, "scores are not divided by √d")
(Row q, Matrix K, Matrix V, Row bias, MutableRow o) {
  attend_by(V, o, [&](int j) {
    return score(q, K[j]) * std::sqrt(static_cast<float>(q.size)) + bias[j];
  });
}

QKOAN_BUG(void, attend, bias_inside,
          "the bias is divided by √d with the product (mask or bias scaled: "
          "tenstorrent/tt-metal issue 55337)")
(Row q, Matrix K, Matrix V, Row bias, MutableRow o) {
  attend_by(V, o, [&](int j) {
    return score(q, K[j]) + bias[j] / std::sqrt(static_cast<float>(q.size));
  });
}

QKOAN_BUG(void, attend, no_bias, "the bias only hides keys: its numbers are not added")
(Row q, Matrix K, Matrix V, Row bias, MutableRow o) {
  attend_by(V, o, [&](int j) { return bias[j] == -INFINITY ? bias[j] : score(q, K[j]); });
}

QKOAN_BUG(void, attend, no_maximum, "the largest score is not subtracted: exponentials overflow")
(Row q, Matrix K, Matrix V, Row bias, MutableRow o) {
  std::vector<float> p(K.rows);
  float sum = 0;
  for (int j = 0; j < K.rows; ++j) sum += p[j] = std::exp(score(q, K[j]) + bias[j]);
  for (float& x : p) x = sum == 0 ? 0 : x / sum;
  weigh(p, V, o);
}

QKOAN_BUG(void, attend, nan_if_nothing_seen,
          "a query that sees no key is NaN (pytorch/pytorch issue 103749)")
(Row q, Matrix K, Matrix V, Row bias, MutableRow o) {
  attend(q, K, V, bias, o);
  if (*std::max_element(bias.begin(), bias.end()) == -INFINITY) std::fill(o.begin(), o.end(), NAN);
}

QKOAN_BUG(void, attend, mean_if_nothing_seen,
          "a query that sees no key gets the mean of all values: hidden keys have the lowest float")
(Row q, Matrix K, Matrix V, Row bias, MutableRow o) {
  attend_by(V, o, [&](int j) {
    return bias[j] == -INFINITY ? -3.4028235e38f : score(q, K[j]) + bias[j];
  });
}

QKOAN_BUG(void, attend, unnormalised, "weights are not divided by their sum")
(Row q, Matrix K, Matrix V, Row bias, MutableRow o) {
  std::vector<float> s(K.rows);
  for (int j = 0; j < K.rows; ++j) s[j] = score(q, K[j]) + bias[j];
  const float max = *std::max_element(s.begin(), s.end());
  for (float& x : s) x = max == -INFINITY ? 0 : std::exp(x - max);
  weigh(s, V, o);
}

QKOAN_BUG(void, attend, sum_of_all, "hidden keys weigh nothing, but count in the sum")
(Row q, Matrix K, Matrix V, Row bias, MutableRow o) {
  std::vector<float> s(K.rows);
  for (int j = 0; j < K.rows; ++j) s[j] = score(q, K[j]) + (bias[j] == -INFINITY ? 0 : bias[j]);
  std::vector<float> p = softmax(s);
  for (int j = 0; j < K.rows; ++j) p[j] = bias[j] == -INFINITY ? 0 : p[j];
  weigh(p, V, o);
}

// ---- Bugs of all queries ------------------------------------------------------------------------

QKOAN_BUG(void, attention, softmax_of_columns, "weights of a key add up to 1, not those of a query")
(Matrix Q, Matrix K, Matrix V, Matrix B, MutableMatrix O) {
  std::vector<std::vector<float>> p(K.rows);
  for (int j = 0; j < K.rows; ++j) {
    for (int i = 0; i < Q.rows; ++i) p[j].push_back(score(Q[i], K[j]) + B[i][j]);
    p[j] = softmax(p[j]);
  }
  for (int i = 0; i < Q.rows; ++i) {
    std::vector<float> row;
    for (int j = 0; j < K.rows; ++j) row.push_back(p[j][i]);
    weigh(row, V, O[i]);
  }
}

QKOAN_BUG(void, attention, first_bias, "every query has the biases of the first one")
(Matrix Q, Matrix K, Matrix V, Matrix B, MutableMatrix O) {
  all(V, O, [&](int i, int j) { return score(Q[i], K[j]) + B[0][j]; });
}

// ---- Bugs of a tile -----------------------------------------------------------------------------

QKOAN_BUG(void, attention_tile, output_not_rescaled,
          "when the maximum rises, the sum shrinks and the output does not")
(Matrix Q, Matrix K, Matrix V, Matrix B, MutableRow max, MutableRow sum, MutableMatrix O) {
  tile(Q, K, V, B, max, sum, O, [](float s, Row v, float& m, float& l, MutableRow o) {
    if (s == -INFINITY) return;
    const float now = std::max(m, s), weight = std::exp(s - now);
    l = l * std::exp(m - now) + weight;
    for (int c = 0; c < o.size; ++c) o[c] += weight * v[c];
    m = now;
  });
}

QKOAN_BUG(void, attention_tile, sum_not_rescaled,
          "when the maximum rises, the output shrinks and the sum does not")
(Matrix Q, Matrix K, Matrix V, Matrix B, MutableRow max, MutableRow sum, MutableMatrix O) {
  tile(Q, K, V, B, max, sum, O, [](float s, Row v, float& m, float& l, MutableRow o) {
    if (s == -INFINITY) return;
    const float before = l, now = std::max(m, s);
    accumulate(s, v, m, l, o);
    l = before + std::exp(s - now);
  });
}

QKOAN_BUG(void, attention_tile, no_maximum_in_tiles,
          "the largest score is not subtracted: exponentials overflow")
(Matrix Q, Matrix K, Matrix V, Matrix B, MutableRow max, MutableRow sum, MutableMatrix O) {
  tile(Q, K, V, B, max, sum, O, [](float s, Row v, float&, float& l, MutableRow o) {
    const float weight = std::exp(s);
    l += weight;
    for (int c = 0; c < o.size; ++c) o[c] += weight * v[c];
  });
}

QKOAN_BUG(
    void, attention_tile, maximum_is_the_last,
    "the maximum becomes every new score, also a smaller one: what is there grows without end")
(Matrix Q, Matrix K, Matrix V, Matrix B, MutableRow max, MutableRow sum, MutableMatrix O) {
  tile(Q, K, V, B, max, sum, O, [](float s, Row v, float& m, float& l, MutableRow o) {
    if (s == -INFINITY) return;
    const float scale = std::exp(m - s);
    l = l * scale + 1;
    for (int c = 0; c < o.size; ++c) o[c] = o[c] * scale + v[c];
    m = s;
  });
}

QKOAN_BUG(void, attention_tile, last_part_only, "each part begins anew: earlier keys are forgotten")
(Matrix Q, Matrix K, Matrix V, Matrix B, MutableRow max, MutableRow sum, MutableMatrix O) {
  for (int i = 0; i < Q.rows; ++i) {
    max[i] = -INFINITY;
    sum[i] = 0;
    std::fill(O[i].begin(), O[i].end(), 0.0f);
  }
  tile(Q, K, V, B, max, sum, O, accumulate);
}

QKOAN_BUG(void, attention_tile, nan_of_a_part, "−∞ − (−∞): a part without a visible key is NaN")
(Matrix Q, Matrix K, Matrix V, Matrix B, MutableRow max, MutableRow sum, MutableMatrix O) {
  tile(Q, K, V, B, max, sum, O, [](float s, Row v, float& m, float& l, MutableRow o) {
    const float now = std::max(m, s), scale = std::exp(m - now), weight = std::exp(s - now);
    l = l * scale + weight;
    for (int c = 0; c < o.size; ++c) o[c] = o[c] * scale + weight * v[c];
    m = now;
  });
}

QKOAN_BUG(void, attention_tile, averages_parts,
          "outputs of parts are divided by their own sums and added")
(Matrix Q, Matrix K, Matrix V, Matrix B, MutableRow, MutableRow sum, MutableMatrix O) {
  for (int i = 0; i < Q.rows; ++i) {
    std::vector<float> part(V.cols);
    attend(Q[i], K, V, B[i], {part.data(), V.cols});
    sum[i] += 1;
    for (int c = 0; c < V.cols; ++c) O[i][c] += part[c];
  }
}

// ---- Bugs of the fused form ---------------------------------------------------------------------

QKOAN_BUG(void, fused_attention, top_left,
          "queries are aligned with the first keys (flash-attention before version 2.1)")
(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  all(V, O, [&](int i, int j) {
    return j > i ? -INFINITY : score(Q[i], K[j]) - slope * static_cast<float>(i - j);
  });
}

QKOAN_BUG(void, fused_attention, no_maximum_in_fused,
          "the largest score is not subtracted: exponentials overflow")
(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  for (int i = 0; i < Q.rows; ++i) {
    const int p = i + K.rows - Q.rows;
    float sum = 0;
    std::fill(O[i].begin(), O[i].end(), 0.0f);
    for (int j = 0; j <= p; ++j) {
      const float weight = std::exp(score(Q[i], K[j]) - slope * static_cast<float>(p - j));
      sum += weight;
      for (int c = 0; c < V.cols; ++c) O[i][c] += weight * V[j][c];
    }
    for (float& o : O[i]) o = sum == 0 ? 0 : o / sum;
  }
}

QKOAN_BUG(void, fused_attention, nan_before_the_keys,
          "queries that stand before the first key are NaN: 0/0")
(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  fused_attention(Q, K, V, slope, O);
  for (int i = 0; i < Q.rows - K.rows; ++i) std::fill(O[i].begin(), O[i].end(), NAN);
}

QKOAN_BUG(void, fused_attention, not_causal, "keys of the future are seen, and rewarded")
(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  all(V, O, [&](int i, int j) {
    return score(Q[i], K[j]) - slope * static_cast<float>(i + K.rows - Q.rows - j);
  });
}

QKOAN_BUG(void, fused_attention, own_key_hidden, "a query does not see its own key")
(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  const Alibi bias = alibi(slope);
  causal(Q, K, V, O, [&](int distance) { return distance == 0 ? -INFINITY : bias(distance); });
}

QKOAN_BUG(void, fused_attention, rewards_distance,
          "the sign of the bias is wrong (attention-gym PR86)")
(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) { causal(Q, K, V, O, alibi(-slope)); }

QKOAN_BUG(void, fused_attention, slope_ignored, "the bias is not added")
(Matrix Q, Matrix K, Matrix V, float, MutableMatrix O) { causal(Q, K, V, O, alibi(0)); }

QKOAN_BUG(void, fused_attention, slope_inside, "the bias is divided by √d with the product")
(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  causal(Q, K, V, O, alibi(slope / std::sqrt(static_cast<float>(Q.cols))));
}

QKOAN_BUG(void, fused_attention, stores_all_scores, "a matrix of all scores is stored")
(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  std::vector<float> S(static_cast<std::size_t>(Q.rows) * K.rows);
  causal(Q, K, V, O, alibi(slope));
  S[0] = O[0][0];
}

// ---- Bugs of grouped heads ----------------------------------------------------------------------

QKOAN_BUG(void, grouped_attention, in_turn, "head h uses key head h mod kv_heads: heads take turns")
(int heads, int kv_heads, Matrix Q, Matrix K, Matrix V, Row slopes, MutableMatrix O) {
  by_heads(
      heads, kv_heads, Q, K, V, O, [=](int head) { return head % kv_heads; },
      [=](int head) { return slopes[head]; });
}

QKOAN_BUG(void, grouped_attention, first_key_head, "all heads use the first key head")
(int heads, int kv_heads, Matrix Q, Matrix K, Matrix V, Row slopes, MutableMatrix O) {
  by_heads(
      heads, kv_heads, Q, K, V, O, [](int) { return 0; }, [=](int head) { return slopes[head]; });
}

QKOAN_BUG(void, grouped_attention, slope_of_group, "a head has the slope of its key head")
(int heads, int kv_heads, Matrix Q, Matrix K, Matrix V, Row slopes, MutableMatrix O) {
  by_heads(
      heads, kv_heads, Q, K, V, O, [=](int head) { return head / (heads / kv_heads); },
      [=](int head) { return slopes[head / (heads / kv_heads)]; });
}

QKOAN_BUG(void, grouped_attention, scale_of_row, "scores are divided by √ of all heads' elements")
(int heads, int kv_heads, Matrix Q, Matrix K, Matrix V, Row slopes, MutableMatrix O) {
  std::vector<float> q(Q.data, Q.data + Q.rows * Q.cols);
  for (float& x : q) x /= std::sqrt(static_cast<float>(heads));
  grouped_attention(heads, kv_heads, {q.data(), Q.rows, Q.cols}, K, V, slopes, O);
}

// ---- Bugs of the SIMD forms ---------------------------------------------------------------------

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

QKOAN_BUG(void, biased_attention_simd, no_maximum_by_distance,
          "the largest score is not subtracted: exponentials overflow")
(Matrix Q, Matrix K, Matrix V, Row by_distance, MutableMatrix O) {
  for (int i = 0; i < Q.rows; ++i) {
    const int p = i + K.rows - Q.rows;
    std::vector<float> weights(K.rows);
    float sum = 0;
    for (int j = 0; j <= p; ++j)
      sum += weights[j] = std::exp(score(Q[i], K[j]) + by_distance[p - j]);
    for (float& w : weights) w = sum == 0 ? 0 : w / sum;
    weigh(weights, V, O[i]);
  }
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

// ---- Bugs of FIRE in the kernel -----------------------------------------------------------------

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
  with_rod(Q, K, V, fire, O, [=](int p) { return rod(fire, p); });
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
  for (int i = 0; i < Q.rows; ++i) {
    const int p = i + K.rows - Q.rows;
    std::vector<float> weights(K.rows);
    float sum = 0;
    for (int j = 0; j <= p; ++j) {
      const float z = psi(fire.c, static_cast<float>(p - j)) / rod(fire, p);
      sum += weights[j] = std::exp(score(Q[i], K[j]) + network_of(fire, z));
    }
    for (float& w : weights) w = sum == 0 ? 0 : w / sum;
    weigh(weights, V, O[i]);
  }
}

QKOAN_BUG(void, fire_attention_simd, nan_without_keys,
          "queries that stand before the first key are NaN: 0/0")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  fire_attention_simd(Q, K, V, fire, O);
  for (int i = 0; i < Q.rows - K.rows; ++i) std::fill(O[i].begin(), O[i].end(), NAN);
}

QKOAN_BUG(void, fire_attention_simd, stores_all_biases, "a matrix of all biases is stored")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  std::vector<float> B(static_cast<std::size_t>(Q.rows) * K.rows);
  fire_attention_simd(Q, K, V, fire, O);
  B[0] = O[0][0];
}

// ---- Correct variants ---------------------------------------------------------------------------

QKOAN_VARIANT(void, attend, in_double, "computes everything in double")
(Row q, Matrix K, Matrix V, Row bias, MutableRow o) {
  double max = -HUGE_VAL, sum = 0;
  std::vector<double> p(K.rows), output(o.size);
  for (int j = 0; j < K.rows; ++j) {
    p[j] = std::inner_product(q.begin(), q.end(), K[j].begin(), 0.0) / std::sqrt(q.size) + bias[j];
    max = std::max(max, p[j]);
  }
  for (int j = 0; j < K.rows && max > -HUGE_VAL; ++j) {
    const double weight = std::exp(p[j] - max);
    sum += weight;
    for (int c = 0; c < o.size; ++c) output[c] += weight * V[j][c];
  }
  for (int c = 0; c < o.size; ++c) o[c] = sum == 0 ? 0 : static_cast<float>(output[c] / sum);
}

QKOAN_VARIANT(void, attend, backwards, "one pass, from the last key to the first")
(Row q, Matrix K, Matrix V, Row bias, MutableRow o) {
  float max = -INFINITY, sum = 0;
  std::fill(o.begin(), o.end(), 0.0f);
  for (int j = K.rows - 1; j >= 0; --j) accumulate(score(q, K[j]) + bias[j], V[j], max, sum, o);
  for (float& x : o) x = sum == 0 ? 0 : x / sum;
}

QKOAN_VARIANT(void, attend, scaled_query, "scales the query, and divides at the end")
(Row q, Matrix K, Matrix V, Row bias, MutableRow o) {
  std::vector<float> scaled(q.begin(), q.end());
  const float scale = 1 / std::sqrt(static_cast<float>(q.size));
  for (float& x : scaled) x *= scale;
  std::vector<float> s(K.rows);
  for (int j = 0; j < K.rows; ++j)
    s[j] = std::inner_product(scaled.begin(), scaled.end(), K[j].begin(), bias[j]);
  const float max = *std::max_element(s.begin(), s.end());
  float sum = 0;
  for (float& x : s) sum += x = max == -INFINITY ? 0 : std::exp(x - max);
  weigh(s, V, o);
  for (float& x : o) x = sum == 0 ? 0 : x / sum;
}

QKOAN_VARIANT(void, attention, in_base_2, "computes 2^x, log₂e being a part of the scale")
(Matrix Q, Matrix K, Matrix V, Matrix B, MutableMatrix O) {
  constexpr float kLog2e = 0x1.715476p0f;
  for (int i = 0; i < Q.rows; ++i) {
    std::vector<float> s(K.rows);
    for (int j = 0; j < K.rows; ++j) s[j] = score(Q[i], K[j]) * kLog2e + B[i][j] * kLog2e;
    const float max = *std::max_element(s.begin(), s.end());
    float sum = 0;
    for (float& x : s) sum += x = max == -INFINITY ? 0 : std::exp2(x - max);
    for (float& x : s) x = sum == 0 ? 0 : x / sum;
    weigh(s, V, O[i]);
  }
}

QKOAN_VARIANT(void, attention_tile, part_by_part, "attends within the part, then merges both")
(Matrix Q, Matrix K, Matrix V, Matrix B, MutableRow max, MutableRow sum, MutableMatrix O) {
  for (int i = 0; i < Q.rows; ++i) {
    std::vector<float> part(V.cols);
    float part_max = -INFINITY, part_sum = 0;
    for (int j = 0; j < K.rows; ++j)
      accumulate(score(Q[i], K[j]) + B[i][j], V[j], part_max, part_sum, {part.data(), V.cols});
    const float now = std::max(max[i], part_max);
    if (now == -INFINITY) continue;
    const float before = std::exp(max[i] - now), here = std::exp(part_max - now);
    sum[i] = sum[i] * before + part_sum * here;
    for (int c = 0; c < V.cols; ++c) O[i][c] = O[i][c] * before + part[c] * here;
    max[i] = now;
  }
}

QKOAN_VARIANT(void, attention_tile, normalised,
              "keeps the output divided by the sum, and the sum 1")
(Matrix Q, Matrix K, Matrix V, Matrix B, MutableRow max, MutableRow sum, MutableMatrix O) {
  for (int i = 0; i < Q.rows; ++i) {
    float log_sum = max[i];  // ln Σ e^s of the keys so far
    for (int j = 0; j < K.rows; ++j) {
      const double s = static_cast<double>(score(Q[i], K[j])) + B[i][j];
      if (s == -HUGE_VAL) continue;
      const double top = std::max<double>(log_sum, s);
      const double now = top + std::log(std::exp(log_sum - top) + std::exp(s - top));
      const double keep = std::exp(log_sum - now), weight = std::exp(s - now);
      for (int c = 0; c < V.cols; ++c)
        O[i][c] = static_cast<float>(O[i][c] * keep + weight * V[j][c]);
      log_sum = static_cast<float>(now);
      sum[i] = 1;
    }
    max[i] = log_sum;
  }
}

QKOAN_VARIANT(void, fused_attention, key_only, "adds slope·j instead: softmax does not see slope·p")
(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  all(V, O, [&](int i, int j) {
    const double bias = static_cast<double>(slope) * (j - (i + K.rows - Q.rows));
    return bias > 0 || j > i + K.rows - Q.rows ? -INFINITY
                                               : score(Q[i], K[j]) + static_cast<float>(bias);
  });
}

QKOAN_VARIANT(void, fused_attention, two_passes, "the maximum first, then everything else")
(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  for (int i = 0; i < Q.rows; ++i) {
    const int p = i + K.rows - Q.rows;
    const auto s = [&](int j) { return score(Q[i], K[j]) - slope * static_cast<float>(p - j); };
    float max = -INFINITY, sum = 0;
    for (int j = 0; j <= p; ++j) max = std::max(max, s(j));
    std::fill(O[i].begin(), O[i].end(), 0.0f);
    for (int j = 0; j <= p; ++j) {
      const float weight = std::exp(s(j) - max);
      sum += weight;
      for (int c = 0; c < V.cols; ++c) O[i][c] += weight * V[j][c];
    }
    for (float& o : O[i]) o = sum == 0 ? 0 : o / sum;
  }
}

QKOAN_VARIANT(void, fused_attention_simd, tile_by_tile, "tiles of 16 keys through task 3")
(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  std::vector<float> max(Q.rows, -INFINITY), sum(Q.rows), B(Q.rows * 16);
  std::fill_n(O.data, O.rows * O.cols, 0.0f);
  for (int first = 0; first < K.rows; first += 16) {
    const int keys = std::min(16, K.rows - first);
    for (int i = 0; i < Q.rows; ++i) {
      for (int j = 0; j < keys; ++j) {
        const int distance = i + K.rows - Q.rows - first - j;
        B[i * keys + j] = distance < 0 ? -INFINITY : -slope * static_cast<float>(distance);
      }
    }
    attention_tile(Q, {K[first].data, keys, K.cols}, {V[first].data, keys, V.cols},
                   {B.data(), Q.rows, keys}, {max.data(), Q.rows}, {sum.data(), Q.rows}, O);
  }
  for (int i = 0; i < Q.rows; ++i)
    for (float& o : O[i]) o = sum[i] == 0 ? 0 : o / sum[i];
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
              "one pass, from the last key to the first, with log1p and a reciprocal")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  std::fill_n(O.data, O.rows * O.cols, 0.0f);
  for (int i = 0; i < Q.rows; ++i) {
    const int p = i + K.rows - Q.rows;
    float max = -INFINITY, sum = 0;
    const float scale = 1 / std::log1p(fire.c * std::max(fire.L, static_cast<float>(p)));
    for (int j = p; j >= 0; --j) {
      const float z = std::log1p(fire.c * static_cast<float>(p - j)) * scale;
      accumulate(score(Q[i], K[j]) + network_of(fire, z), V[j], max, sum, O[i]);
    }
    for (float& o : O[i]) o = sum == 0 ? 0 : o / sum;
  }
}

QKOAN_VARIANT(void, fire_attention_simd, matrix_by_tiles, "tiles of 16 keys through task 3")
(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  std::vector<float> max(Q.rows, -INFINITY), sum(Q.rows), B(Q.rows * 16);
  std::fill_n(O.data, O.rows * O.cols, 0.0f);
  for (int first = 0; first < K.rows; first += 16) {
    const int keys = std::min(16, K.rows - first);
    for (int e = 0; e < Q.rows * keys; ++e) {
      const int p = e / keys + K.rows - Q.rows, distance = p - first - e % keys;
      B[e] = distance < 0
                 ? -INFINITY
                 : network_of(fire, psi(fire.c, static_cast<float>(distance)) / rod(fire, p));
    }
    attention_tile(Q, {K[first].data, keys, K.cols}, {V[first].data, keys, V.cols},
                   {B.data(), Q.rows, keys}, {max.data(), Q.rows}, {sum.data(), Q.rows}, O);
  }
  for (int i = 0; i < Q.rows; ++i)
    for (float& o : O[i]) o = sum[i] == 0 ? 0 : o / sum[i];
}
