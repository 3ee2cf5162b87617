/// @file
/// Lesson 07: what goes wrong with kernelised biases, and what may differ and is right.

#include "exercises/kerple.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <vector>

#include "tests/support/mutants.hpp"

namespace {

constexpr float kHidden = -INFINITY;
constexpr float kLeast = 0.01f;

int position(int i, MutableMatrix M) { return i + M.cols - M.rows; }

/// A function of i and j for every element.
template <class Element>
void fill(MutableMatrix M, Element element) {
  for (int i = 0; i < M.rows; ++i) {
    for (int j = 0; j < M.cols; ++j) M[i][j] = element(i, j);
  }
}

/// A function of the offset p(i) − j for every element; the future is hidden unless it counts.
template <class Bias>
void fill_offsets(MutableMatrix B, bool bidirectional, Bias bias) {
  fill(B, [&](int i, int j) {
    const int offset = position(i, B) - j;
    return offset < 0 && !bidirectional ? kHidden : bias(offset);
  });
}

/// The upper 8 bits of significand, rounded to nearest even: 257 becomes 256.
float bfloat16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return std::bit_cast<float>((bits + 0x7fffu + (bits >> 16 & 1)) & 0xffff0000u);
}

float number(int distance) { return static_cast<float>(distance); }

/// Every score by a function of the product and of its bias, where the key is visible.
template <class Score>
void fill_scores(float r1, float r2, MutableMatrix S, Score score) {
  fill(S, [&](int i, int j) {
    const int d = position(i, S) - j;
    return d < 0 ? kHidden : score(S[i][j], kerple_log(r1, r2, d));
  });
}

float root(int d) { return std::sqrt(static_cast<float>(d)); }

}  // namespace

// ---- The plain and right implementation ---------------------------------------------------------

void kerple_project(bool power, MutableRow r1, MutableRow r2) {
  for (float& r : r1) r = std::max(r, kLeast);
  for (float& r : r2) r = std::max(r, kLeast);
  if (!power) return;
  for (float& r : r2) r = std::min(r, 2.0f);
}

float kerple_log(float r1, float r2, int distance) {
  return -r1 * std::log1p(r2 * number(distance));
}

float kerple_power(float r1, float r2, int distance) {
  return -r1 * std::pow(number(distance), r2);
}

void kerple_bias(bool power, float r1, float r2, bool bidirectional, MutableMatrix B) {
  fill_offsets(B, bidirectional, [=](int offset) {
    const int d = std::abs(offset);
    return power ? kerple_power(r1, r2, d) : kerple_log(r1, r2, d);
  });
}

void kerple_scores(float r1, float r2, int d, bool inside, MutableMatrix S) {
  fill_scores(r1, r2, S,
              [=](float s, float b) { return inside ? (s + b) / root(d) : s / root(d) + b; });
}

void kerple_log_bias_simd(float r1, float r2, bool bidirectional, MutableMatrix B) {
  kerple_bias(false, r1, r2, bidirectional, B);
}

// ---- Bugs of the projection ---------------------------------------------------------------------

QKOAN_BUG(void, kerple_project, lets_zero_be, "parameters are only kept from being negative")
(bool power, MutableRow r1, MutableRow r2) {
  for (float& r : r1) r = std::max(r, 0.0f);
  for (float& r : r2) r = std::clamp(r, 0.0f, power ? 2.0f : INFINITY);
}

QKOAN_BUG(void, kerple_project, magnitudes, "the sign is dropped: −1 becomes 1, not 0.01")
(bool power, MutableRow r1, MutableRow r2) {
  for (float& r : r1) r = std::fabs(r);
  for (float& r : r2) r = std::fabs(r);
  kerple_project(power, r1, r2);
}

QKOAN_BUG(void, kerple_project, exponent_unlimited,
          "exponents above 2 are let be: no kernel any more")
(bool, MutableRow r1, MutableRow r2) { kerple_project(false, r1, r2); }

QKOAN_BUG(void, kerple_project, limits_both_forms, "the logarithmic form's r2 is limited to 2, too")
(bool, MutableRow r1, MutableRow r2) { kerple_project(true, r1, r2); }

QKOAN_BUG(void, kerple_project, softplus,
          "parameters are reparametrised, so that legal ones change")
(bool power, MutableRow r1, MutableRow r2) {
  for (float& r : r1) r = std::max(r, 0.0f) + std::log1p(std::exp(-std::fabs(r)));
  for (float& r : r2) r = std::max(r, 0.0f) + std::log1p(std::exp(-std::fabs(r)));
  kerple_project(power, r1, r2);
}

QKOAN_BUG(void, kerple_project, r1_only, "only r1 is projected")
(bool, MutableRow r1, MutableRow) {
  for (float& r : r1) r = std::max(r, kLeast);
}

