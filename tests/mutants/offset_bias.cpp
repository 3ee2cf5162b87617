/// @file
/// Lesson 04: what goes wrong with a table of biases, and what may differ and is right.

#include "exercises/offset_bias.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <vector>

#include "tests/support/mutants.hpp"

namespace {

constexpr float kHidden = -INFINITY;

float root(int d) { return std::sqrt(static_cast<float>(d)); }

int length_of(int parameters, bool bidirectional) {
  return bidirectional ? (parameters + 1) / 2 : parameters;
}

int index_of(int offset, int length, bool bidirectional) {
  if (bidirectional) return std::clamp(offset, 1 - length, length - 1) + length - 1;
  return offset < 0 ? -1 : std::min(offset, length - 1);
}

/// The offset of query i and key j.
template <class M>
int offset(int i, int j, const M& matrix) {
  return i + matrix.cols - matrix.rows - j;
}

/// A function of i and j for every element.
template <class Element>
void fill(MutableMatrix M, Element element) {
  for (int i = 0; i < M.rows; ++i) {
    for (int j = 0; j < M.cols; ++j) M[i][j] = element(i, j);
  }
}

/// The bias of an offset.
float look_up(Row table, int offset, bool bidirectional) {
  const int r = index_of(offset, length_of(table.size, bidirectional), bidirectional);
  return r < 0 ? kHidden : table[r];
}

/// A score from q, k and the bias as the table has it, for every pair.
template <class Score>
void score(Matrix Q, Matrix K, Row table, bool bidirectional, MutableMatrix S, Score score) {
  offset_bias(table, bidirectional, S);
  fill(S, [&](int i, int j) { return score(Q[i], K[j], S[i][j]); });
}

float dot(Row q, Row k) {
  float sum = 0;
  for (int c = 0; c < q.size; ++c) sum += q[c] * k[c];
  return sum;
}

/// Calls f(r, G[i][j]) for every pair that reads a parameter.
template <class F>
void for_each_pair(Matrix G, bool bidirectional, int parameters, F f) {
  for (int i = 0; i < G.rows; ++i) {
    for (int j = 0; j < G.cols; ++j) {
      const int r = index_of(offset(i, j, G), length_of(parameters, bidirectional), bidirectional);
      if (r >= 0) f(r, G[i][j]);
    }
  }
}

void zero(MutableRow row) { std::fill_n(row.data, row.size, 0.0f); }

}  // namespace

// ---- The plain and right implementation ---------------------------------------------------------

int offset_index(int offset, int length, bool bidirectional) {
  return index_of(offset, length, bidirectional);
}

void offset_bias(Row table, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) { return look_up(table, offset(i, j, B), bidirectional); });
}

void biased_scores(Matrix Q, Matrix K, Row table, bool bidirectional, bool inside,
                   MutableMatrix S) {
  score(Q, K, table, bidirectional, S, [=](Row q, Row k, float b) {
    return inside ? (dot(q, k) + b) / root(q.size) : dot(q, k) / root(q.size) + b;
  });
}

void move_table(Row table, int d, bool inward, MutableRow moved) {
  for (int r = 0; r < table.size; ++r) moved[r] = inward ? table[r] * root(d) : table[r] / root(d);
}

void offset_gradient(Matrix G, bool bidirectional, MutableRow gradient) {
  zero(gradient);
  for_each_pair(G, bidirectional, gradient.size, [=](int r, float g) { gradient[r] += g; });
}

void offset_bias_simd(Row table, bool bidirectional, MutableMatrix B) {
  offset_bias(table, bidirectional, B);
}

// ---- Bugs of the index --------------------------------------------------------------------------

// The order of Shaw et al. (2018), in a library whose tables have the other one; a sign like this one
// was wrong in nntrainer/nntrainer before PR3982.
QKOAN_BUG(int, offset_index, key_minus_query, "the offset is read as key minus query, j − i")
(int offset, int length, bool bidirectional) { return index_of(-offset, length, bidirectional); }

