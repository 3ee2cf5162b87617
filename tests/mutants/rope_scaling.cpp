/// @file
/// Lesson 11: what goes wrong with scaled frequencies, and what may differ and is right.

#include "exercises/rope_scaling.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "tests/support/mutants.hpp"

// ---- The plain and right implementation ---------------------------------------------------------

namespace {

constexpr double kFullTurn = 2 * std::numbers::pi;

double trained_frequency(float base, int pairs, int k) { return std::pow(base, -1.0 * k / pairs); }

double turns(Bands b, int pairs, int k) {
  return b.trained * trained_frequency(b.base, pairs, k) / kFullTurn;
}

double pairdim(Bands b, int r, double n) {
  return r * std::log(b.trained / (n * kFullTurn)) / (2 * std::log(b.base));
}

/// Frequencies by a ramp, 1 where they are interpolated, that is a function of k.
template <class Ramp>
void by_ramp(Bands b, MutableRow theta, Ramp ramp_of) {
  for (int k = 0; k < theta.size; ++k) {
    const double ramp = std::clamp<double>(ramp_of(k), 0, 1);
    const double t = trained_frequency(b.base, theta.size, k);
    theta[k] = static_cast<float>((1 - ramp) * t + ramp * t / b.s);
  }
}

double ramp_in_turns(double n, Bands b) { return 1 - (n - b.slow) / (b.fast - b.slow); }

/// The ramp from low to high, held within the row as the contract says.
float by_index(Bands b, MutableRow theta, double low, double high) {
  low = std::max(low, 0.0), high = std::min(high, 2.0 * theta.size - 1);
  by_ramp(b, theta, [=](int k) { return (k - low) / (high - low); });
  return static_cast<float>(0.1 * std::log(b.s) + 1);
}

/// The same from pairdims, truncated or not.
float by_pairdim(Bands b, bool truncate, MutableRow theta, double low, double high) {
  return by_index(b, theta, truncate ? std::floor(low) : low, truncate ? std::ceil(high) : high);
}

/// Tables by functions of position and frequency that say what angle, and of what they are scaled.
template <class Angle>
void fill(Row theta, float factor, MutableMatrix cosines, MutableMatrix sines, Angle angle) {
  for (int i = 0; i < cosines.rows; ++i) {
    for (int k = 0; k < theta.size; ++k) {
      cosines[i][k] = factor * static_cast<float>(std::cos(angle(i, theta[k])));
      sines[i][k] = factor * static_cast<float>(std::sin(angle(i, theta[k])));
    }
  }
}

}  // namespace

void interpolated(float base, float s, MutableRow theta) {
  for (int k = 0; k < theta.size; ++k) {
    theta[k] = static_cast<float>(trained_frequency(base, theta.size, k) / s);
  }
}

float scaled_base(float base, int r, float s) {
  return static_cast<float>(base * std::pow(s, r / (r - 2.0)));
}

float dynamic_base(float base, int r, float s, int trained, int length) {
  const double x = static_cast<double>(s) * std::max(length, trained) / trained - (s - 1.0);
  return static_cast<float>(base * std::pow(x, r / (r - 2.0)));
}

void llama3(Bands b, MutableRow theta) {
  by_ramp(b, theta, [&](int k) { return ramp_in_turns(turns(b, theta.size, k), b); });
}

float yarn(Bands b, bool truncate, MutableRow theta) {
  const int r = 2 * theta.size;
  return by_pairdim(b, truncate, theta, pairdim(b, r, b.fast), pairdim(b, r, b.slow));
}

void scaled_tables_simd(Row theta, float factor, int first, MutableMatrix cosines,
                        MutableMatrix sines) {
  fill(theta, factor, cosines, sines,
       [=](int i, float t) { return static_cast<double>(first + i) * t; });
}

// ---- Bugs of one number for all pairs -----------------------------------------------------------

QKOAN_BUG(void, interpolated, faster, "frequencies are multiplied by s: wavelengths become shorter")
(float base, float s, MutableRow theta) { interpolated(base, 1 / s, theta); }

QKOAN_BUG(void, interpolated, pairs_for_elements,
          "the exponent is −2k over the number of pairs, not of elements")
(float base, float s, MutableRow theta) {
  for (int k = 0; k < theta.size; ++k) {
    theta[k] = static_cast<float>(trained_frequency(base, theta.size, 2 * k) / s);
  }
}