// ---- Bugs of the logarithmic form ---------------------------------------------------------------

QKOAN_BUG(float, kerple_log, plain_log, "the logarithm is that of a rounded 1 + r2·d")
(float r1, float r2, int distance) {
  const volatile float one_more = 1 + r2 * number(distance);
  return -r1 * std::log(one_more);
}

// NVIDIA/NeMo, kerple_relative_position_embedding.py: kerple_a is made of zeros, and no parameter.
QKOAN_BUG(float, kerple_log, never_trained, "r2 stays 0, and so does the bias")
(float, float, int) { return 0; }

QKOAN_BUG(float, kerple_log, rewards_distance, "the sign is wrong: far keys are rewarded")
(float r1, float r2, int distance) { return -kerple_log(r1, r2, distance); }

QKOAN_BUG(float, kerple_log, parameters_exchanged, "r1 and r2 have changed places")
(float r1, float r2, int distance) { return kerple_log(r2, r1, distance); }

QKOAN_BUG(float, kerple_log, base_2, "the logarithm is that of base 2")
(float r1, float r2, int distance) { return 1.44269504f * kerple_log(r1, r2, distance); }

QKOAN_BUG(float, kerple_log, r2_outside, "r2 stands before the logarithm, not in it")
(float r1, float r2, int distance) { return r2 * kerple_log(r1, 1, distance); }

QKOAN_BUG(float, kerple_log, forgets_one, "ln(r2·d): the 1 is missing where d is not 0")
(float r1, float r2, int distance) {
  return distance == 0 ? 0 : -r1 * std::log(r2 * number(distance));
}

// A port clamps distances at 1.
QKOAN_BUG(float, kerple_log, distance_at_least_1,
          "the own key has distance 1, as its neighbour has")
(float r1, float r2, int distance) { return -r1 * std::log1p(r2 * number(std::max(distance, 1))); }

// The authors' code converts distances to the type of the scores.
QKOAN_BUG(float, kerple_log, distance_in_bfloat16, "distances are rounded to 8 bits: 257 is 256")
(float r1, float r2, int distance) { return -r1 * std::log1p(r2 * bfloat16(number(distance))); }

// ---- Bugs of the power form ---------------------------------------------------------------------

QKOAN_BUG(float, kerple_power, whole_exponent, "the exponent is rounded to a whole number")
(float r1, float r2, int distance) { return kerple_power(r1, std::nearbyint(r2), distance); }

QKOAN_BUG(float, kerple_power, r1_inside, "the power is that of r1·d")
(float r1, float r2, int distance) { return -std::pow(r1 * number(distance), r2); }

QKOAN_BUG(float, kerple_power, base_and_exponent, "r2^d where d^r2 is meant")
(float r1, float r2, int distance) {
  return distance == 0 ? 0 : -r1 * std::pow(r2, number(std::min(distance, 100)));
}

QKOAN_BUG(float, kerple_power, epsilon, "10⁻⁶ is added to the distance, against the logarithm of 0")
(float r1, float r2, int distance) {
  return -r1 * std::exp(r2 * std::log(number(distance) + 1e-6f));
}

QKOAN_BUG(float, kerple_power, nan_at_own_key, "r2·ln 0 is −∞, and 0·∞ makes a NaN of the own key")
(float r1, float r2, int distance) {
  const float logarithm = std::log(number(distance));
  return -r1 * std::exp(r2 * logarithm) + 0 * logarithm;
}

QKOAN_BUG(float, kerple_power, one_more, "the power is that of d + 1")
(float r1, float r2, int distance) { return -r1 * std::pow(number(distance) + 1, r2); }

// ---- Bugs of the matrix -------------------------------------------------------------------------

// NVIDIA/NeMo takes the upper left corner of a larger matrix.
QKOAN_BUG(void, kerple_bias, top_left, "queries are counted from the first key: top-left alignment")
(bool power, float r1, float r2, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) {
    if (j > i && !bidirectional) return kHidden;
    const int d = std::abs(i - j);
    return power ? kerple_power(r1, r2, d) : kerple_log(r1, r2, d);
  });
}

// EleutherAI/gpt-neox, on which the authors' code builds.
QKOAN_BUG(void, kerple_bias, mask_of_10000,
          "hidden keys have −10000, which a large penalty exceeds")
(bool power, float r1, float r2, bool bidirectional, MutableMatrix B) {
  kerple_bias(power, r1, r2, bidirectional, B);
  fill(B, [&](int i, int j) { return B[i][j] == kHidden ? -10000.0f : B[i][j]; });
}

