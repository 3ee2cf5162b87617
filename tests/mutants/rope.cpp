/// @file
/// Lesson 10: what goes wrong with rotary embedding, and what may differ and is right.

#include "exercises/rope.hpp"

#include <complex>
#include <numbers>

#include "tests/support/mutants.hpp"

// ---- The plain and right implementation ---------------------------------------------------------

namespace {

double frequency(float base, int rotated, int k) {
  return std::pow(static_cast<double>(base), -2.0 * k / rotated);
}

struct Pair {
  int first, second;
};

Pair pair_of(Rope rope, int k) {
  return rope.half_split ? Pair{k, k + rope.rotated / 2} : Pair{2 * k, 2 * k + 1};
}

/// Cosines and sines by a function of k that gives the angle.
template <class Angle>
void fill(MutableRow cosines, MutableRow sines, Angle angle) {
  for (int k = 0; k < cosines.size; ++k) {
    const double now = angle(k);
    cosines[k] = static_cast<float>(std::cos(now));
    sines[k] = static_cast<float>(std::sin(now));
  }
}

/// y by the places and the angle of every pair.
template <class Places, class Angle>
void turn(Rope rope, Row x, MutableRow y, Places places, Angle angle) {
  std::copy(x.begin(), x.end(), y.begin());
  for (int k = 0; k < rope.rotated / 2; ++k) {
    const auto [first, second] = places(k);
    const auto cosine = static_cast<float>(std::cos(angle(k)));
    const auto sine = static_cast<float>(std::sin(angle(k)));
    y[first] = x[first] * cosine - x[second] * sine;
    y[second] = x[first] * sine + x[second] * cosine;
  }
}

/// Σ over the pairs of a function of q0, q1, k0, k1 and the angle.
template <class Term>
float sum_of_pairs(Row q, Row k, float base, int offset, Term term) {
  double sum = 0;
  for (int n = 0; 2 * n < q.size; ++n) {
    const double angle = offset * frequency(base, q.size, n);
    sum += term(std::complex<double>(q[2 * n], q[2 * n + 1]),
                std::complex<double>(k[2 * n], k[2 * n + 1]), angle);
  }
  return static_cast<float>(sum);
}

/// Rows of P by a function of the head's first row, the row within it, and d.
template <class From>
void order_rows(int heads, Matrix W, MutableMatrix P, From from) {
  const int d = W.rows / heads;
  for (int head = 0; head < W.rows; head += d) {
    for (int row = 0; row < d; ++row) {
      const Row source = W[from(head, row, d)];
      std::copy(source.begin(), source.end(), P[head + row].begin());
    }
  }
}

/// Every head of every row in turn, by a function of the row, the head and its elements.
template <class Head>
void for_each_head(int heads, MutableMatrix X, Head f) {
  const int d = X.cols / heads;
  for (int i = 0; i < X.rows; ++i) {
    for (int head = 0; head < heads; ++head) f(i, head, MutableRow{X[i].data + head * d, d});
  }
}

/// In place by way of a copy.
void turn_head(Rope r, int position, MutableRow x) {
  const std::vector<float> before(x.begin(), x.end());
  rope(r, position, {before.data(), x.size}, x);
}

}  // namespace

void rope_table(int position, float base, MutableRow cosines, MutableRow sines) {
  fill(cosines, sines, [=](int k) { return position * frequency(base, 2 * cosines.size, k); });
}

void rope(Rope r, int position, Row x, MutableRow y) {
  turn(
      r, x, y, [=](int k) { return pair_of(r, k); },
      [=](int k) { return position * frequency(r.base, r.rotated, k); });
}

float rope_score(Row q, Row k, float base, int t, int s) {
  return sum_of_pairs(q, k, base, t - s, [](auto a, auto b, double angle) {
    return (a * std::conj(b) * std::polar(1.0, angle)).real();
  });
}

