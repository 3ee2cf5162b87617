/// @file
/// Lesson 06: what goes wrong with linear biases, and what may differ and is right.

#include "exercises/alibi.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <vector>

#include "tests/support/mutants.hpp"

namespace {

constexpr float kHidden = -INFINITY;

/// The largest power of two that is ≤ heads.
int whole_part(int heads) { return static_cast<int>(std::bit_floor(static_cast<unsigned>(heads))); }

float power(double exponent) { return static_cast<float>(std::exp2(exponent)); }

/// Every slope by a function of its head and of the number of heads.
template <class Slope>
void fill(int heads, int first, MutableRow slopes, Slope slope) {
  for (int i = 0; i < slopes.size; ++i) slopes[i] = slope(first + i, heads);
}

float slope_of(int h, int heads) {
  const int c = whole_part(heads);
  return power(h < c ? -8.0 * (h + 1) / c : -4.0 * (2 * (h - c) + 1) / c);
}

int position(int i, MutableMatrix M) { return i + M.cols - M.rows; }

/// Every bias by a function of the offset p − j; the future is hidden unless it counts.
template <class Penalty>
void write_row(int p, bool bidirectional, MutableRow bias, Penalty penalty) {
  for (int j = 0; j < bias.size; ++j) bias[j] = j > p && !bidirectional ? kHidden : penalty(p - j);
}

/// A function of i and j for every element.
template <class Element>
void fill(MutableMatrix M, Element element) {
  for (int i = 0; i < M.rows; ++i) {
    for (int j = 0; j < M.cols; ++j) M[i][j] = element(i, j);
  }
}

/// The upper 8 bits of significand, rounded to nearest even.
float bfloat16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return std::bit_cast<float>((bits + 0x7fffu + (bits >> 16 & 1)) & 0xffff0000u);
}

/// The upper 11 bits of significand (Veltkamp); 2049 becomes 2048.
float float16(float x) {
  const float shifted = x * 8193.0f;
  return shifted - (shifted - x);
}

}  // namespace

// ---- The plain and right implementation ---------------------------------------------------------

void alibi_slopes(int heads, int first, MutableRow slopes) { fill(heads, first, slopes, slope_of); }

void alibi_row(float slope, int position, bool bidirectional, MutableRow bias) {
  write_row(position, bidirectional, bias,
            [=](int d) { return -slope * static_cast<float>(std::abs(d)); });
}

void alibi_bias(float slope, bool bidirectional, MutableMatrix B) {
  for (int i = 0; i < B.rows; ++i) alibi_row(slope, position(i, B), bidirectional, B[i]);
}

void alibi_key_only(Row slopes, MutableMatrix K) {
  fill(K, [&](int h, int j) { return slopes[h] * static_cast<float>(j); });
}

void add_alibi(float slope, bool bidirectional, MutableMatrix S) {
  fill(S, [&](int i, int j) {
    const int d = position(i, S) - j;
    if (d < 0 && !bidirectional) return kHidden;
    return S[i][j] - slope * static_cast<float>(std::abs(d));
  });
}

void add_alibi_simd(float slope, bool bidirectional, MutableMatrix S) {
  add_alibi(slope, bidirectional, S);
}

// ---- Bugs of the slopes -------------------------------------------------------------------------

// "Foundations of Large Language Models", chapter 2, prints 1/2^(8/k).
QKOAN_BUG(void, alibi_slopes, book_misprint, "the slope is 2^(−8/k), a misprint of 2^(−8·k/n)")
(int heads, int first, MutableRow slopes) {
  fill(heads, first, slopes, [](int h, int) { return power(-8.0 / (h + 1)); });
}

// ml-explore/mlx #343.
QKOAN_BUG(void, alibi_slopes, any_number_geometric,
          "the slopes are 2^(−8·(h+1)/n) also where n is no power of two")
(int heads, int first, MutableRow slopes) {
  fill(heads, first, slopes, [](int h, int n) { return power(-8.0 * (h + 1) / n); });
}

// bigscience-workshop/Megatron-DeepSpeed #227, flashinfer-ai/flashinfer #1606.
QKOAN_BUG(void, alibi_slopes, local_heads,
          "every machine begins with head 0: heads are counted within its own part")
(int heads, int, MutableRow slopes) { fill(heads, 0, slopes, slope_of); }

