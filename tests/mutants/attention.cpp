/// @file
/// Lesson 12: what goes wrong with attention, and what may differ and is right.

#include "exercises/attention.hpp"

#include <numeric>

#include "tests/mutants/attention_plain.hpp"
#include "tests/support/mutants.hpp"

using namespace plain;

// ---- The plain and right implementation ---------------------------------------------------------

namespace {

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
    divide(O[i], sum);
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
  divide(o, sum);
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
  divide(o, sum);
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
    divide(O[i], sum);
  }
}