void half_split_rows(int heads, Matrix W, MutableMatrix P) {
  order_rows(heads, W, P, [](int head, int row, int d) {
    return head + (row < d / 2 ? 2 * row : 2 * (row - d / 2) + 1);
  });
}

void rope_simd(Rope r, int heads, Integers positions, MutableMatrix X) {
  for_each_head(heads, X, [=](int i, int, MutableRow x) { turn_head(r, positions[i], x); });
}

// ---- Bugs of the table --------------------------------------------------------------------------

QKOAN_BUG(void, rope_table, counts_from_one, "k counts from 1: the first pair has not frequency 1")
(int position, float base, MutableRow cosines, MutableRow sines) {
  fill(cosines, sines, [=](int k) { return position * frequency(base, 2 * cosines.size, k + 1); });
}

QKOAN_BUG(void, rope_table, without_the_two, "the exponent is −k/r: the 2 is missing")
(int position, float base, MutableRow cosines, MutableRow sines) {
  fill(cosines, sines, [=](int k) { return position * frequency(base, 4 * cosines.size, k); });
}

QKOAN_BUG(void, rope_table, of_half, "the exponent is divided by r/2 instead of r")
(int position, float base, MutableRow cosines, MutableRow sines) {
  fill(cosines, sines, [=](int k) { return position * frequency(base, cosines.size, k); });
}

QKOAN_BUG(void, rope_table, base_ignored,
          "the base is always 10000 (as in pytorch-labs/gpt-fast issue 179)")
(int position, float, MutableRow cosines, MutableRow sines) {
  fill(cosines, sines, [=](int k) { return position * frequency(10000, 2 * cosines.size, k); });
}

QKOAN_BUG(void, rope_table, float_angles,
          "angles are floats: at position 1,000,000 they are off by hundredths")
(int position, float base, MutableRow cosines, MutableRow sines) {
  fill(cosines, sines, [=](int k) {
    const auto theta = static_cast<float>(frequency(base, 2 * cosines.size, k));
    return static_cast<float>(position) * theta;
  });
}

/// Float angles by a float power, as one writes it first.
template <class Power>
void fill_by_float_power(int position, MutableRow cosines, MutableRow sines, Power power) {
  for (int k = 0; k < cosines.size; ++k) {
    const float exponent = 2.0f * static_cast<float>(k) / static_cast<float>(2 * cosines.size);
    const float angle = power(static_cast<float>(position), exponent);
    cosines[k] = std::cos(angle);
    sines[k] = std::sin(angle);
  }
}

QKOAN_BUG(void, rope_table, float_angles_of_powers,
          "angles are floats, position·pow(base, −2k/r): far positions are off by hundredths")
(int position, float base, MutableRow cosines, MutableRow sines) {
  fill_by_float_power(position, cosines, sines,
                      [=](float p, float exponent) { return p * std::pow(base, -exponent); });
}

QKOAN_BUG(void, rope_table, float_angles_of_quotients,
          "angles are floats, position/pow(base, 2k/r): far positions are off by hundredths")
(int position, float base, MutableRow cosines, MutableRow sines) {
  fill_by_float_power(position, cosines, sines,
                      [=](float p, float exponent) { return p / std::pow(base, exponent); });
}

QKOAN_BUG(void, rope_table, float_angles_of_exponentials,
          "angles are floats, position·exp(−(2k/r)·ln base): far positions are off by hundredths")
(int position, float base, MutableRow cosines, MutableRow sines) {
  fill_by_float_power(position, cosines, sines, [=](float p, float exponent) {
    return p * std::exp(-exponent * std::log(base));
  });
}

QKOAN_BUG(void, rope_table, rounded_angles,
          "angles are computed in double and rounded to float before the cosine")
(int position, float base, MutableRow cosines, MutableRow sines) {
  for (int k = 0; k < cosines.size; ++k) {
    const auto angle = static_cast<float>(position * frequency(base, 2 * cosines.size, k));
    cosines[k] = std::cos(angle);
    sines[k] = std::sin(angle);
  }
}

