/// @file
/// Lesson 08: what goes wrong with Sandwich, and what may differ and is right.

#include "exercises/sandwich.hpp"

#include <algorithm>
#include <cstdlib>
#include <numbers>
#include <vector>

#include "tests/support/mutants.hpp"

// ---- The plain and right implementation ---------------------------------------------------------

namespace {

double frequency(int d, int k) { return std::pow(10000.0, -2.0 * k / d); }

/// Σ over k = first … last of the cosines at an offset, by a function of d and k.
template <class Theta>
float sum_of_cosines(int d, double offset, int first, int last, Theta theta) {
  double sum = 0;
  for (int k = first; k <= last; ++k) sum += std::cos(offset * theta(d, k));
  return static_cast<float>(sum);
}

}  // namespace

void sinusoid(int position, MutableRow e) {
  for (int k = 1; 2 * k <= e.size; ++k) {
    const double angle = position * frequency(e.size, k);
    e[2 * k - 2] = static_cast<float>(std::sin(angle));
    e[2 * k - 1] = static_cast<float>(std::cos(angle));
  }
}

float sandwich(int d, int offset) { return sum_of_cosines(d, offset, 1, d / 2, frequency); }

namespace {

/// B by a function of the offset, where the key is seen.
template <class Value>
void fill(bool bidirectional, MutableMatrix B, Value value) {
  for (int i = 0; i < B.rows; ++i) {
    const int p = i + B.cols - B.rows;
    for (int j = 0; j < B.cols; ++j) B[i][j] = bidirectional || j <= p ? value(p - j) : -INFINITY;
  }
}

void fill(MutableRow line, float (*value)(int d, int offset), int d) {
  for (int o = 0; o < line.size; ++o) line[o] = value(d, o);
}

}  // namespace

void sandwich_bias(int d, bool bidirectional, MutableMatrix B) {
  const int reach = std::max(B.rows, B.cols);
  std::vector<float> of_distance;
  for (int o = 0; o < reach; ++o) of_distance.push_back(sandwich(d, o));
  fill(bidirectional, B, [&](int offset) { return of_distance[std::abs(offset)]; });
}

void sandwich_penalty(int d, int heads, int head, MutableRow penalty) {
  const float temperature = 8 * static_cast<float>(head + 1) / static_cast<float>(heads);
  for (int o = 0; o < penalty.size; ++o) {
    penalty[o] = (sandwich(d, o) - static_cast<float>(d / 2)) / temperature;
  }
}

void sandwich_line_simd(int d, MutableRow line) { fill(line, sandwich, d); }

// ---- Bugs of the embedding ----------------------------------------------------------------------

QKOAN_BUG(void, sinusoid, counts_from_zero,
          "k counts from 0, as in \"Attention Is All You Need\": the first frequency is 1")
(int position, MutableRow e) {
  for (int k = 0; 2 * k < e.size; ++k) {
    const double angle = position * frequency(e.size, k);
    e[2 * k] = static_cast<float>(std::sin(angle));
    e[2 * k + 1] = static_cast<float>(std::cos(angle));
  }
}

QKOAN_BUG(void, sinusoid, cosines_first, "the cosines stand before the sines")
(int position, MutableRow e) {
  sinusoid(position, e);
  for (int k = 0; k + 1 < e.size; k += 2) std::swap(e[k], e[k + 1]);
}

QKOAN_BUG(void, sinusoid, halves, "all sines come first, then all cosines")
(int position, MutableRow e) {
  for (int k = 1; 2 * k <= e.size; ++k) {
    const double angle = position * frequency(e.size, k);
    e[k - 1] = static_cast<float>(std::sin(angle));
    e[e.size / 2 + k - 1] = static_cast<float>(std::cos(angle));
  }
}

QKOAN_BUG(void, sinusoid, float_angles,
          "angles are floats: at position 100,000 they are off by 0.005")
(int position, MutableRow e) {
  for (int k = 1; 2 * k <= e.size; ++k) {
    const float exponent = -2 * static_cast<float>(k) / static_cast<float>(e.size);
    const float angle = static_cast<float>(position) * std::pow(10000.0f, exponent);
    e[2 * k - 2] = std::sin(angle);
    e[2 * k - 1] = std::cos(angle);
  }
}

