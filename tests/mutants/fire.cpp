/// @file
/// Lesson 09: what goes wrong with FIRE, and what may differ and is right.

#include "exercises/fire.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <vector>

#include "tests/support/mutants.hpp"

// ---- The plain and right implementation ---------------------------------------------------------

float log_distance(float c, float x) { return std::log(c * x + 1); }

float normalised_distance(float c, float L, int p, int j) {
  return log_distance(c, static_cast<float>(std::abs(p - j))) /
         log_distance(c, std::max(L, static_cast<float>(p)));
}

float network(Fire fire, float z) {
  float sum = fire.b2;
  for (int k = 0; k < fire.w1.size; ++k) {
    sum += fire.w2[k] * std::max(fire.w1[k] * z + fire.b1[k], 0.0f);
  }
  return sum;
}

namespace {

int position(int i, MutableMatrix B) { return i + B.cols - B.rows; }

/// B by a function of the query's and the key's position, where the key is seen.
template <class Value>
void fill(bool bidirectional, MutableMatrix B, Value value) {
  for (int i = 0; i < B.rows; ++i) {
    const int p = position(i, B);
    for (int j = 0; j < B.cols; ++j) B[i][j] = bidirectional || j <= p ? value(p, j) : -INFINITY;
  }
}

}  // namespace

void fire_bias(Fire fire, bool bidirectional, MutableMatrix B) {
  fill(bidirectional, B,
       [&](int p, int j) { return network(fire, normalised_distance(fire.c, fire.L, p, j)); });
}

int knots(Row w1, Row b1, MutableRow t) {
  int count = 0;
  for (int k = 0; k < w1.size; ++k) {
    const float knot = -b1[k] / w1[k];
    if (knot > 0 && knot < 1) t[count++] = knot;
  }
  std::sort(t.data, t.data + count);
  return count;
}

void fire_bias_simd(Fire fire, bool bidirectional, MutableMatrix B) {
  fire_bias(fire, bidirectional, B);
}

// ---- Bugs of ψ ----------------------------------------------------------------------------------

QKOAN_BUG(float, log_distance, forgets_one, "the logarithm is that of c·x, without the 1")
(float c, float x) { return std::log(c * x); }

QKOAN_BUG(float, log_distance, c_outside, "c multiplies the logarithm instead of the distance")
(float c, float x) { return c * std::log(x + 1); }

QKOAN_BUG(float, log_distance, base_two, "the logarithm is that of base 2")
(float c, float x) { return std::log2(c * x + 1); }

QKOAN_BUG(float, log_distance, no_logarithm, "ψ is a straight line: the logarithm is missing")
(float c, float x) { return c * x; }

// Distances as 16-bit floats before the logarithm: chuanyang-Zheng/DAPE casts to the type of the input.
QKOAN_BUG(float, log_distance, bfloat16_argument,
          "the distance is rounded to the 8 bits of a bfloat16 before the logarithm")
(float c, float x) {
  const float shifted = x * 65537.0f;  // Veltkamp: keep the upper 8 bits
  return std::log(c * (shifted - (shifted - x)) + 1);
}

// ---- Bugs of the share --------------------------------------------------------------------------

QKOAN_BUG(float, normalised_distance, ignores_L, "the rod is the query's position, also before L")
(float c, float, int p, int j) {
  if (p == 0) return 0;
  return log_distance(c, static_cast<float>(p - j)) / log_distance(c, static_cast<float>(p));
}

QKOAN_BUG(float, normalised_distance, always_L, "the rod is always L, also behind it")
(float c, float L, int p, int j) {
  return log_distance(c, static_cast<float>(p - j)) / log_distance(c, L);
}

QKOAN_BUG(float, normalised_distance, min_of_L, "the rod is the smaller one of L and the position")
(float c, float L, int p, int j) {
  const float rod = std::min(L, static_cast<float>(std::max(p, 1)));
  return log_distance(c, static_cast<float>(p - j)) / log_distance(c, rod);
}

QKOAN_BUG(float, normalised_distance, counts_from_one, "the query's position is counted from 1")
(float c, float L, int p, int j) {
  return log_distance(c, static_cast<float>(p - j)) /
         log_distance(c, std::max(L, static_cast<float>(p + 1)));
}

QKOAN_BUG(float, normalised_distance, log_of_ratio,
          "the distance is divided first, and the logarithm taken of the share")