// tril(i − j) without a mask: the future has distance 0.
QKOAN_BUG(void, kerple_bias, future_free, "keys of the future have no penalty at all")
(bool power, float r1, float r2, bool bidirectional, MutableMatrix B) {
  fill_offsets(B, bidirectional, [=](int offset) {
    const int d = std::max(offset, 0);
    return power ? kerple_power(r1, r2, d) : kerple_log(r1, r2, d);
  });
}

QKOAN_BUG(void, kerple_bias, always_logarithmic, "the power form is never taken")
(bool, float r1, float r2, bool bidirectional, MutableMatrix B) {
  kerple_bias(false, r1, r2, bidirectional, B);
}

QKOAN_BUG(void, kerple_bias, no_mask, "the future is penalised where it must be hidden")
(bool power, float r1, float r2, bool, MutableMatrix B) { kerple_bias(power, r1, r2, true, B); }

QKOAN_BUG(void, kerple_bias, always_causal, "the future is hidden also where it counts")
(bool power, float r1, float r2, bool, MutableMatrix B) { kerple_bias(power, r1, r2, false, B); }

QKOAN_BUG(void, kerple_bias, table_of_4096, "distances end at 4095, where a table does")
(bool power, float r1, float r2, bool bidirectional, MutableMatrix B) {
  fill_offsets(B, bidirectional, [=](int offset) {
    const int d = std::min(std::abs(offset), 4095);
    return power ? kerple_power(r1, r2, d) : kerple_log(r1, r2, d);
  });
}

// ---- Bugs of the scores -------------------------------------------------------------------------

QKOAN_BUG(void, kerple_scores, always_inside, "the bias is inside the scale also where it must not")
(float r1, float r2, int d, bool, MutableMatrix S) { kerple_scores(r1, r2, d, true, S); }

QKOAN_BUG(void, kerple_scores, always_outside,
          "the bias is outside the scale also where it must not")
(float r1, float r2, int d, bool, MutableMatrix S) { kerple_scores(r1, r2, d, false, S); }

QKOAN_BUG(void, kerple_scores, forgets_scale, "the scale 1/√d is missing")
(float r1, float r2, int, bool inside, MutableMatrix S) { kerple_scores(r1, r2, 1, inside, S); }

QKOAN_BUG(void, kerple_scores, adds_infinity, "−∞ is added, and a NaN that nobody may see survives")
(float r1, float r2, int d, bool inside, MutableMatrix S) {
  fill(S, [&](int i, int j) {
    const int distance = position(i, S) - j;
    const float b = distance < 0 ? kHidden : kerple_log(r1, r2, distance);
    return inside ? (S[i][j] + b) / root(d) : S[i][j] / root(d) + b;
  });
}

QKOAN_BUG(void, kerple_scores, not_causal, "keys of the future keep their scores")
(float r1, float r2, int d, bool inside, MutableMatrix S) {
  fill(S, [&](int i, int j) {
    const float b = kerple_log(r1, r2, std::abs(position(i, S) - j));
    return inside ? (S[i][j] + b) / root(d) : S[i][j] / root(d) + b;
  });
}

// ---- Bugs that SIMD brings ----------------------------------------------------------------------

QKOAN_BUG(void, kerple_log_bias_simd, loses_small,
          "the vector's logarithm begins with a rounded 1 + x")
(float r1, float r2, bool bidirectional, MutableMatrix B) {
  fill_offsets(B, bidirectional, [=](int offset) {
    const volatile float one_more = 1 + r2 * number(std::abs(offset));
    return -r1 * std::log(one_more);
  });
}

QKOAN_BUG(void, kerple_log_bias_simd, short_polynomial,
          "the polynomial of the logarithm is too short: five digits are right")
(float r1, float r2, bool bidirectional, MutableMatrix B) {
  fill_offsets(B, bidirectional, [=](int offset) {
    int k;
    const double m = 2 * std::frexp(1 + static_cast<double>(r2) * std::abs(offset), &k);
    const double s = (m - 1) / (m + 1);  // in [0, 1/3)
    const double small = 2 * s * (1 + s * s / 3 + s * s * s * s / 5);
    return static_cast<float>(-r1 * ((k - 1) * 0.6931471805599453 + small));
  });
}

QKOAN_BUG(void, kerple_log_bias_simd, misses_tail,
          "distances behind the last full vector of eight are left 0")
(float r1, float r2, bool bidirectional, MutableMatrix B) {
  const int n = bidirectional ? std::max(B.rows, B.cols) : B.cols;
  fill_offsets(B, bidirectional, [=](int offset) {
    return std::abs(offset) < n / 8 * 8 ? kerple_log(r1, r2, std::abs(offset)) : 0;
  });
}