QKOAN_BUG(void, sinusoid, magnitude_of_position, "the sign of the position is lost")
(int position, MutableRow e) { sinusoid(std::abs(position), e); }

// ---- Bugs of the sum ----------------------------------------------------------------------------

QKOAN_BUG(float, sandwich, vaswani, "k counts from 0 to d/2 − 1: the embeddings of Vaswani et al.")
(int d, int offset) { return sum_of_cosines(d, offset, 0, d / 2 - 1, frequency); }

QKOAN_BUG(float, sandwich, all_of_d, "k runs to d instead of d/2")
(int d, int offset) { return sum_of_cosines(d, offset, 1, d, frequency); }

QKOAN_BUG(float, sandwich, without_the_two, "the exponent is −k/d: the 2 is missing")
(int d, int offset) {
  return sum_of_cosines(d, offset, 1, d / 2,
                        [](int n, int k) { return std::pow(10000.0, -1.0 * k / n); });
}

QKOAN_BUG(float, sandwich, base_1000, "the base is 1000 instead of 10000")
(int d, int offset) {
  return sum_of_cosines(d, offset, 1, d / 2,
                        [](int n, int k) { return std::pow(1000.0, -2.0 * k / n); });
}

QKOAN_BUG(float, sandwich, growing_frequencies, "the exponent is positive: frequencies grow")
(int d, int offset) {
  return sum_of_cosines(d, offset, 1, d / 2,
                        [](int n, int k) { return std::pow(10000.0, 2.0 * k / n); });
}

QKOAN_BUG(float, sandwich, sines, "sines are summed: the bias is 0 at the own key")
(int d, int offset) {
  double sum = 0;
  for (int k = 1; k <= d / 2; ++k) sum += std::sin(offset * frequency(d, k));
  return static_cast<float>(sum);
}

QKOAN_BUG(float, sandwich, mean, "the sum is divided by d/2")
(int d, int offset) { return sandwich(d, offset) / static_cast<float>(d / 2); }

QKOAN_BUG(float, sandwich, float_angles_of_offset,
          "angles are floats: at offset 100,000 they are off by 0.005")
(int d, int offset) {
  float sum = 0;
  for (int k = 1; k <= d / 2; ++k) {
    const float exponent = -2 * static_cast<float>(k) / static_cast<float>(d);
    sum += std::cos(static_cast<float>(offset) * std::pow(10000.0f, exponent));
  }
  return sum;
}

QKOAN_BUG(float, sandwich, float_frequencies,
          "the frequencies are rounded to floats before they are multiplied")
(int d, int offset) {
  return sum_of_cosines(d, offset, 1, d / 2, [](int n, int k) {
    return static_cast<double>(static_cast<float>(frequency(n, k)));
  });
}

QKOAN_BUG(float, sandwich, future_is_zero, "offsets below 0 have the bias 0")
(int d, int offset) { return offset < 0 ? 0 : sandwich(d, offset); }

// ---- Bugs of the matrix -------------------------------------------------------------------------

QKOAN_BUG(void, sandwich_bias, top_left,
          "queries are aligned with the first keys, not with the last")
(int d, bool bidirectional, MutableMatrix B) {
  for (int i = 0; i < B.rows; ++i) {
    for (int j = 0; j < B.cols; ++j) {
      B[i][j] = bidirectional || j <= i ? sandwich(d, i - j) : -INFINITY;
    }
  }
}

QKOAN_BUG(void, sandwich_bias, triangle_of_the_slice,
          "offsets right of the diagonal of the matrix become 0, whatever p(i) is")
(int d, bool bidirectional, MutableMatrix B) {
  for (int i = 0; i < B.rows; ++i) {
    const int p = i + B.cols - B.rows;
    for (int j = 0; j < B.cols; ++j) {
      const int offset = bidirectional || j <= i ? p - j : 0;
      B[i][j] = bidirectional || j <= p ? sandwich(d, offset) : -INFINITY;
    }
  }
}

QKOAN_BUG(void, sandwich_bias, never_masked, "keys of the future are not hidden")
(int d, bool, MutableMatrix B) { sandwich_bias(d, true, B); }