(float c, float L, int p, int j) {
  return log_distance(c, static_cast<float>(p - j) / std::max(L, static_cast<float>(p)));
}

QKOAN_BUG(float, normalised_distance, rod_of_key, "the rod grows with the key's position")
(float c, float L, int p, int j) {
  return log_distance(c, static_cast<float>(p - j)) /
         log_distance(c, std::max(L, static_cast<float>(j)));
}

// The authors' pseudo-code, as in chuanyang-Zheng/DAPE, adds 10⁻⁶; the contract's rod is never zero.
QKOAN_BUG(float, normalised_distance, epsilon_in_rod, "10⁻⁶ is added to the denominator")
(float c, float L, int p, int j) {
  return log_distance(c, static_cast<float>(p - j)) /
         (log_distance(c, std::max(L, static_cast<float>(p))) + 1e-6f);
}

// A variant seen in ports: half of the initial L.
QKOAN_BUG(float, normalised_distance, half_of_L, "L is halved")
(float c, float L, int p, int j) {
  return log_distance(c, static_cast<float>(p - j)) /
         log_distance(c, std::max(L / 2, static_cast<float>(p)));
}

// ---- Bugs of the network ------------------------------------------------------------------------

QKOAN_BUG(float, network, no_relu, "the hidden units are not cut off at 0")
(Fire f, float z) {
  float sum = f.b2;
  for (int k = 0; k < f.w1.size; ++k) sum += f.w2[k] * (f.w1[k] * z + f.b1[k]);
  return sum;
}

QKOAN_BUG(float, network, relu_before_bias, "units are cut off before b1 is added")
(Fire f, float z) {
  float sum = f.b2;
  for (int k = 0; k < f.w1.size; ++k) sum += f.w2[k] * (std::max(f.w1[k] * z, 0.0f) + f.b1[k]);
  return sum;
}

QKOAN_BUG(float, network, relu_at_the_end, "the result is cut off at 0, too")
(Fire f, float z) { return std::max(network(f, z), 0.0f); }

QKOAN_BUG(float, network, forgets_b2, "b2 is missing")
(Fire f, float z) {
  f.b2 = 0;
  return network(f, z);
}

QKOAN_BUG(float, network, forgets_b1, "b1 is missing")
(Fire f, float z) {
  float sum = f.b2;
  for (int k = 0; k < f.w1.size; ++k) sum += f.w2[k] * std::max(f.w1[k] * z, 0.0f);
  return sum;
}

QKOAN_BUG(float, network, gelu, "the units are cut off smoothly, by GELU")
(Fire f, float z) {
  float sum = f.b2;
  for (int k = 0; k < f.w1.size; ++k) {
    const float x = f.w1[k] * z + f.b1[k];
    sum += f.w2[k] * x * 0.5f * (1 + std::erf(x * 0.70710678f));
  }
  return sum;
}

// ---- Bugs of the matrix -------------------------------------------------------------------------

QKOAN_BUG(void, fire_bias, top_left, "queries are aligned with the first keys, not with the last")
(Fire f, bool bidirectional, MutableMatrix B) {
  for (int i = 0; i < B.rows; ++i) {
    for (int j = 0; j < B.cols; ++j) {
      const bool seen = bidirectional || j <= i;
      B[i][j] = seen ? network(f, normalised_distance(f.c, f.L, i, j)) : -INFINITY;
    }
  }
}

QKOAN_BUG(void, fire_bias, length_of_batch,
          "the rod is the length of the sequence at hand: the bias changes with what comes later")
(Fire f, bool bidirectional, MutableMatrix B) {
  f.L = std::max(f.L, static_cast<float>(B.cols));
  fire_bias(f, bidirectional, B);
}

QKOAN_BUG(void, fire_bias, future_is_zero, "keys of the future get 0 instead of −∞")
(Fire f, bool bidirectional, MutableMatrix B) {
  fire_bias(f, bidirectional, B);
  for (float& b : MutableRow{B.data, B.rows * B.cols}) b = std::isinf(b) ? 0 : b;
}

QKOAN_BUG(void, fire_bias, future_is_lowest, "keys of the future get −10000 instead of −∞")
(Fire f, bool bidirectional, MutableMatrix B) {
  fire_bias(f, bidirectional, B);
  for (float& b : MutableRow{B.data, B.rows * B.cols}) b = std::isinf(b) ? -10000 : b;
}

