/// @file
/// Lesson 11, our solution. Frequencies are computed once for a model, so the first five tasks are
/// written to be read, in double. Tables are computed for every position: there the library's
/// cosines are all the cost, and the SIMD version spends one addition and a polynomial instead.
#include "rope_scaling.hpp"

#include <cstdint>

#include "simd.hpp"

using namespace simd;

namespace {

constexpr double kFullTurn = 6.283185307179586;

/// θ_k = base^(−2k/r), of r/2 pairs.
double trained_frequency(float base, int pairs, int k) {
  return std::pow(static_cast<double>(base), -static_cast<double>(k) / pairs);
}

/// base·x^(r/(r − 2)): the last exponent is −(r − 2)/r, so the last frequency is divided by x.
float stretched_base(float base, int r, double x) {
  return static_cast<float>(base * std::pow(x, r / (r - 2.0)));
}

/// θ where ramp = 0, θ/s where it is 1.
float between(double theta, float s, double ramp) {
  ramp = std::clamp(ramp, 0.0, 1.0);
  return static_cast<float>((1 - ramp) * theta + ramp * theta / s);
}

/// The k of a pair that turns n times in training: turns = trained·θ_k/2π, solved for k.
double pairdim(const Bands& bands, int r, double n) {
  return r * std::log(bands.trained / (kFullTurn * n)) / (2 * std::log(bands.base));
}

}  // namespace

void interpolated(float base, float s, MutableRow theta) {
  for (int k = 0; k < theta.size; ++k) {
    theta[k] = static_cast<float>(trained_frequency(base, theta.size, k) / s);
  }
}

float scaled_base(float base, int r, float s) { return stretched_base(base, r, s); }

float dynamic_base(float base, int r, float s, int trained, int length) {
  const double longer = std::max(length, trained);
  return stretched_base(base, r, s * longer / trained - (s - 1.0));
}

void llama3(Bands bands, MutableRow theta) {
  for (int k = 0; k < theta.size; ++k) {
    const double trained = trained_frequency(bands.base, theta.size, k);
    const double turns = bands.trained * trained / kFullTurn;
    theta[k] = between(trained, bands.s, (bands.fast - turns) / (bands.fast - bands.slow));
  }
}

float yarn(Bands bands, bool truncate, MutableRow theta) {
  const int r = 2 * theta.size;
  double low = pairdim(bands, r, bands.fast), high = pairdim(bands, r, bands.slow);
  if (truncate) low = std::floor(low), high = std::ceil(high);
  low = std::max(low, 0.0), high = std::min(high, r - 1.0);
  for (int k = 0; k < theta.size; ++k) {
    const double trained = trained_frequency(bands.base, theta.size, k);
    theta[k] = between(trained, bands.s, (k - low) / (high - low));
  }
  return static_cast<float>(0.1 * std::log(bands.s) + 1);
}

namespace {

constexpr int kLanes = vec<float>::size();
constexpr int kRows = 16;  // of one block

/// The cosine of an angle that is a whole number of 2⁻³² turns. Signed, that is x = −½ … ½ turns,
/// and cosines are even: with y = ¼ − |x| it is sin(2πy), |y| ≤ ¼, which an odd polynomial of
/// degree 9 approximates within 8·10⁻⁹ (Remez-like exchange in double, its coefficients rounded to
/// floats one by one, each time refitting those that follow). y is whole, and rounded once.
inline vec<float> cosine(vec<unsigned> turns) {
  const vec<unsigned> size = select(std::bit_cast<vec<int>>(turns) < 0, 0u - turns, turns);
  const vec<float> y = vec<float>(std::bit_cast<vec<int>>((1u << 30) - size)) * 0x1p-32f;
  const vec<float> s = y * y;
  vec<float> p = s * 0x1.3911f8p+5f - 0x1.31fbfp+6f;
  p = p * s + 0x1.466504p+6f;
  p = p * s - 0x1.4abba2p+5f;
  p = p * s + 0x1.921fb4p+2f;
  return p * y;
}

/// A block: rows of as many positions, for the pairs of one vector, of which `pairs` exist.
inline void fill_block(vec<unsigned> turns, vec<unsigned> step, float factor, int rows, int pairs,
                       int stride, float* cosines, float* sines) {
  for (int i = 0; i < rows; ++i) {
    partial_store(factor * cosine(turns), cosines + i * stride, pairs);
    partial_store(factor * cosine(turns - (1u << 30)), sines + i * stride, pairs);  // ¼ turn less
    turns = turns + step;
  }
}

}  // namespace

/// A full turn is 2⁶⁴, so that whole turns are lost by overflow: no reduction of large angles, no
/// drift, the same error at every position (53 bits of θ/2π leave |p|·2⁻⁵⁴ turns). A block begins
/// at such an angle; within it 32 bits are enough, as 15 steps of half a unit are 10⁻⁸ radians.
void scaled_tables_simd(Row theta, float factor, int first, MutableMatrix cosines,
                        MutableMatrix sines) {
  const int n = cosines.rows, pairs = theta.size;
  std::vector<std::uint64_t> exact(pairs);                           // steps, 2⁻⁶⁴ turns
  std::vector<unsigned> steps(pairs + kLanes), turns(steps.size());  // 2⁻³² turns, padded
  for (int k = 0; k < pairs; ++k) {
    exact[k] = static_cast<std::uint64_t>(theta[k] / kFullTurn * 0x1p64);
    steps[k] = static_cast<unsigned>((exact[k] + (std::uint64_t{1} << 31)) >> 32);
  }
  for (int i = 0; i < n; i += kRows) {
    const auto p = static_cast<std::uint64_t>(first + i);
    for (int k = 0; k < pairs; ++k) turns[k] = static_cast<unsigned>(p * exact[k] >> 32);
    for (int k = 0; k < pairs; k += kLanes) {
      fill_block(unchecked_load(turns.data() + k), unchecked_load(steps.data() + k), factor,
                 std::min(kRows, n - i), pairs - k, pairs, cosines[i].data + k, sines[i].data + k);
    }
  }
}