QKOAN_BUG(void, sandwich_bias, always_masked, "keys of the future are hidden also where they count")
(int d, bool, MutableMatrix B) { sandwich_bias(d, false, B); }

QKOAN_BUG(void, sandwich_bias, hidden_is_lowest, "hidden keys get the lowest float instead of −∞")
(int d, bool bidirectional, MutableMatrix B) {
  sandwich_bias(d, bidirectional, B);
  for (float& b : MutableRow{B.data, B.rows * B.cols}) b = std::max(b, -3.4028235e38f);
}

QKOAN_BUG(void, sandwich_bias, negated, "far keys are rewarded: the sign is wrong")
(int d, bool bidirectional, MutableMatrix B) {
  fill(bidirectional, B, [&](int offset) { return -sandwich(d, offset); });
}

// ---- Bugs of the penalty ------------------------------------------------------------------------

QKOAN_BUG(void, sandwich_penalty, not_relative, "d/2 is not subtracted")
(int d, int heads, int head, MutableRow penalty) {
  const float temperature = 8 * static_cast<float>(head + 1) / static_cast<float>(heads);
  for (int o = 0; o < penalty.size; ++o) penalty[o] = sandwich(d, o) / temperature;
}

QKOAN_BUG(void, sandwich_penalty, heads_from_zero, "heads are counted from 0 in the temperature")
(int d, int heads, int head, MutableRow penalty) {
  sandwich_penalty(d, heads, head, penalty);
  const float factor = static_cast<float>(head + 1) / std::max(static_cast<float>(head), 0.5f);
  for (float& x : penalty) x *= factor;
}

QKOAN_BUG(void, sandwich_penalty, multiplies, "the temperature multiplies instead of dividing")
(int d, int heads, int head, MutableRow penalty) {
  const float temperature = 8 * static_cast<float>(head + 1) / static_cast<float>(heads);
  for (int o = 0; o < penalty.size; ++o) {
    penalty[o] = (sandwich(d, o) - static_cast<float>(d / 2)) * temperature;
  }
}

QKOAN_BUG(void, sandwich_penalty, whole_temperature, "8·(head+1)/heads is divided as whole numbers")
(int d, int heads, int head, MutableRow penalty) {
  const int temperature = std::max(8 * (head + 1) / heads, 1);
  for (int o = 0; o < penalty.size; ++o) {
    penalty[o] = (sandwich(d, o) - static_cast<float>(d / 2)) / static_cast<float>(temperature);
  }
}

// ---- Bugs of the SIMD form ----------------------------------------------------------------------

QKOAN_BUG(void, sandwich_line_simd, tail_not_written,
          "distances behind the last full group of four are left out")
(int d, MutableRow line) { fill({line.data, line.size / 4 * 4}, sandwich, d); }

QKOAN_BUG(void, sandwich_line_simd, drifts,
          "angles are added up from distance to distance, in floats")
(int d, MutableRow line) {
  std::vector<float> angle(d / 2);
  for (int o = 0; o < line.size; ++o) {
    float sum = 0;
    for (int k = 1; k <= d / 2; ++k) {
      sum += std::cos(angle[k - 1]);
      angle[k - 1] += static_cast<float>(frequency(d, k));
    }
    line[o] = sum;
  }
}

QKOAN_BUG(void, sandwich_line_simd, short_phases, "a turn has 2³² parts only: far angles drift")
(int d, MutableRow line) {
  for (int o = 0; o < line.size; ++o) {
    double sum = 0;
    for (int k = 1; k <= d / 2; ++k) {
      const auto step = static_cast<unsigned>(frequency(d, k) / (2 * std::numbers::pi) * 0x1p32);
      sum += std::cos(2 * std::numbers::pi * 0x1p-32 * (step * static_cast<unsigned>(o)));
    }
    line[o] = static_cast<float>(sum);
  }
}

QKOAN_BUG(void, sandwich_line_simd, coarse_cosine, "the cosine is a Taylor polynomial of degree 6")
(int d, MutableRow line) {
  for (int o = 0; o < line.size; ++o) {
    double sum = 0;
    for (int k = 1; k <= d / 2; ++k) {
      const double x = std::remainder(o * frequency(d, k), 2 * std::numbers::pi), s = x * x;
      sum += 1 - s / 2 + s * s / 24 - s * s * s / 720;
    }
    line[o] = static_cast<float>(sum);
  }
}