QKOAN_BUG(void, fire_bias, future_at_distance_0, "keys of the future count as if they were near")
(Fire f, bool bidirectional, MutableMatrix B) {
  fill(bidirectional, B,
       [&](int p, int j) { return network(f, j > p ? 0 : normalised_distance(f.c, f.L, p, j)); });
}

QKOAN_BUG(void, fire_bias, own_key_masked, "the query's own key is masked")
(Fire f, bool bidirectional, MutableMatrix B) {
  fire_bias(f, bidirectional, B);
  for (int i = 0; i < B.rows; ++i) {
    if (const int p = position(i, B); p >= 0) B[i][p] = -INFINITY;
  }
}

// ---- Bugs of the knots --------------------------------------------------------------------------

QKOAN_BUG(int, knots, sign, "the knots are b1/w1: the sign is lost")
(Row w1, Row b1, MutableRow t) {
  int count = 0;
  for (int k = 0; k < w1.size; ++k) {
    const float knot = b1[k] / w1[k];
    if (knot > 0 && knot < 1) t[count++] = knot;
  }
  std::sort(t.data, t.data + count);
  return count;
}

QKOAN_BUG(int, knots, unsorted, "the knots stand in the order of the units")
(Row w1, Row b1, MutableRow t) {
  int count = 0;
  for (int k = 0; k < w1.size; ++k) {
    const float knot = -b1[k] / w1[k];
    if (knot > 0 && knot < 1) t[count++] = knot;
  }
  return count;
}

QKOAN_BUG(int, knots, closed_interval, "knots at 0 and 1 count as well")
(Row w1, Row b1, MutableRow t) {
  int count = 0;
  for (int k = 0; k < w1.size; ++k) {
    const float knot = -b1[k] / w1[k];
    if (knot >= 0 && knot <= 1) t[count++] = knot;
  }
  std::sort(t.data, t.data + count);
  return count;
}

QKOAN_BUG(int, knots, all_positive, "knots beyond 1 count as well")
(Row w1, Row b1, MutableRow t) {
  int count = 0;
  for (int k = 0; k < w1.size; ++k) {
    const float knot = -b1[k] / w1[k];
    if (knot > 0 && std::isfinite(knot)) t[count++] = knot;
  }
  std::sort(t.data, t.data + count);
  return count;
}

QKOAN_BUG(int, knots, rising_units_only, "units that turn off are left out")
(Row w1, Row b1, MutableRow t) {
  int count = 0;
  for (int k = 0; k < w1.size; ++k) {
    const float knot = -b1[k] / w1[k];
    if (w1[k] > 0 && knot > 0 && knot < 1) t[count++] = knot;
  }
  std::sort(t.data, t.data + count);
  return count;
}

// ---- Bugs of the SIMD form ----------------------------------------------------------------------

QKOAN_BUG(void, fire_bias_simd, every_row_alike,
          "every row is the last one, shifted: as if FIRE depended on i − j only")
(Fire f, bool bidirectional, MutableMatrix B) {
  f.L = std::max(f.L, static_cast<float>(B.cols - 1));
  fire_bias(f, bidirectional, B);
}

QKOAN_BUG(void, fire_bias_simd, first_piece_only, "the line of the first piece goes on for ever")
(Fire f, bool bidirectional, MutableMatrix B) {
  fill(bidirectional, B, [&](int p, int j) {
    const float z = normalised_distance(f.c, f.L, p, j);
    float sum = f.b2;
    for (int k = 0; k < f.w1.size; ++k) {
      const bool on = f.b1[k] > 0 || (f.b1[k] == 0 && f.w1[k] > 0);
      if (on) sum += f.w2[k] * (f.w1[k] * z + f.b1[k]);
    }
    return sum;
  });
}

QKOAN_BUG(void, fire_bias_simd, tail_not_written,
          "the keys behind the last full group of four are left out")
(Fire f, bool bidirectional, MutableMatrix B) {
  std::vector<float> before(B.data, B.data + B.rows * B.cols);
  fire_bias(f, bidirectional, B);
  for (int i = 0; i < B.rows; ++i) {
    for (int j = B.cols / 4 * 4; j < B.cols; ++j) B[i][j] = before[i * B.cols + j];
  }
}

QKOAN_BUG(void, fire_bias_simd, table_of_64,
          "f is read from a table of 64 entries, not interpolated")
(Fire f, bool bidirectional, MutableMatrix B) {
  fill(bidirectional, B, [&](int p, int j) {
    return network(f, std::round(64 * normalised_distance(f.c, f.L, p, j)) / 64);
  });
}