QKOAN_BUG(void, rope_table, whole_division,
          "the exponent −2k/r is divided as whole numbers: it is 0 for every pair")
(int position, float base, MutableRow cosines, MutableRow sines) {
  fill(cosines, sines,
       [=](int k) { return position * frequency(base, 2 * cosines.size, k / cosines.size); });
}

QKOAN_BUG(void, rope_table, growing_frequencies, "the exponent is positive: frequencies grow")
(int position, float base, MutableRow cosines, MutableRow sines) {
  fill(cosines, sines, [=](int k) { return position * frequency(base, 2 * cosines.size, -k); });
}

QKOAN_BUG(void, rope_table, iterated_angles,
          "each angle is the one before it times a float, as ggml has it")
(int position, float base, MutableRow cosines, MutableRow sines) {
  const auto ratio = static_cast<float>(frequency(base, 2 * cosines.size, 1));
  auto angle = static_cast<float>(position);
  fill(cosines, sines, [&](int) {
    const float now = angle;
    angle *= ratio;
    return now;
  });
}

QKOAN_BUG(void, rope_table, bfloat16_frequencies,
          "frequencies are rounded to bfloat16 (EleutherAI/gpt-neox issue 1003)")
(int position, float base, MutableRow cosines, MutableRow sines) {
  fill(cosines, sines, [=](int k) {
    const double theta = frequency(base, 2 * cosines.size, k);
    const double step = std::ldexp(1, std::ilogb(theta) - 7);
    return position * std::nearbyint(theta / step) * step;
  });
}

QKOAN_BUG(void, rope_table, next_position, "positions count from 1")
(int position, float base, MutableRow cosines, MutableRow sines) {
  rope_table(position + 1, base, cosines, sines);
}

QKOAN_BUG(void, rope_table, exchanged, "sines stand where cosines should")
(int position, float base, MutableRow cosines, MutableRow sines) {
  rope_table(position, base, sines, cosines);
}

// ---- Bugs of the rotation -----------------------------------------------------------------------

QKOAN_BUG(void, rope, backwards, "pairs are turned the other way")
(Rope r, int position, Row x, MutableRow y) { rope(r, -position, x, y); }

QKOAN_BUG(void, rope, other_layout, "interleaved and half-split are exchanged")
(Rope r, int position, Row x, MutableRow y) {
  rope({r.rotated, r.base, !r.half_split}, position, x, y);
}

QKOAN_BUG(void, rope, always_half_split, "pairs are always (x[k], x[k + r/2])")
(Rope r, int position, Row x, MutableRow y) { rope({r.rotated, r.base, true}, position, x, y); }

QKOAN_BUG(void, rope, always_interleaved, "half_split is not looked at: pairs are neighbours")
(Rope r, int position, Row x, MutableRow y) { rope({r.rotated, r.base, false}, position, x, y); }

QKOAN_BUG(void, rope, of_all,
          "with a part rotated, partners and frequencies are those of the whole head")
(Rope r, int position, Row x, MutableRow y) {
  turn(
      r, x, y, [=](int k) { return r.half_split ? Pair{k, k + x.size / 2} : pair_of(r, k); },
      [=](int k) { return position * frequency(r.base, x.size, k); });
}

QKOAN_BUG(void, rope, frequencies_of_all,
          "with a part rotated, frequencies are those of the whole head")
(Rope r, int position, Row x, MutableRow y) {
  turn(
      r, x, y, [=](int k) { return pair_of(r, k); },
      [=](int k) { return position * frequency(r.base, x.size, k); });
}

QKOAN_BUG(void, rope, partner_of_all,
          "with a part rotated, the partner is half a head away instead of r/2")
(Rope r, int position, Row x, MutableRow y) {
  turn(
      r, x, y, [=](int k) { return r.half_split ? Pair{k, k + x.size / 2} : pair_of(r, k); },
      [=](int k) { return position * frequency(r.base, r.rotated, k); });
}