// ---- Correct variants ---------------------------------------------------------------------------

QKOAN_VARIANT(void, sinusoid, by_exp, "takes frequencies as e^(−(2k/d)·ln 10000), in double")
(int position, MutableRow e) {
  for (int k = 1; 2 * k <= e.size; ++k) {
    const double angle = position * std::exp(-2.0 * k / e.size * std::log(10000.0));
    e[2 * k - 2] = static_cast<float>(std::sin(angle));
    e[2 * k - 1] = static_cast<float>(std::cos(angle));
  }
}

QKOAN_VARIANT(void, sinusoid, reduced_angles, "reduces angles in double, then works in float")
(int position, MutableRow e) {
  for (int k = 1; 2 * k <= e.size; ++k) {
    const double angle = std::remainder(position * frequency(e.size, k), 2 * std::numbers::pi);
    e[2 * k - 2] = std::sin(static_cast<float>(angle));
    e[2 * k - 1] = std::cos(static_cast<float>(angle));
  }
}

QKOAN_VARIANT(float, sandwich, float_sum, "sums cosines in float")
(int d, int offset) {
  float sum = 0;
  for (int k = 1; k <= d / 2; ++k) sum += static_cast<float>(std::cos(offset * frequency(d, k)));
  return sum;
}

QKOAN_VARIANT(float, sandwich, backwards, "sums from the slowest frequency to the fastest")
(int d, int offset) {
  float sum = 0;
  for (int k = d / 2; k >= 1; --k) {
    sum += std::cos(static_cast<float>(std::fmod(offset * frequency(d, k), 2 * std::numbers::pi)));
  }
  return sum;
}

QKOAN_VARIANT(float, sandwich, powers_of_a_ratio, "multiplies frequencies up in double")
(int d, int offset) {
  const double ratio = std::pow(10000.0, -2.0 / d);
  double theta = 1;
  float sum = 0;
  for (int k = 1; k <= d / 2; ++k) sum += static_cast<float>(std::cos(offset * (theta *= ratio)));
  return sum;
}

QKOAN_VARIANT(float, sandwich, product_of_embeddings, "multiplies two embeddings")
(int d, int offset) {
  std::vector<float> e(d), own(d);
  sinusoid(offset, {e.data(), d});
  sinusoid(0, {own.data(), d});
  float sum = 0;
  for (int c = 0; c < d; ++c) sum += e[c] * own[c];
  return sum;
}

QKOAN_VARIANT(void, sandwich_bias, pair_by_pair, "computes every pair by itself")
(int d, bool bidirectional, MutableMatrix B) {
  fill(bidirectional, B, [&](int offset) { return sandwich(d, offset); });
}

QKOAN_VARIANT(void, sandwich_penalty, divides_each_cosine,
              "divides every cosine − 1 by the temperature")
(int d, int heads, int head, MutableRow penalty) {
  const float scale = static_cast<float>(heads) / (8 * static_cast<float>(head + 1));
  for (int o = 0; o < penalty.size; ++o) {
    float sum = 0;
    for (int k = 1; k <= d / 2; ++k) {
      sum += (static_cast<float>(std::cos(o * frequency(d, k))) - 1) * scale;
    }
    penalty[o] = sum;
  }
}

QKOAN_VARIANT(void, sandwich_line_simd, rotations, "turns each angle on by a rotation, in double")
(int d, MutableRow line) {
  std::vector<double> cosine(d / 2, 1), sine(d / 2, 0);
  for (int o = 0; o < line.size; ++o) {
    double sum = 0;
    for (int k = 1; k <= d / 2; ++k) {
      const double c = cosine[k - 1], s = sine[k - 1], theta = frequency(d, k);
      sum += c;
      cosine[k - 1] = c * std::cos(theta) - s * std::sin(theta);
      sine[k - 1] = s * std::cos(theta) + c * std::sin(theta);
    }
    line[o] = static_cast<float>(sum);
  }
}