QKOAN_BUG(void, interpolated, counts_from_one, "k counts from 1: the fastest pair is missing")
(float base, float s, MutableRow theta) {
  for (int k = 0; k < theta.size; ++k) {
    theta[k] = static_cast<float>(trained_frequency(base, theta.size, k + 1) / s);
  }
}

QKOAN_BUG(void, interpolated, first_pair_kept, "the first pair is not interpolated")
(float base, float s, MutableRow theta) {
  interpolated(base, s, theta);
  theta[0] = 1;
}

QKOAN_BUG(float, scaled_base, base_times_s, "the base is multiplied by s itself")
(float base, int, float s) { return base * s; }

QKOAN_BUG(float, scaled_base, whole_division, "the exponent r/(r − 2) is divided as whole numbers")
(float base, int r, float s) {
  return static_cast<float>(base * std::pow(static_cast<double>(s), r / (r - 2)));
}

QKOAN_BUG(float, scaled_base, reciprocal, "the base becomes smaller: s is used as 1/s")
(float base, int r, float s) { return scaled_base(base, r, 1 / s); }

QKOAN_BUG(float, scaled_base, exponent_upside_down, "the exponent is (r − 2)/r")
(float base, int r, float s) { return static_cast<float>(base * std::pow(s, (r - 2.0) / r)); }

QKOAN_BUG(float, scaled_base, last_plus_one,
          "the pair behind the last one is interpolated: the exponent is r/(r + 2)")
(float base, int r, float s) { return static_cast<float>(base * std::pow(s, r / (r + 2.0))); }

// ---- Bugs of the base for the text at hand ------------------------------------------------------

QKOAN_BUG(float, dynamic_base, built_once,
          "the base is that of a text of s·trained tokens, whatever the length (vLLM #3488, #5093)")
(float base, int r, float s, int, int) { return scaled_base(base, r, s * s - (s - 1)); }

QKOAN_BUG(float, dynamic_base, always_s, "the base is scaled by s, whatever the length")
(float base, int r, float s, int, int) { return scaled_base(base, r, s); }

QKOAN_BUG(float, dynamic_base, forgets_subtraction,
          "s − 1 is not subtracted: the base jumps where texts become too long")
(float base, int r, float s, int trained, int length) {
  const double x = static_cast<double>(s) * std::max(length, trained) / trained;
  return static_cast<float>(base * std::pow(x, r / (r - 2.0)));
}

QKOAN_BUG(float, dynamic_base, forgets_s, "the base is scaled by length/trained, without s")
(float base, int r, float, int trained, int length) {
  return dynamic_base(base, r, 1, trained, length);
}

QKOAN_BUG(float, dynamic_base, shrinks_for_short_texts,
          "a short text makes the base smaller, or no number at all (vLLM #52665)")
(float base, int r, float s, int trained, int length) {
  const double x = static_cast<double>(s) * length / trained - (s - 1.0);
  return static_cast<float>(base * std::pow(x, r / (r - 2.0)));
}

QKOAN_BUG(float, dynamic_base, whole_quotient, "length/trained is divided as whole numbers")
(float base, int r, float s, int trained, int length) {
  return dynamic_base(base, r, s, 1, std::max(length / trained, 1));
}

// ---- Bugs of the ramp in turns ------------------------------------------------------------------

QKOAN_BUG(void, llama3, not_scaled, "frequencies are the trained ones (unsloth PR6197)")
(Bands b, MutableRow theta) { interpolated(b.base, 1, theta); }

QKOAN_BUG(void, llama3, radians_for_turns, "2π is missing: radians are taken for turns")
(Bands b, MutableRow theta) {
  by_ramp(b, theta, [&](int k) { return ramp_in_turns(turns(b, theta.size, k) * kFullTurn, b); });
}

QKOAN_BUG(void, llama3, limits_swapped,
          "the two factors are swapped: fast pairs are interpolated, slow ones kept")
(Bands b, MutableRow theta) {
  by_ramp(b, theta, [&](int k) { return 1 - ramp_in_turns(turns(b, theta.size, k), b); });
}

QKOAN_BUG(void, llama3, middle_upside_down, "on the ramp γ and 1 − γ are exchanged")
(Bands b, MutableRow theta) {
  by_ramp(b, theta, [&](int k) {
    const double ramp = ramp_in_turns(turns(b, theta.size, k), b);
    return ramp <= 0 || ramp >= 1 ? ramp : 1 - ramp;
  });
}