// huggingface/transformers PR9164 wanted to add the clipping.
QKOAN_BUG(int, offset_index, not_clipped, "offsets beyond the table are not clipped to its end")
(int offset, int length, bool bidirectional) {
  if (bidirectional) return offset + length - 1;
  return offset < 0 ? -1 : offset;
}

QKOAN_BUG(int, offset_index, wraps_around, "offsets beyond the table begin again at its other end")
(int offset, int length, bool bidirectional) {
  if (!bidirectional) return offset < 0 ? -1 : offset % length;
  const int size = 2 * length - 1, index = (offset + length - 1) % size;
  return index < 0 ? index + size : index;
}

QKOAN_BUG(int, offset_index, clips_at_length,
          "the largest offset is taken to be L, and the index is one behind the table")
(int offset, int length, bool bidirectional) {
  if (bidirectional) return std::clamp(offset, 1 - length, length) + length - 1;
  return offset < 0 ? -1 : std::min(offset, length);
}

QKOAN_BUG(int, offset_index, shifted_by_length,
          "a table of 2L + 1 numbers is taken for granted: the middle is at L, not at L − 1")
(int offset, int length, bool bidirectional) {
  if (bidirectional) return std::clamp(offset, 1 - length, length - 1) + length;
  return index_of(offset, length, false);
}

QKOAN_BUG(int, offset_index, causal_in_the_middle,
          "the causal table is read as if it had negative offsets, too")
(int offset, int length, bool bidirectional) {
  const int index = index_of(offset, length, true);
  return bidirectional || offset >= 0 ? index : -1;
}

QKOAN_BUG(int, offset_index, future_is_zero,
          "in a causal table the future is clipped to offset 0, where it has no parameter at all")
(int offset, int length, bool bidirectional) {
  return index_of(bidirectional ? offset : std::max(offset, 0), length, bidirectional);
}

QKOAN_BUG(int, offset_index, symmetric, "the sign of the offset is lost: past and future share")
(int offset, int length, bool bidirectional) {
  return index_of(bidirectional ? std::abs(offset) : offset, length, bidirectional);
}

// ---- Bugs of the matrix -------------------------------------------------------------------------

// huggingface/transformers #19045: with a cache, the only query got position 0.
QKOAN_BUG(void, offset_bias, top_left, "queries are counted from the first key: top-left alignment")
(Row table, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) { return look_up(table, i - j, bidirectional); });
}

QKOAN_BUG(void, offset_bias, stops_at_first_key,
          "queries before the first key are moved onto it: p(i) is not let below 0")
(Row table, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) {
    return look_up(table, std::max(offset(i, 0, B), 0) - j, bidirectional);
  });
}

QKOAN_BUG(void, offset_bias, no_mask, "the future has the bias of offset 0 where it must be hidden")
(Row table, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) {
    const int d = offset(i, j, B);
    return look_up(table, bidirectional ? d : std::max(d, 0), bidirectional);
  });
}

QKOAN_BUG(void, offset_bias, always_causal, "the future is hidden also where it counts")
(Row table, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) {
    return offset(i, j, B) < 0 ? kHidden : look_up(table, offset(i, j, B), bidirectional);
  });
}

QKOAN_BUG(void, offset_bias, nothing_beyond,
          "offsets that the table does not have get a bias of 0, as if it were untrained there")
(Row table, bool bidirectional, MutableMatrix B) {
  const int length = length_of(table.size, bidirectional);
  fill(B, [&](int i, int j) {
    const int d = offset(i, j, B);
    return (d < 0 && !bidirectional) || std::abs(d) < length ? look_up(table, d, bidirectional) : 0;
  });
}

QKOAN_BUG(void, offset_bias, hides_beyond, "keys further away than the table reaches are hidden")
(Row table, bool bidirectional, MutableMatrix B) {
  const int length = length_of(table.size, bidirectional);
  fill(B, [&](int i, int j) {
    const int d = offset(i, j, B);
    return std::abs(d) < length ? look_up(table, d, bidirectional) : kHidden;
  });
}