QKOAN_BUG(void, rope, all_rotated, "the whole head is rotated, not the first r elements")
(Rope r, int position, Row x, MutableRow y) {
  rope({x.size - x.size % 2, r.base, r.half_split}, position, x, y);
}

QKOAN_BUG(void, rope, rest_is_zero, "elements behind r become 0")
(Rope r, int position, Row x, MutableRow y) {
  rope(r, position, x, y);
  std::fill(y.begin() + r.rotated, y.end(), 0.0f);
}

QKOAN_BUG(void, rope, overwritten,
          "the second element of a pair is computed from the first one after it was turned")
(Rope r, int position, Row x, MutableRow y) {
  std::copy(x.begin(), x.end(), y.begin());
  for (int k = 0; k < r.rotated / 2; ++k) {
    const auto [first, second] = pair_of(r, k);
    const double angle = position * frequency(r.base, r.rotated, k);
    const auto cosine = static_cast<float>(std::cos(angle));
    const auto sine = static_cast<float>(std::sin(angle));
    y[first] = y[first] * cosine - y[second] * sine;
    y[second] = y[first] * sine + y[second] * cosine;
  }
}

QKOAN_BUG(void, rope, one_sign, "both products are added: pairs are stretched, not turned")
(Rope r, int position, Row x, MutableRow y) {
  rope(r, position, x, y);
  for (int k = 0; k < r.rotated / 2; ++k) {
    const auto [first, second] = pair_of(r, k);
    const double angle = position * frequency(r.base, r.rotated, k);
    y[first] = static_cast<float>(x[first] * std::cos(angle) + x[second] * std::sin(angle));
  }
}

// ---- Bugs of the score --------------------------------------------------------------------------

QKOAN_BUG(float, rope_score, sum_of_positions, "the key is not conjugated: angles add up")
(Row q, Row k, float base, int t, int s) {
  return sum_of_pairs(q, k, base, 1, [=](auto a, auto b, double theta) {
    return (a * std::polar(1.0, t * theta) * b * std::polar(1.0, s * theta)).real();
  });
}

QKOAN_BUG(float, rope_score, key_minus_query, "the angle is that of s − t")
(Row q, Row k, float base, int t, int s) { return rope_score(q, k, base, s, t); }

QKOAN_BUG(float, rope_score, only_cosines,
          "the sines are missing: q·k times a cosine for each pair")
(Row q, Row k, float base, int t, int s) {
  return sum_of_pairs(q, k, base, t - s, [](auto a, auto b, double angle) {
    return (a * std::conj(b)).real() * std::cos(angle);
  });
}

QKOAN_BUG(float, rope_score, query_only, "only the query is rotated")
(Row q, Row k, float base, int t, int) { return rope_score(q, k, base, t, 0); }

QKOAN_BUG(float, rope_score, not_rotated, "nothing is rotated")
(Row q, Row k, float base, int, int) { return rope_score(q, k, base, 0, 0); }

QKOAN_BUG(float, rope_score, scaled, "the score is divided by √d")
(Row q, Row k, float base, int t, int s) {
  return rope_score(q, k, base, t, s) / std::sqrt(static_cast<float>(q.size));
}

// ---- Bugs of the permutation --------------------------------------------------------------------

QKOAN_BUG(void, half_split_rows, inverse, "rows go the other way: from half-split to interleaved")
(int heads, Matrix W, MutableMatrix P) {
  order_rows(heads, W, P, [](int head, int row, int d) {
    return head + (row % 2 == 0 ? row / 2 : d / 2 + row / 2);
  });
}

QKOAN_BUG(void, half_split_rows, across_heads, "the matrix is ordered as one head")
(int, Matrix W, MutableMatrix P) { half_split_rows(1, W, P); }

QKOAN_BUG(void, half_split_rows, unchanged, "rows are copied as they are")
(int heads, Matrix W, MutableMatrix P) {
  order_rows(heads, W, P, [](int head, int row, int) { return head + row; });
}