QKOAN_BUG(void, llama3, no_ramp, "there is no ramp: whatever is not fast is interpolated")
(Bands b, MutableRow theta) {
  by_ramp(b, theta, [&](int k) { return turns(b, theta.size, k) > b.fast ? 0 : 1; });
}

QKOAN_BUG(void, llama3, ramp_of_wavelengths, "wavelengths are mixed instead of frequencies")
(Bands b, MutableRow theta) {
  for (int k = 0; k < theta.size; ++k) {
    const double ramp = std::clamp(ramp_in_turns(turns(b, theta.size, k), b), 0.0, 1.0);
    const double t = trained_frequency(b.base, theta.size, k);
    theta[k] = static_cast<float>(1 / ((1 - ramp) / t + ramp * b.s / t));
  }
}

// ---- Bugs of the ramp in k ----------------------------------------------------------------------

QKOAN_BUG(float, yarn, always_truncates, "the ends are always rounded (vLLM PR28244, gpt-oss)")
(Bands b, bool, MutableRow theta) { return yarn(b, true, theta); }

QKOAN_BUG(float, yarn, never_truncates, "the ends are never rounded")
(Bands b, bool, MutableRow theta) { return yarn(b, false, theta); }

QKOAN_BUG(float, yarn, as_printed, "the ramp is linear in turns, as the paper prints it, not in k")
(Bands b, bool, MutableRow theta) {
  llama3(b, theta);
  return static_cast<float>(0.1 * std::log(b.s) + 1);
}

QKOAN_BUG(float, yarn, reversed,
          "the ramp is reversed: fast pairs are interpolated, slow ones kept")
(Bands b, bool truncate, MutableRow theta) {
  const int r = 2 * theta.size;
  double low = pairdim(b, r, b.fast), high = pairdim(b, r, b.slow);
  if (truncate) low = std::floor(low), high = std::ceil(high);
  low = std::max(low, 0.0), high = std::min(high, r - 1.0);
  by_ramp(b, theta, [=](int k) { return (high - k) / (high - low); });
  return static_cast<float>(0.1 * std::log(b.s) + 1);
}

QKOAN_BUG(float, yarn, betas_swapped, "low and high are exchanged: low comes from slow")
(Bands b, bool truncate, MutableRow theta) {
  const int r = 2 * theta.size;
  return by_pairdim(b, truncate, theta, pairdim(b, r, b.slow), pairdim(b, r, b.fast));
}

QKOAN_BUG(float, yarn, other_logarithm, "one of the two logarithms is of base 2, the other is not")
(Bands b, bool truncate, MutableRow theta) {
  const int r = 2 * theta.size;
  const double wrong = std::numbers::log2e;
  return by_pairdim(b, truncate, theta, wrong * pairdim(b, r, b.fast),
                    wrong * pairdim(b, r, b.slow));
}

QKOAN_BUG(float, yarn, pairs_for_r, "pairdim takes the number of pairs for that of elements")
(Bands b, bool truncate, MutableRow theta) {
  const int r = theta.size;
  return by_pairdim(b, truncate, theta, pairdim(b, r, b.fast), pairdim(b, r, b.slow));
}

QKOAN_BUG(float, yarn, radians_for_turns_in_k, "2π is missing in pairdim")
(Bands b, bool truncate, MutableRow theta) {
  const int r = 2 * theta.size;
  const double low = pairdim(b, r, b.fast / kFullTurn), high = pairdim(b, r, b.slow / kFullTurn);
  return by_pairdim(b, truncate, theta, low, high);
}

QKOAN_BUG(float, yarn, begins_before_the_row, "low may be negative: the ramp begins before pair 0")
(Bands b, bool truncate, MutableRow theta) {
  const int r = 2 * theta.size;
  double low = pairdim(b, r, b.fast), high = pairdim(b, r, b.slow);
  if (truncate) low = std::floor(low), high = std::ceil(high);
  high = std::min(high, r - 1.0);
  by_ramp(b, theta, [=](int k) { return (k - low) / (high - low); });
  return static_cast<float>(0.1 * std::log(b.s) + 1);
}