QKOAN_BUG(void, kerple_log_bias_simd, line_reversed,
          "the line of biases is read in the wrong direction")
(float r1, float r2, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) {
    if (position(i, B) - j < 0 && !bidirectional) return kHidden;
    return kerple_log(r1, r2, std::abs(B.rows - 1 - i - j));
  });
}

QKOAN_BUG(void, kerple_log_bias_simd, lanes_begin_again,
          "every vector of eight counts its distances from 0")
(float r1, float r2, bool bidirectional, MutableMatrix B) {
  fill_offsets(B, bidirectional,
               [=](int offset) { return kerple_log(r1, r2, std::abs(offset) % 8); });
}

// ---- Correct variants ---------------------------------------------------------------------------

QKOAN_VARIANT(void, kerple_project, conditions, "moves with if, element by element")
(bool power, MutableRow r1, MutableRow r2) {
  for (int h = 0; h < r1.size; ++h) {
    if (!(r1[h] >= kLeast)) r1[h] = kLeast;
    if (!(r2[h] >= kLeast)) r2[h] = kLeast;
    if (power && r2[h] > 2) r2[h] = 2;
  }
}

QKOAN_VARIANT(float, kerple_log, in_double, "the logarithm of 1 + x, in double")
(float r1, float r2, int distance) {
  return static_cast<float>(-r1 * std::log(1 + static_cast<double>(r2) * distance));
}

QKOAN_VARIANT(float, kerple_log, corrected_log, "ln(w)·x/(w − 1), w being the rounded 1 + x")
(float r1, float r2, int distance) {
  const volatile float x = r2 * number(distance);
  const volatile float w = 1 + x;
  if (w == 1) return -r1 * x;
  return -r1 * (std::log(w) * x / (w - 1));
}

QKOAN_VARIANT(float, kerple_log, base_2_log, "log₂(1 + x)·ln 2 in double")
(float r1, float r2, int distance) {
  const double log2 = std::log2(1 + static_cast<double>(r2) * distance);
  return static_cast<float>(-r1 * (log2 * 0.69314718055994531));
}

QKOAN_VARIANT(float, kerple_power, by_exponential, "e^(r2·ln d) in float")
(float r1, float r2, int distance) {
  return distance == 0 ? 0 : -r1 * std::exp(r2 * std::log(number(distance)));
}

QKOAN_VARIANT(float, kerple_power, base_2_power, "2^(r2·log₂ d) in float")
(float r1, float r2, int distance) { return -r1 * std::exp2(r2 * std::log2(number(distance))); }

QKOAN_VARIANT(float, kerple_power, power_in_double, "pow in double")
(float r1, float r2, int distance) {
  return static_cast<float>(-r1 * std::pow(static_cast<double>(distance), r2));
}

QKOAN_VARIANT(void, kerple_bias, windows_of_a_line, "copies windows of one row of all offsets")
(bool power, float r1, float r2, bool bidirectional, MutableMatrix B) {
  std::vector<float> line(B.rows + B.cols - 1);
  fill_offsets({line.data(), 1, B.cols}, bidirectional,
               [=](int d) { return power ? kerple_power(r1, r2, d) : kerple_log(r1, r2, d); });
  for (int d = 1; d < B.rows; ++d) {
    const float future = power ? kerple_power(r1, r2, d) : kerple_log(r1, r2, d);
    line[B.cols - 1 + d] = bidirectional ? future : kHidden;
  }
  fill(B, [&](int i, int j) { return line[j + B.rows - 1 - i]; });
}

QKOAN_VARIANT(void, kerple_scores, everything_inside,
              "multiplies an outer bias by √d, then divides")
(float r1, float r2, int d, bool inside, MutableMatrix S) {
  const float factor = inside ? 1 : root(d);
  fill_scores(r1, r2, S, [=](float s, float b) { return (s + factor * b) / root(d); });
}

QKOAN_VARIANT(void, kerple_scores, everything_outside, "scales both terms with a rounded 1/√d")
(float r1, float r2, int d, bool inside, MutableMatrix S) {
  const float scale = 1 / root(d), of_bias = inside ? scale : 1;
  fill_scores(r1, r2, S, [=](float s, float b) { return s * scale + of_bias * b; });
}

QKOAN_VARIANT(void, kerple_log_bias_simd, columns_first, "in double, column by column")
(float r1, float r2, bool bidirectional, MutableMatrix B) {
  for (int j = 0; j < B.cols; ++j) {
    for (int i = 0; i < B.rows; ++i) {
      const int offset = position(i, B) - j;
      const double x = static_cast<double>(r2) * std::abs(offset);
      B[i][j] = offset < 0 && !bidirectional ? kHidden : static_cast<float>(-r1 * std::log1p(x));
    }
  }
}
