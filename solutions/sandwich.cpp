/// @file
/// Lesson 08, our solution. A bias is d/2 cosines, so the library's cosine, one number per call, is
/// all the cost there is. The SIMD version computes a vector of distances at a time, and spends its
/// care on the angle.
#include "sandwich.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "simd.hpp"

using namespace simd;

namespace {

/// θ_k = 10000^(−2k/d), in double: it will be multiplied by large offsets.
double frequency(int d, int k) { return std::pow(10000.0, -2.0 * k / d); }

}  // namespace

void sinusoid(int position, MutableRow e) {
  for (int k = 1; 2 * k <= e.size; ++k) {
    const double angle = position * frequency(e.size, k);
    e[2 * k - 2] = static_cast<float>(std::sin(angle));
    e[2 * k - 1] = static_cast<float>(std::cos(angle));
  }
}

float sandwich(int d, int offset) {
  float sum = 0;
  for (int k = 1; k <= d / 2; ++k) sum += static_cast<float>(std::cos(offset * frequency(d, k)));
  return sum;
}

/// There are only as many different biases as distances: a mirrored line of them, of which every row
/// is a window, shifted by one from row to row.
void sandwich_bias(int d, bool bidirectional, MutableMatrix B) {
  const int reach = std::max(B.rows, B.cols);
  std::vector<float> mirrored(2 * reach + 1);
  float* b = mirrored.data() + reach;  // b[−reach … reach]
  for (int o = 0; o <= reach; ++o) b[o] = b[-o] = sandwich(d, o);
  for (int i = 0; i < B.rows; ++i) {
    const int p = i + B.cols - B.rows;
    const int seen = bidirectional ? B.cols : std::clamp(p + 1, 0, B.cols);
    std::copy(b - p, b - p + seen, B[i].data);  // offset p − j is as good as j − p
    std::fill(B[i].data + seen, B[i].end(), -INFINITY);
  }
}

void sandwich_penalty(int d, int heads, int head, MutableRow penalty) {
  const float h = static_cast<float>(d / 2);
  const float scale = static_cast<float>(heads) / static_cast<float>(8 * (head + 1));
  for (int o = 0; o < penalty.size; ++o) penalty[o] = (sandwich(d, o) - h) * scale;
}

namespace {

constexpr int kLanes = vec<float>::size();
using Phase = vec<unsigned>;  // an angle as a fraction of a turn, in units of 2⁻³² turns

/// A full turn in units of 2⁻⁶⁴. What lies above is lost when whole numbers overflow, and that is
/// just what is wanted of an angle: no reduction of large angles, no drift, the same error at every
/// distance. 53 bits of θ/2π leave an error of o·2⁻⁵⁴ turns, 4·10⁻¹⁰ at o = 2²⁰.
std::uint64_t phase_step(int d, int k) {
  constexpr double kTurn = 6.283185307179586;
  return static_cast<std::uint64_t>(frequency(d, k) / kTurn * 0x1p64);
}

/// cos(2π·phase). As a signed number the phase is x = −½ … ½ turns, and the cosine is even: with
/// y = ¼ − |x| it is sin(2πy), |y| ≤ ¼, which an odd polynomial of degree 9 approximates within
/// 8·10⁻⁹: Remez-like exchange in double, its coefficients rounded to floats one by one, each time
/// refitting those that follow. The conversion of x to float adds 5·10⁻⁸, rounding 1.6·10⁻⁷ at most;
/// the contract allows 4.8·10⁻⁷.
inline vec<float> cosine(Phase phase) {
  const vec<float> x = vec<float>(std::bit_cast<vec<int>>(phase)) * 0x1p-32f;
  const vec<float> y = 0.25f - max(x, 0 - x);
  const vec<float> s = y * y;
  vec<float> p = s * 0x1.3911f8p+5f - 0x1.31fbfp+6f;
  p = p * s + 0x1.466504p+6f;
  p = p * s - 0x1.4abba2p+5f;
  p = p * s + 0x1.921fb4p+2f;
  return p * y;
}

}  // namespace

void sandwich_line_simd(int d, MutableRow line) {
  std::vector<std::uint64_t> step(d / 2);
  for (int k = 1; k <= d / 2; ++k) step[k - 1] = phase_step(d, k);

  for (int o = 0; o < line.size; o += kLanes) {
    vec<float> sum = 0;
    for (const std::uint64_t turn : step) {
      // The first lane's phase has 64 bits, and its upper half is kept; the other lanes are at most
      // 15 steps away, which 32 bits hold well enough.
      const auto first = static_cast<unsigned>(turn * static_cast<std::uint64_t>(o) >> 32);
      const auto next = static_cast<unsigned>(turn >> 32);
      sum += cosine(first + iota<unsigned>() * next);
    }
    partial_store(sum, line.data + o, line.size - o);
  }
  if (line.size > 0) line[0] = static_cast<float>(d / 2);  // cos 0 = 1 without any rounding
}