QKOAN_BUG(float, yarn, ends_behind_the_row, "high may be r or more: it is not held at r − 1")
(Bands b, bool truncate, MutableRow theta) {
  const int r = 2 * theta.size;
  double low = pairdim(b, r, b.fast), high = pairdim(b, r, b.slow);
  if (truncate) low = std::floor(low), high = std::ceil(high);
  low = std::max(low, 0.0);
  by_ramp(b, theta, [=](int k) { return (k - low) / (high - low); });
  return static_cast<float>(0.1 * std::log(b.s) + 1);
}

QKOAN_BUG(float, yarn, ends_at_the_last_pair, "high is held at r/2 − 1 instead of r − 1")
(Bands b, bool truncate, MutableRow theta) {
  const int r = 2 * theta.size;
  const double high = truncate ? std::ceil(pairdim(b, r, b.slow)) : pairdim(b, r, b.slow);
  const double low = pairdim(b, r, b.fast);
  return by_index(b, theta, truncate ? std::floor(low) : low, std::min(high, r / 2 - 1.0));
}

QKOAN_BUG(float, yarn, no_temperature, "the factor is always 1")
(Bands b, bool truncate, MutableRow theta) { return yarn(b, truncate, theta), 1.0f; }

QKOAN_BUG(float, yarn, factor_of_scores, "the factor is squared: that is what scores get from it")
(Bands b, bool truncate, MutableRow theta) {
  const float factor = yarn(b, truncate, theta);
  return factor * factor;
}

// ---- Bugs of the tables -------------------------------------------------------------------------

QKOAN_BUG(void, scaled_tables_simd, float_angles, "angles are floats: far ones are off by 0.03")
(Row theta, float factor, int first, MutableMatrix cosines, MutableMatrix sines) {
  fill(theta, factor, cosines, sines,
       [=](int i, float t) { return static_cast<float>(first + i) * t; });
}

QKOAN_BUG(void, scaled_tables_simd, short_turns, "a turn has 2³² parts only: far angles drift")
(Row theta, float factor, int first, MutableMatrix cosines, MutableMatrix sines) {
  fill(theta, factor, cosines, sines, [=](int i, float t) {
    const auto step = static_cast<unsigned>(t / kFullTurn * 0x1p32);
    return step * static_cast<unsigned>(first + i) * 0x1p-32 * kFullTurn;
  });
}

QKOAN_BUG(void, scaled_tables_simd, factor_twice, "the factor is applied twice (sglang PR33558)")
(Row theta, float factor, int first, MutableMatrix cosines, MutableMatrix sines) {
  scaled_tables_simd(theta, factor * factor, first, cosines, sines);
}

QKOAN_BUG(void, scaled_tables_simd, factor_of_cosines_only, "only cosines get the factor")
(Row theta, float factor, int first, MutableMatrix cosines, MutableMatrix sines) {
  scaled_tables_simd(theta, factor, first, cosines, sines);
  for (int e = 0; e < sines.rows * sines.cols; ++e) sines.data[e] /= factor;
}

QKOAN_BUG(void, scaled_tables_simd, from_zero, "the first row is always that of position 0")
(Row theta, float factor, int, MutableMatrix cosines, MutableMatrix sines) {
  scaled_tables_simd(theta, factor, 0, cosines, sines);
}

// ---- Correct variants ---------------------------------------------------------------------------

QKOAN_VARIANT(void, interpolated, in_float, "powers in float, of a positive exponent, times s")
(float base, float s, MutableRow theta) {
  for (int k = 0; k < theta.size; ++k) {
    theta[k] = 1 / (s * std::pow(base, static_cast<float>(k) / static_cast<float>(theta.size)));
  }
}

QKOAN_VARIANT(void, interpolated, by_exp2, "e^(−2k/r·ln base) as a power of 2, in float")
(float base, float s, MutableRow theta) {
  const float log = std::log2(base), r = static_cast<float>(2 * theta.size);
  for (int k = 0; k < theta.size; ++k) {
    theta[k] = std::exp2(-2 * static_cast<float>(k) / r * log) * (1 / s);
  }
}

QKOAN_VARIANT(void, interpolated, multiplied_up, "one power, and products in double")
(float base, float s, MutableRow theta) {
  const double ratio = std::pow(static_cast<double>(base), -1.0 / theta.size);
  double t = 1.0 / s;
  for (int k = 0; k < theta.size; ++k, t *= ratio) theta[k] = static_cast<float>(t);
}