QKOAN_BUG(
    void, half_split_rows, eight_heads,
    "the number of heads is not looked at (huggingface/transformers PR31788: query heads for keys)")
(int heads, Matrix W, MutableMatrix P) {
  const int guessed = heads % 2 == 0 ? heads / 2 : 2 * heads;
  half_split_rows(W.rows % (2 * guessed) == 0 ? guessed : 1, W, P);
}

// ---- Bugs of the SIMD form ----------------------------------------------------------------------

QKOAN_BUG(void, rope_simd, overwritten_in_place,
          "the second element of a pair is computed from the first one after it was turned")
(Rope r, int heads, Integers positions, MutableMatrix X) {
  for_each_head(heads, X, [=](int i, int, MutableRow x) {
    for (int k = 0; k < r.rotated / 2; ++k) {
      const auto [first, second] = pair_of(r, k);
      const double angle = positions[i] * frequency(r.base, r.rotated, k);
      const auto cosine = static_cast<float>(std::cos(angle));
      const auto sine = static_cast<float>(std::sin(angle));
      x[first] = x[first] * cosine - x[second] * sine;
      x[second] = x[first] * sine + x[second] * cosine;
    }
  });
}

QKOAN_BUG(void, rope_simd, row_numbers, "rows are taken for positions 0, 1, 2, …")
(Rope r, int heads, Integers, MutableMatrix X) {
  for_each_head(heads, X, [=](int i, int, MutableRow x) { turn_head(r, i, x); });
}

QKOAN_BUG(void, rope_simd, first_head_only, "only the first head of each row is rotated")
(Rope r, int heads, Integers positions, MutableMatrix X) {
  for_each_head(heads, X, [=](int i, int head, MutableRow x) {
    if (head == 0) turn_head(r, positions[i], x);
  });
}

QKOAN_BUG(void, rope_simd, whole_vectors_only,
          "what is left of the pairs after vectors of 4 is not rotated")
(Rope r, int heads, Integers positions, MutableMatrix X) {
  for_each_head(heads, X, [=](int i, int, MutableRow x) {
    const std::vector<float> before(x.begin(), x.end());
    turn_head(r, positions[i], x);
    for (int k = r.rotated / 2 / 4 * 4; k < r.rotated / 2; ++k) {
      const auto [first, second] = pair_of(r, k);
      x[first] = before[first];
      x[second] = before[second];
    }
  });
}

QKOAN_BUG(void, rope_simd, short_turns, "a turn has 2³² parts only: far angles drift")
(Rope r, int heads, Integers positions, MutableMatrix X) {
  for_each_head(heads, X, [=](int i, int, MutableRow x) {
    const std::vector<float> before(x.begin(), x.end());
    turn(
        r, {before.data(), x.size}, x, [=](int k) { return pair_of(r, k); },
        [=](int k) {
          const double turn = frequency(r.base, r.rotated, k) / (2 * std::numbers::pi);
          const double step = std::floor(turn * 0x1p32) * 0x1p-32;
          return positions[i] * step * 2 * std::numbers::pi;
        });
  });
}

QKOAN_BUG(void, rope_simd, last_position, "all rows are turned by the position of the last")
(Rope r, int heads, Integers positions, MutableMatrix X) {
  const int last = positions[positions.size - 1];
  for_each_head(heads, X, [=](int, int, MutableRow x) { turn_head(r, last, x); });
}

// ---- Correct variants ---------------------------------------------------------------------------

QKOAN_VARIANT(void, rope_table, by_exp, "takes frequencies as e^(−(2k/r)·ln base), in double")
(int position, float base, MutableRow cosines, MutableRow sines) {
  fill(cosines, sines, [=](int k) {
    return position * std::exp(-static_cast<double>(k) / cosines.size * std::log(1.0 * base));
  });
}