QKOAN_BUG(void, alibi_slopes, local_model,
          "the slopes are those of a model that has only the heads asked for")
(int, int, MutableRow slopes) { fill(slopes.size, 0, slopes, slope_of); }

// paiml/aprender PR2143.
QKOAN_BUG(void, alibi_slopes, exponent_from_zero, "the exponent counts heads from 0: slope 1 first")
(int heads, int first, MutableRow slopes) {
  fill(heads, first, slopes, [](int h, int n) {
    const int c = whole_part(n);
    return power(h < c ? -8.0 * h / c : -4.0 * (2 * (h - c)) / c);
  });
}

QKOAN_BUG(void, alibi_slopes, next_power_of_two,
          "the slopes are the first ones of the next power of two")
(int heads, int first, MutableRow slopes) {
  fill(heads, first, slopes, [](int h, int n) {
    return power(-8.0 * (h + 1) / static_cast<int>(std::bit_ceil(static_cast<unsigned>(n))));
  });
}

QKOAN_BUG(void, alibi_slopes, every_slope_of_twice,
          "the heads behind the power of two take each slope of 2c heads, not every other one")
(int heads, int first, MutableRow slopes) {
  fill(heads, first, slopes, [](int h, int n) {
    const int c = whole_part(n);
    return power(h < c ? -8.0 * (h + 1) / c : -4.0 * (h - c + 1) / c);
  });
}

QKOAN_BUG(void, alibi_slopes, repeats_slopes,
          "the heads behind the power of two begin again with the first slopes")
(int heads, int first, MutableRow slopes) {
  fill(heads, first, slopes,
       [](int h, int n) { return slope_of(h % whole_part(n), whole_part(n)); });
}

// Proposed in antofuller/CROMA #12.
QKOAN_BUG(void, alibi_slopes, sorted, "the slopes are sorted from steep to flat")
(int heads, int first, MutableRow slopes) {
  std::vector<float> all;
  for (int h = 0; h < heads; ++h) all.push_back(slope_of(h, heads));
  std::sort(all.rbegin(), all.rend());
  std::copy_n(all.begin() + first, slopes.size, slopes.data);
}

// Bloom in huggingface/transformers, and ggml.
QKOAN_BUG(void, alibi_slopes, powers_of_rounded_ratio,
          "the slopes are powers of a rounded ratio, so that 2^−k comes out as its neighbour")
(int heads, int first, MutableRow slopes) {
  const int c = whole_part(heads);
  const float ratio = power(-8.0 / c), twice = power(-4.0 / c);
  fill(heads, first, slopes, [=](int h, int) {
    float slope = h < c ? ratio : twice;
    const float factor = h < c ? ratio : twice * twice;
    for (int k = h < c ? h : h - c; k > 0; --k) slope *= factor;
    return slope;
  });
}

// ---- Bugs of the row ----------------------------------------------------------------------------

// meta-pytorch/attention-gym PR86.
QKOAN_BUG(void, alibi_row, rewards_distance, "the sign is wrong: far keys are rewarded")
(float slope, int p, bool bidirectional, MutableRow bias) {
  write_row(p, bidirectional, bias, [=](int d) { return slope * static_cast<float>(std::abs(d)); });
}

QKOAN_BUG(void, alibi_row, rewards_future, "the distance keeps its sign: future keys are rewarded")
(float slope, int p, bool bidirectional, MutableRow bias) {
  write_row(p, bidirectional, bias, [=](int d) { return -slope * static_cast<float>(d); });
}

QKOAN_BUG(void, alibi_row, no_mask, "the future is penalised where it must be hidden")
(float slope, int p, bool, MutableRow bias) { alibi_row(slope, p, true, bias); }

QKOAN_BUG(void, alibi_row, future_free, "keys of the future have no penalty at all")
(float slope, int p, bool bidirectional, MutableRow bias) {
  write_row(p, bidirectional, bias,
            [=](int d) { return -slope * static_cast<float>(std::max(d, 0)); });
}

QKOAN_BUG(void, alibi_row, counts_from_one, "the own key has distance 1: |p − j| + 1 is counted")
(float slope, int p, bool bidirectional, MutableRow bias) {
  write_row(p, bidirectional, bias,
            [=](int d) { return -slope * static_cast<float>(std::abs(d) + 1); });
}

QKOAN_BUG(void, alibi_row, from_last_key,
          "distances are counted from the last key, not from the query")