QKOAN_BUG(void, offset_bias, by_key, "the table is read by the key's position, not by the offset")
(Row table, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) {
    return offset(i, j, B) < 0 && !bidirectional ? kHidden : look_up(table, j, bidirectional);
  });
}

QKOAN_BUG(void, offset_bias, lowest_for_hidden, "hidden keys have the lowest float instead of −∞")
(Row table, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) {
    return std::max(look_up(table, offset(i, j, B), bidirectional),
                    std::numeric_limits<float>::lowest());
  });
}

QKOAN_BUG(void, offset_bias, half_precision, "biases are rounded to bfloat16 on their way")
(Row table, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) {
    const float b = look_up(table, offset(i, j, B), bidirectional);
    const auto bits = std::bit_cast<std::uint32_t>(b);
    return b == kHidden ? b
                        : std::bit_cast<float>((bits + 0x7fffu + (bits >> 16 & 1)) & 0xffff0000u);
  });
}

// ---- Bugs of the scores -------------------------------------------------------------------------

// tenstorrent/tt-metal #55337; NVIDIA/OpenSeq2Seq PR76.
QKOAN_BUG(void, biased_scores, always_inside,
          "the bias is scaled with the rest also where it must not")
(Matrix Q, Matrix K, Row table, bool bidirectional, bool, MutableMatrix S) {
  biased_scores(Q, K, table, bidirectional, true, S);
}

QKOAN_BUG(void, biased_scores, always_outside, "the bias is not scaled where it stands inside 1/√d")
(Matrix Q, Matrix K, Row table, bool bidirectional, bool, MutableMatrix S) {
  biased_scores(Q, K, table, bidirectional, false, S);
}

QKOAN_BUG(void, biased_scores, multiplied_inside,
          "inside, the bias is multiplied by √d, not divided")
(Matrix Q, Matrix K, Row table, bool bidirectional, bool inside, MutableMatrix S) {
  score(Q, K, table, bidirectional, S, [=](Row q, Row k, float b) {
    return dot(q, k) / root(q.size) + (inside ? b * root(q.size) : b);
  });
}

QKOAN_BUG(void, biased_scores, divided_by_d, "inside, the bias is divided by d, not by its root")
(Matrix Q, Matrix K, Row table, bool bidirectional, bool inside, MutableMatrix S) {
  score(Q, K, table, bidirectional, S, [=](Row q, Row k, float b) {
    return dot(q, k) / root(q.size) + (inside ? b / static_cast<float>(q.size) : b);
  });
}

QKOAN_BUG(void, biased_scores, no_scale, "the scale 1/√d is missing")
(Matrix Q, Matrix K, Row table, bool bidirectional, bool, MutableMatrix S) {
  score(Q, K, table, bidirectional, S, [](Row q, Row k, float b) { return dot(q, k) + b; });
}

QKOAN_BUG(void, biased_scores, added_to_the_key,
          "the bias is added to the elements of the key: to the input, not to the score")
(Matrix Q, Matrix K, Row table, bool bidirectional, bool, MutableMatrix S) {
  score(Q, K, table, bidirectional, S, [](Row q, Row k, float b) {
    if (b == kHidden) return b;
    float sum = 0;
    for (int c = 0; c < q.size; ++c) sum += q[c] * (k[c] + b);
    return sum / root(q.size);
  });
}

QKOAN_BUG(void, biased_scores, subtracted, "the bias is subtracted")
(Matrix Q, Matrix K, Row table, bool bidirectional, bool inside, MutableMatrix S) {
  score(Q, K, table, bidirectional, S, [=](Row q, Row k, float b) {
    if (b == kHidden) return b;
    return inside ? (dot(q, k) - b) / root(q.size) : dot(q, k) / root(q.size) - b;
  });
}

// ---- Bugs of the move ---------------------------------------------------------------------------