QKOAN_VARIANT(void, rope_table, reduced_angles, "reduces angles in double, then works in float")
(int position, float base, MutableRow cosines, MutableRow sines) {
  for (int k = 0; k < cosines.size; ++k) {
    const double angle = position * frequency(base, 2 * cosines.size, k);
    const auto reduced = static_cast<float>(std::remainder(angle, 2 * std::numbers::pi));
    cosines[k] = std::cos(reduced);
    sines[k] = std::sin(reduced);
  }
}

QKOAN_VARIANT(void, rope_table, powers_of_a_ratio, "multiplies frequencies up in double")
(int position, float base, MutableRow cosines, MutableRow sines) {
  double theta = 1;
  const double ratio = std::pow(static_cast<double>(base), -1.0 / cosines.size);
  fill(cosines, sines, [&](int) {
    const double now = position * theta;
    theta *= ratio;
    return now;
  });
}

QKOAN_VARIANT(void, rope, complex_numbers, "multiplies complex numbers in double")
(Rope r, int position, Row x, MutableRow y) {
  std::copy(x.begin(), x.end(), y.begin());
  for (int k = 0; k < r.rotated / 2; ++k) {
    const auto [first, second] = pair_of(r, k);
    const auto turned = std::complex<double>(x[first], x[second]) *
                        std::polar(1.0, position * frequency(r.base, r.rotated, k));
    y[first] = static_cast<float>(turned.real());
    y[second] = static_cast<float>(turned.imag());
  }
}

QKOAN_VARIANT(float, rope_score, rotates_both, "rotates query and key, and multiplies in float")
(Row q, Row k, float base, int t, int s) {
  std::vector<float> a(q.size), b(q.size);
  rope({q.size, base, false}, t, q, {a.data(), q.size});
  rope({q.size, base, false}, s, k, {b.data(), q.size});
  float sum = 0;
  for (int c = 0; c < q.size; ++c) sum += a[c] * b[c];
  return sum;
}

QKOAN_VARIANT(float, rope_score, rotates_the_query, "rotates the query by t − s, and not the key")
(Row q, Row k, float base, int t, int s) {
  std::vector<float> a(q.size);
  rope({q.size, base, false}, t - s, q, {a.data(), q.size});
  float sum = 0;
  for (int c = q.size - 1; c >= 0; --c) sum += a[c] * k[c];
  return sum;
}

QKOAN_VARIANT(float, rope_score, in_floats, "complex products in float, from the slowest pair on")
(Row q, Row k, float base, int t, int s) {
  float sum = 0;
  for (int n = q.size - 2; n >= 0; n -= 2) {
    const double angle = (t - s) * frequency(base, q.size, n / 2);
    const float real = q[n] * k[n] + q[n + 1] * k[n + 1],
                imaginary = q[n + 1] * k[n] - q[n] * k[n + 1];
    sum += real * static_cast<float>(std::cos(angle));
    sum -= imaginary * static_cast<float>(std::sin(angle));
  }
  return sum;
}

QKOAN_VARIANT(void, half_split_rows, walks_over_pairs, "goes over W instead of P")
(int heads, Matrix W, MutableMatrix P) {
  const int d = W.rows / heads;
  for (int row = 0; row < W.rows; ++row) {
    const int within = row % d, to = row - within + (within % 2 ? d / 2 : 0) + within / 2;
    std::copy(W[row].begin(), W[row].end(), P[to].begin());
  }
}

QKOAN_VARIANT(void, rope_simd, head_by_head, "one table for each head")
(Rope r, int heads, Integers positions, MutableMatrix X) {
  const int d = X.cols / heads;
  std::vector<float> y(d);
  for (int head = heads - 1; head >= 0; --head) {
    for (int i = 0; i < X.rows; ++i) {
      float* const x = X[i].data + head * d;
      rope(r, positions[i], {x, d}, {y.data(), d});
      std::copy(y.begin(), y.end(), x);
    }
  }
}