(float slope, int p, bool bidirectional, MutableRow bias) {
  const int last = bias.size - 1;
  write_row(p, bidirectional, bias,
            [=](int d) { return -slope * static_cast<float>(std::abs(last - (p - d))); });
}

QKOAN_BUG(void, alibi_row, difference_of_products,
          "m·j − m·p is the difference of two rounded products")
(float slope, int p, bool bidirectional, MutableRow bias) {
  const volatile float at_query = slope * static_cast<float>(p);  // rounded, never fused
  write_row(p, bidirectional, bias, [&](int d) {
    const volatile float at_key = slope * static_cast<float>(p - d);
    return -std::fabs(at_key - at_query);
  });
}

// ggml under flash attention: the distance travels in a mask of 16 bits.
QKOAN_BUG(void, alibi_row, distance_in_float16, "distances are rounded to 11 bits: 2049 is 2048")
(float slope, int p, bool bidirectional, MutableRow bias) {
  write_row(p, bidirectional, bias,
            [=](int d) { return -slope * float16(static_cast<float>(std::abs(d))); });
}

QKOAN_BUG(void, alibi_row, lowest_for_hidden, "hidden keys have the lowest float instead of −∞")
(float slope, int p, bool bidirectional, MutableRow bias) {
  alibi_row(slope, p, bidirectional, bias);
  for (float& b : bias) b = std::max(b, std::numeric_limits<float>::lowest());
}

// ---- Bugs of the matrix -------------------------------------------------------------------------

QKOAN_BUG(void, alibi_bias, top_left, "queries are counted from the first key: top-left alignment")
(float slope, bool bidirectional, MutableMatrix B) {
  for (int i = 0; i < B.rows; ++i) alibi_row(slope, i, bidirectional, B[i]);
}

QKOAN_BUG(void, alibi_bias, stops_at_first_key,
          "queries before the first key are moved onto it: p(i) is not let below 0")
(float slope, bool bidirectional, MutableMatrix B) {
  for (int i = 0; i < B.rows; ++i)
    alibi_row(slope, std::max(position(i, B), 0), bidirectional, B[i]);
}

QKOAN_BUG(void, alibi_bias, key_only_matrix,
          "rows are those of the key-only form, off by a constant")
(float slope, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) {
    return j > position(i, B) && !bidirectional ? kHidden : slope * static_cast<float>(j);
  });
}

QKOAN_BUG(void, alibi_bias, always_causal, "the future is hidden also where it counts")
(float slope, bool, MutableMatrix B) { alibi_bias(slope, false, B); }

// ---- Bugs of the key-only form ------------------------------------------------------------------

QKOAN_BUG(void, alibi_key_only, negative, "the sign is wrong: the newest key is penalised most")
(Row slopes, MutableMatrix K) {
  fill(K, [&](int h, int j) { return -slopes[h] * static_cast<float>(j); });
}

QKOAN_BUG(void, alibi_key_only, one_slope, "all heads have the slope of the first")
(Row slopes, MutableMatrix K) {
  fill(K, [&](int, int j) { return slopes[0] * static_cast<float>(j); });
}

QKOAN_BUG(void, alibi_key_only, keys_from_one, "keys are counted from 1")
(Row slopes, MutableMatrix K) {
  fill(K, [&](int h, int j) { return slopes[h] * static_cast<float>(j + 1); });
}

// Falcon multiplies bfloat16 slopes by bfloat16 positions.
QKOAN_BUG(void, alibi_key_only, bfloat16_biases, "biases are rounded to a bfloat16")
(Row slopes, MutableMatrix K) {
  fill(K, [&](int h, int j) { return bfloat16(slopes[h] * static_cast<float>(j)); });
}

QKOAN_BUG(void, alibi_key_only, running_sum, "the slope is added up key by key, with its roundings")
(Row slopes, MutableMatrix K) {
  for (int h = 0; h < K.rows; ++h) {
    float sum = 0;
    for (int j = 0; j < K.cols; ++j, sum += slopes[h]) K[h][j] = sum;
  }
}

// ---- Bugs of the fused form ---------------------------------------------------------------------

QKOAN_BUG(void, add_alibi, overwrites, "the biases replace the scores")
(float slope, bool bidirectional, MutableMatrix S) { alibi_bias(slope, bidirectional, S); }