QKOAN_BUG(void, move_table, other_direction, "the factor is that of the other direction")
(Row table, int d, bool inward, MutableRow moved) { move_table(table, d, !inward, moved); }

QKOAN_BUG(void, move_table, by_d, "the factor is d, not its root")
(Row table, int d, bool inward, MutableRow moved) {
  const auto factor = static_cast<float>(d);
  for (int r = 0; r < table.size; ++r) moved[r] = inward ? table[r] * factor : table[r] / factor;
}

QKOAN_BUG(void, move_table, loaded_as_it_is, "the table is loaded as it is, on either side")
(Row table, int, bool, MutableRow moved) { std::copy_n(table.data, table.size, moved.data); }

QKOAN_BUG(void, move_table, turned_around, "the table is turned around on the way, as for j − i")
(Row table, int d, bool inward, MutableRow moved) {
  move_table(table, d, inward, moved);
  std::reverse(moved.begin(), moved.end());
}

QKOAN_BUG(void, move_table, estimated_root,
          "the root is an estimate of 12 bits that nobody refined")
(Row table, int d, bool inward, MutableRow moved) {
  const auto bits = std::bit_cast<std::uint32_t>(1 / root(d));
  const float estimate = std::bit_cast<float>((bits & 0xfffff000u) | 0x800u);
  for (int r = 0; r < table.size; ++r)
    moved[r] = inward ? table[r] / estimate : table[r] * estimate;
}

// ---- Bugs of the gradient -----------------------------------------------------------------------

QKOAN_BUG(void, offset_gradient, mean, "the gradient is the mean over the pairs, not their sum")
(Matrix G, bool bidirectional, MutableRow gradient) {
  std::vector<int> pairs(gradient.size);
  zero(gradient);
  for_each_pair(G, bidirectional, gradient.size, [&](int r, float g) {
    gradient[r] += g;
    ++pairs[r];
  });
  for (int r = 0; r < gradient.size; ++r) gradient[r] /= static_cast<float>(std::max(pairs[r], 1));
}

QKOAN_BUG(void, offset_gradient, last_pair_only, "each pair overwrites the one before it")
(Matrix G, bool bidirectional, MutableRow gradient) {
  zero(gradient);
  for_each_pair(G, bidirectional, gradient.size, [&](int r, float g) { gradient[r] = g; });
}

QKOAN_BUG(void, offset_gradient, clipped_pairs_dropped,
          "pairs beyond the table are left out, though they read its last number")
(Matrix G, bool bidirectional, MutableRow gradient) {
  const int length = length_of(gradient.size, bidirectional);
  zero(gradient);
  for (int i = 0; i < G.rows; ++i) {
    for (int j = 0; j < G.cols; ++j) {
      const int d = offset(i, j, G);
      const int r = index_of(d, length, bidirectional);
      if (r >= 0 && std::abs(d) < length) gradient[r] += G[i][j];
    }
  }
}

QKOAN_BUG(void, offset_gradient, hidden_times_zero,
          "hidden pairs are multiplied by 0, and a NaN that nobody may see survives")
(Matrix G, bool bidirectional, MutableRow gradient) {
  const int length = length_of(gradient.size, bidirectional);
  zero(gradient);
  for (int i = 0; i < G.rows; ++i) {
    for (int j = 0; j < G.cols; ++j) {
      const int r = index_of(offset(i, j, G), length, bidirectional);
      gradient[std::max(r, 0)] += (r < 0 ? 0.0f : 1.0f) * G[i][j];
    }
  }
}

QKOAN_BUG(void, offset_gradient, keeps_the_old, "the sums are added to what the output held before")
(Matrix G, bool bidirectional, MutableRow gradient) {
  for_each_pair(G, bidirectional, gradient.size, [&](int r, float g) { gradient[r] += g; });
}

QKOAN_BUG(void, offset_gradient, sums_top_left,
          "queries are counted from the first key: top-left alignment")