QKOAN_VARIANT(float, scaled_base, exponent_in_pieces, "base·s·s^(2/(r − 2)), in float")
(float base, int r, float s) { return base * s * std::pow(s, 2 / static_cast<float>(r - 2)); }

QKOAN_VARIANT(float, dynamic_base, in_float_too, "everything in float, as it is written")
(float base, int r, float s, int trained, int length) {
  const float l = static_cast<float>(std::max(length, trained));
  const float x = s * l / static_cast<float>(trained) - (s - 1);
  return base * std::pow(x, static_cast<float>(r) / static_cast<float>(r - 2));
}

QKOAN_VARIANT(void, llama3, by_wavelength, "compares wavelengths, in float, as Meta's code does")
(Bands b, MutableRow theta) {
  const float length = static_cast<float>(b.trained);
  for (int k = 0; k < theta.size; ++k) {
    const float t = std::pow(b.base, -static_cast<float>(k) / static_cast<float>(theta.size));
    const float wavelength = 6.2831853f / t;
    const float smooth = (length / wavelength - b.slow) / (b.fast - b.slow);
    theta[k] = wavelength < length / b.fast   ? t
               : wavelength > length / b.slow ? t / b.s
                                              : (1 - smooth) * t / b.s + smooth * t;
  }
}

QKOAN_VARIANT(float, yarn, in_float_with_mask,
              "in float, with 1 − ramp as a mask, logarithms apart")
(Bands b, bool truncate, MutableRow theta) {
  const float r = static_cast<float>(2 * theta.size), log = std::log(b.base);
  const auto k_of = [&](float n) {
    return r * (std::log(static_cast<float>(b.trained)) - std::log(n * 6.2831853f)) / (2 * log);
  };
  float low = k_of(b.fast), high = k_of(b.slow);
  if (truncate) low = std::floor(low), high = std::ceil(high);
  low = std::max(low, 0.0f), high = std::min(high, r - 1);
  for (int k = 0; k < theta.size; ++k) {
    const float t = std::exp(-2 * static_cast<float>(k) / r * log);
    const float mask = 1 - std::clamp((static_cast<float>(k) - low) / (high - low), 0.0f, 1.0f);
    theta[k] = t / b.s * (1 - mask) + t * mask;
  }
  return b.s <= 1 ? 1.0f : 0.1f * std::log(b.s) + 1;
}

QKOAN_VARIANT(float, yarn, goes_towards, "θ + ramp·(θ/s − θ), in float")
(Bands b, bool truncate, MutableRow theta) {
  const int r = 2 * theta.size;
  double low = pairdim(b, r, b.fast), high = pairdim(b, r, b.slow);
  if (truncate) low = std::floor(low), high = std::ceil(high);
  low = std::max(low, 0.0), high = std::min(high, r - 1.0);
  for (int k = 0; k < theta.size; ++k) {
    const float ramp = static_cast<float>(std::clamp((k - low) / (high - low), 0.0, 1.0));
    const float t = static_cast<float>(trained_frequency(b.base, theta.size, k));
    theta[k] = t + ramp * (t / b.s - t);
  }
  return 1 + std::log2(b.s) * 0.0693147181f;
}

QKOAN_VARIANT(void, scaled_tables_simd, reduced_angles, "reduces angles in double, then in float")
(Row theta, float factor, int first, MutableMatrix cosines, MutableMatrix sines) {
  fill(theta, factor, cosines, sines, [=](int i, float t) {
    return static_cast<float>(std::remainder(static_cast<double>(first + i) * t, kFullTurn));
  });
}

QKOAN_VARIANT(void, scaled_tables_simd, rotations, "turns each row on by a rotation, in double")
(Row theta, float factor, int first, MutableMatrix cosines, MutableMatrix sines) {
  for (int k = 0; k < theta.size; ++k) {
    const double t = theta[k], c = std::cos(t), s = std::sin(t);
    double x = factor * std::cos(first * t), y = factor * std::sin(first * t);
    for (int i = 0; i < cosines.rows; ++i) {
      cosines[i][k] = static_cast<float>(x), sines[i][k] = static_cast<float>(y);
      const double before = x;
      x = x * c - y * s, y = before * s + y * c;
    }
  }
}