// ---- Correct variants ---------------------------------------------------------------------------

QKOAN_VARIANT(float, log_distance, by_log1p, "takes log1p, which keeps small distances exact")
(float c, float x) { return std::log1p(c * x); }

QKOAN_VARIANT(float, log_distance, by_log2, "takes the logarithm of base 2, times ln 2")
(float c, float x) { return std::log2(c * x + 1) * 0.69314718f; }

QKOAN_VARIANT(float, log_distance, in_double, "computes in double")
(float c, float x) { return static_cast<float>(std::log(static_cast<double>(c) * x + 1)); }

QKOAN_VARIANT(float, normalised_distance, by_reciprocal, "multiplies by the rounded 1/ψ")
(float c, float L, int p, int j) {
  const float scale = 1 / log_distance(c, std::max(L, static_cast<float>(p)));
  return log_distance(c, static_cast<float>(p - j)) * scale;
}

QKOAN_VARIANT(float, network, backwards, "sums from the last unit to the first, b2 at the end")
(Fire f, float z) {
  float sum = 0;
  for (int k = f.w1.size - 1; k >= 0; --k) {
    sum += std::max(std::fma(f.w1[k], z, f.b1[k]), 0.0f) * f.w2[k];
  }
  return sum + f.b2;
}

QKOAN_VARIANT(float, network, slope_and_intercept,
              "adds up slope and intercept of the units that are on")
(Fire f, float z) {
  float slope = 0, intercept = f.b2;
  for (int k = 0; k < f.w1.size; ++k) {
    if (f.w1[k] * z + f.b1[k] <= 0) continue;
    slope += f.w2[k] * f.w1[k];
    intercept += f.w2[k] * f.b1[k];
  }
  return slope * z + intercept;
}

QKOAN_VARIANT(void, fire_bias, logarithms_once, "keeps ψ of every distance in a table")
(Fire f, bool bidirectional, MutableMatrix B) {
  std::vector<float> psi;
  for (int x = 0; x <= B.rows + B.cols; ++x)
    psi.push_back(log_distance(f.c, static_cast<float>(x)));
  fill(bidirectional, B, [&](int p, int j) {
    const float rod = log_distance(f.c, std::max(f.L, static_cast<float>(p)));
    return network(f, psi[std::abs(p - j)] / rod);
  });
}

QKOAN_VARIANT(int, knots, by_insertion, "decides by the signs, and inserts in order")
(Row w1, Row b1, MutableRow t) {
  int count = 0;
  for (int k = 0; k < w1.size; ++k) {
    const bool opposite = (w1[k] < 0 && b1[k] > 0) || (w1[k] > 0 && b1[k] < 0);
    if (!opposite || std::fabs(b1[k]) >= std::fabs(w1[k])) continue;
    const float knot = -b1[k] / w1[k];
    int at = count++;
    for (; at > 0 && t[at - 1] > knot; --at) t[at] = t[at - 1];
    t[at] = knot;
  }
  return count;
}

QKOAN_VARIANT(void, fire_bias_simd, from_the_far_end,
              "starts with all slopes at z = ∞ and walks down")
(Fire f, bool bidirectional, MutableMatrix B) {
  std::vector<int> order(f.w1.size);
  std::iota(order.begin(), order.end(), 0);
  const auto knot = [&](int k) { return -f.b1[k] / f.w1[k]; };
  std::erase_if(order, [&](int k) { return !(f.w1[k] * f.b1[k] < 0); });
  std::sort(order.begin(), order.end(), [&](int a, int b) { return knot(a) > knot(b); });
  fill(bidirectional, B, [&](int p, int j) {
    const float z = normalised_distance(f.c, f.L, p, j);
    float slope = 0, intercept = f.b2;
    for (int k = 0; k < f.w1.size; ++k) {
      if (!(f.w1[k] > 0 || (f.w1[k] == 0 && f.b1[k] > 0))) continue;
      slope += f.w2[k] * f.w1[k];
      intercept += f.w2[k] * f.b1[k];
    }
    for (const int k : order) {
      if (knot(k) <= z) break;
      const float sign = f.w1[k] > 0 ? -1.0f : 1.0f;
      slope += sign * f.w2[k] * f.w1[k];
      intercept += sign * f.w2[k] * f.b1[k];
    }
    return slope * z + intercept;
  });
}