(Matrix G, bool bidirectional, MutableRow gradient) {
  const int length = length_of(gradient.size, bidirectional);
  zero(gradient);
  for (int i = 0; i < G.rows; ++i) {
    for (int j = 0; j < G.cols; ++j) {
      const int r = index_of(i - j, length, bidirectional);
      if (r >= 0) gradient[r] += G[i][j];
    }
  }
}

// ---- Bugs that SIMD brings ----------------------------------------------------------------------

QKOAN_BUG(void, offset_bias_simd, misses_tail,
          "the keys behind the last full vector of eight are not written")
(Row table, bool bidirectional, MutableMatrix B) {
  const float before = B.data[B.rows * B.cols - 1];
  const int whole = B.cols / 8 * 8;
  fill(B, [&](int i, int j) {
    return j < whole ? look_up(table, offset(i, j, B), bidirectional) : before;
  });
}

QKOAN_BUG(void, offset_bias_simd, wrong_way,
          "the window of the line moves the wrong way from row to row")
(Row table, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) { return look_up(table, B.cols - 1 - i - j, bidirectional); });
}

QKOAN_BUG(void, offset_bias_simd, circulant,
          "the line is n_k numbers long, and windows that leave it begin again")
(Row table, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) {
    const int c = (B.rows - 1 - i + j) % B.cols;
    return look_up(table, B.cols - 1 - c, bidirectional);
  });
}

QKOAN_BUG(void, offset_bias_simd, masks_whole_vectors,
          "the future is hidden by vectors of eight: keys in the last visible one remain")
(Row table, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) {
    const int p = offset(i, 0, B);
    const bool hidden = !bidirectional && j / 8 * 8 > p;
    return hidden ? kHidden
                  : look_up(table, bidirectional ? p - j : std::max(p - j, 0), bidirectional);
  });
}

// ---- Correct variants ---------------------------------------------------------------------------

QKOAN_VARIANT(int, offset_index, by_cases, "one branch for each part of the table")
(int offset, int length, bool bidirectional) {
  if (!bidirectional) {
    if (offset < 0) return -1;
    return offset < length ? offset : length - 1;
  }
  if (offset <= -length) return 0;
  if (offset >= length) return 2 * length - 2;
  return length + offset - 1;
}

QKOAN_VARIANT(void, offset_bias, adds_the_mask, "clips the future, too, and adds a causal mask")
(Row table, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) {
    const int d = offset(i, j, B);
    const float mask = d < 0 && !bidirectional ? kHidden : 0;
    return look_up(table, bidirectional ? d : std::max(d, 0), bidirectional) + mask;
  });
}

QKOAN_VARIANT(void, offset_bias, columns_first, "walks over the keys first, column by column")
(Row table, bool bidirectional, MutableMatrix B) {
  for (int j = 0; j < B.cols; ++j) {
    for (int i = 0; i < B.rows; ++i) B[i][j] = look_up(table, offset(i, j, B), bidirectional);
  }
}

QKOAN_VARIANT(void, offset_bias, row_by_row, "each row is the one before it, shifted by one")
(Row table, bool bidirectional, MutableMatrix B) {
  for (int j = 0; j < B.cols; ++j) B[0][j] = look_up(table, offset(0, j, B), bidirectional);
  for (int i = 1; i < B.rows; ++i) {
    B[i][0] = look_up(table, offset(i, 0, B), bidirectional);
    std::copy_n(B[i - 1].data, B.cols - 1, B[i].data + 1);
  }
}

QKOAN_VARIANT(void, biased_scores, folded_into_the_product,
              "outside, the bias is multiplied by √d first, and scaled with the dot product")
(Matrix Q, Matrix K, Row table, bool bidirectional, bool inside, MutableMatrix S) {
  score(Q, K, table, bidirectional, S, [=](Row q, Row k, float b) {
    float sum = inside ? b : b * root(q.size);
    for (int c = 0; c < q.size; ++c) sum += q[c] * k[c];
    return sum * (1 / root(q.size));
  });
}