QKOAN_BUG(void, add_alibi, future_kept, "future keys keep their scores: the mask is missing")
(float slope, bool bidirectional, MutableMatrix S) {
  fill(S, [&](int i, int j) {
    const int d = position(i, S) - j;
    return d < 0 && !bidirectional ? S[i][j] : S[i][j] - slope * static_cast<float>(std::abs(d));
  });
}

QKOAN_BUG(void, add_alibi, future_penalised, "future keys are penalised where they must be hidden")
(float slope, bool, MutableMatrix S) { add_alibi(slope, true, S); }

QKOAN_BUG(void, add_alibi, adds_infinity, "−∞ is added, and a NaN that nobody may see survives")
(float slope, bool bidirectional, MutableMatrix S) {
  fill(S, [&](int i, int j) {
    const int d = position(i, S) - j;
    const float future = d < 0 && !bidirectional ? kHidden : 0;
    return S[i][j] - slope * static_cast<float>(std::abs(d)) + future;
  });
}

QKOAN_BUG(void, add_alibi, subtracts_twice, "the penalty is applied twice")
(float slope, bool bidirectional, MutableMatrix S) { add_alibi(2 * slope, bidirectional, S); }

// ---- Bugs that SIMD brings ----------------------------------------------------------------------

QKOAN_BUG(void, add_alibi_simd, misses_tail,
          "the keys behind the last full vector of eight keep their scores")
(float slope, bool bidirectional, MutableMatrix S) {
  const int whole = S.cols / 8 * 8;
  fill(S, [&](int i, int j) {
    const int d = position(i, S) - j;
    if (d < 0 && !bidirectional) return kHidden;
    return j < whole ? S[i][j] - slope * static_cast<float>(std::abs(d)) : S[i][j];
  });
}

QKOAN_BUG(void, add_alibi_simd, lanes_begin_again,
          "every vector of eight counts its distances as if it were the first")
(float slope, bool bidirectional, MutableMatrix S) {
  fill(S, [&](int i, int j) {
    const int d = position(i, S) - j;
    if (d < 0 && !bidirectional) return kHidden;
    return S[i][j] - slope * static_cast<float>(std::abs(position(i, S) - j % 8));
  });
}

QKOAN_BUG(void, add_alibi_simd, masks_whole_vectors,
          "the future is hidden by vectors of eight: keys in the last visible one remain")
(float slope, bool bidirectional, MutableMatrix S) {
  fill(S, [&](int i, int j) {
    const int p = position(i, S);
    if (j / 8 * 8 > p && !bidirectional) return kHidden;
    return S[i][j] - slope * static_cast<float>(std::abs(p - j));
  });
}

// ---- Correct variants ---------------------------------------------------------------------------

QKOAN_VARIANT(void, alibi_slopes, authors_way,
              "recursion over powers of two, repeated products in double")
(int heads, int first, MutableRow slopes) {
  const int c = whole_part(heads);
  const auto sequence = [](int n) {  // of a power of two
    const double start = std::pow(2, -std::pow(2, -(std::log2(n) - 3)));
    std::vector<double> all;
    for (int h = 0; h < n; ++h) all.push_back(start * std::pow(start, h));
    return all;
  };
  std::vector<double> all = sequence(c);
  const std::vector<double> twice = sequence(2 * c);
  for (int h = c; h < heads; ++h) all.push_back(twice[2 * (h - c)]);
  for (int i = 0; i < slopes.size; ++i) slopes[i] = static_cast<float>(all[first + i]);
}

QKOAN_VARIANT(void, alibi_slopes, float_pow, "pow in float, of an exponent in float")
(int heads, int first, MutableRow slopes) {
  fill(heads, first, slopes, [](int h, int n) {
    const auto c = static_cast<float>(whole_part(n)), x = static_cast<float>(h);
    return std::pow(2.0f, x < c ? -8 * (x + 1) / c : -4 * (2 * (x - c) + 1) / c);
  });
}

QKOAN_VARIANT(void, alibi_slopes, natural_base, "e^(−e·ln 2) in float, exact powers by ldexp")
(int heads, int first, MutableRow slopes) {
  fill(heads, first, slopes, [](int h, int n) {
    const auto c = static_cast<float>(whole_part(n)), x = static_cast<float>(h);
    const float e = x < c ? 8 * (x + 1) / c : 4 * (2 * (x - c) + 1) / c;
    const int whole = static_cast<int>(e);
    if (e == static_cast<float>(whole)) return std::ldexp(1.0f, -whole);
    return std::exp(-e * 0.693147181f);
  });
}