QKOAN_VARIANT(void, biased_scores, scales_query, "scales the query and the bias before the sum")
(Matrix Q, Matrix K, Row table, bool bidirectional, bool inside, MutableMatrix S) {
  const float scale = 1 / root(Q.cols);
  score(Q, K, table, bidirectional, S, [=](Row q, Row k, float b) {
    float sum = inside ? b * scale : b;
    for (int c = q.size - 1; c >= 0; --c) sum = std::fma(q[c] * scale, k[c], sum);
    return sum;
  });
}

QKOAN_VARIANT(void, biased_scores, splits_scale, "multiplies query and key by d^(−1/4) each")
(Matrix Q, Matrix K, Row table, bool bidirectional, bool inside, MutableMatrix S) {
  const float scale = std::pow(static_cast<float>(Q.cols), -0.25f);
  score(Q, K, table, bidirectional, S, [=](Row q, Row k, float b) {
    float sum = 0;
    for (int c = 0; c < q.size; ++c) sum += (q[c] * scale) * (k[c] * scale);
    return sum + (inside ? b * scale * scale : b);
  });
}

QKOAN_VARIANT(void, biased_scores, in_double, "sums in double and rounds once")
(Matrix Q, Matrix K, Row table, bool bidirectional, bool inside, MutableMatrix S) {
  score(Q, K, table, bidirectional, S, [=](Row q, Row k, float b) {
    double sum = 0;
    for (int c = 0; c < q.size; ++c) sum += static_cast<double>(q[c]) * k[c];
    const double scale = 1 / std::sqrt(q.size);
    return static_cast<float>(inside ? (sum + b) * scale : sum * scale + b);
  });
}

QKOAN_VARIANT(void, move_table, by_power, "multiplies by d^½ or d^−½")
(Row table, int d, bool inward, MutableRow moved) {
  const float factor = std::pow(static_cast<float>(d), inward ? 0.5f : -0.5f);
  for (int r = 0; r < table.size; ++r) moved[r] = table[r] * factor;
}

QKOAN_VARIANT(void, move_table, reciprocals, "divides by a rounded 1/√d, or multiplies by it")
(Row table, int d, bool inward, MutableRow moved) {
  const float scale = 1 / root(d);
  for (int r = 0; r < table.size; ++r) moved[r] = inward ? table[r] / scale : table[r] * scale;
}

QKOAN_VARIANT(void, offset_gradient, backwards, "sums from the last pair to the first")
(Matrix G, bool bidirectional, MutableRow gradient) {
  const int length = length_of(gradient.size, bidirectional);
  zero(gradient);
  for (int i = G.rows - 1; i >= 0; --i) {
    for (int j = G.cols - 1; j >= 0; --j) {
      const int r = index_of(offset(i, j, G), length, bidirectional);
      if (r >= 0) gradient[r] += G[i][j];
    }
  }
}

QKOAN_VARIANT(void, offset_gradient, by_diagonals, "sums each diagonal first, then what is clipped")
(Matrix G, bool bidirectional, MutableRow gradient) {
  zero(gradient);
  for (int d = G.cols - 1; d > -G.rows; --d) {
    float sum = 0;
    for (int i = 0; i < G.rows; ++i) {
      const int j = i + G.cols - G.rows - d;
      if (j >= 0 && j < G.cols && (bidirectional || d >= 0)) sum += G[i][j];
    }
    const int r = index_of(d, length_of(gradient.size, bidirectional), bidirectional);
    if (r >= 0) gradient[r] += sum;
  }
}

QKOAN_VARIANT(void, offset_bias_simd, windows_of_a_line, "copies windows of a line of all offsets")
(Row table, bool bidirectional, MutableMatrix B) {
  std::vector<float> line;
  for (int d = B.cols - 1; d > -B.rows; --d) line.push_back(look_up(table, d, bidirectional));
  for (int i = 0; i < B.rows; ++i) std::copy_n(line.data() + (B.rows - 1 - i), B.cols, B[i].data);
}