// llm-foundry (MPT): the even ones of the next power of two first, then the odd ones.
QKOAN_VARIANT(void, alibi_slopes, interleaved, "odd and even slopes of the next power of two")
(int heads, int first, MutableRow slopes) {
  const int n = static_cast<int>(std::bit_ceil(static_cast<unsigned>(heads)));
  std::vector<float> all;
  for (int h = 1; h <= n; ++h) all.push_back(power(-8.0 * h / n));
  std::vector<float> picked;
  for (int h = 1; h < n; h += 2) picked.push_back(all[h]);
  for (int h = 0; h < n; h += 2) picked.push_back(all[h]);
  if (n == heads) picked = all;
  std::copy_n(picked.begin() + first, slopes.size, slopes.data);
}

QKOAN_VARIANT(void, alibi_row, difference_in_double,
              "the difference of two products, exact in double")
(float slope, int p, bool bidirectional, MutableRow bias) {
  const double m = slope;
  write_row(p, bidirectional, bias,
            [=](int d) { return static_cast<float>(-std::fabs(m * p - m * (p - d))); });
}

QKOAN_VARIANT(void, alibi_row, two_ramps, "min of two lines, the mask afterwards")
(float slope, int p, bool bidirectional, MutableRow bias) {
  for (int j = 0; j < bias.size; ++j) {
    const float climb = slope * static_cast<float>(j - p);
    bias[j] = std::min(climb, -climb);
  }
  if (bidirectional) return;
  for (int j = std::max(p + 1, 0); j < bias.size; ++j) bias[j] = kHidden;
}

QKOAN_VARIANT(void, alibi_bias, windows_of_a_line, "copies windows of one row of all offsets")
(float slope, bool bidirectional, MutableMatrix B) {
  std::vector<float> line(B.rows + B.cols - 1);
  alibi_row(slope, B.cols - 1, bidirectional, {line.data(), static_cast<int>(line.size())});
  fill(B, [&](int i, int j) { return line[j + B.rows - 1 - i]; });
}

QKOAN_VARIANT(void, alibi_bias, columns_first, "walks over the keys first, column by column")
(float slope, bool bidirectional, MutableMatrix B) {
  for (int j = 0; j < B.cols; ++j) {
    for (int i = 0; i < B.rows; ++i) {
      const int d = position(i, B) - j;
      B[i][j] = bidirectional || d >= 0 ? slope * -static_cast<float>(std::abs(d)) : kHidden;
    }
  }
}

QKOAN_VARIANT(void, alibi_key_only, keys_outside, "products in double, key by key")
(Row slopes, MutableMatrix K) {
  for (int j = 0; j < K.cols; ++j) {
    for (int h = 0; h < K.rows; ++h)
      K[h][j] = static_cast<float>(static_cast<double>(slopes[h]) * j);
  }
}

QKOAN_VARIANT(void, add_alibi, fused, "one fused multiply-add per score")
(float slope, bool bidirectional, MutableMatrix S) {
  fill(S, [&](int i, int j) {
    const int d = position(i, S) - j;
    if (d < 0 && !bidirectional) return kHidden;
    return std::fma(-slope, static_cast<float>(std::abs(d)), S[i][j]);
  });
}

QKOAN_VARIANT(void, add_alibi, by_the_matrix, "computes the bias matrix, then adds it")
(float slope, bool bidirectional, MutableMatrix S) {
  std::vector<float> biases(static_cast<std::size_t>(S.rows) * S.cols);
  const MutableMatrix B{biases.data(), S.rows, S.cols};
  alibi_bias(slope, bidirectional, B);
  fill(S, [&](int i, int j) { return B[i][j] == kHidden ? kHidden : S[i][j] + B[i][j]; });
}

QKOAN_VARIANT(void, add_alibi_simd, in_double, "sums in double and rounds once")
(float slope, bool bidirectional, MutableMatrix S) {
  fill(S, [&](int i, int j) {
    const int d = position(i, S) - j;
    if (d < 0 && !bidirectional) return kHidden;
    return static_cast<float>(S[i][j] - static_cast<double>(slope) * std::abs(d));
  });
}
