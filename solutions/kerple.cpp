/// @file
/// Lesson 07, our solution. A logarithm costs much more than a copy, and n_q·n_k elements
/// have only max(n_q, n_k) distances. So there is one table of biases, by distance; then one line
/// of biases, by offset; and every row of the matrix is a window of that line.
#include "kerple.hpp"

#include <algorithm>
#include <cstdlib>

#include "simd.hpp"

using namespace simd;

void kerple_project(bool power, MutableRow r1, MutableRow r2) {
  constexpr float kLeast = 0.01f;
  for (float& r : r1) r = std::max(r, kLeast);
  for (float& r : r2) r = std::clamp(r, kLeast, power ? 2.0f : INFINITY);
}

float kerple_log(float r1, float r2, int distance) {
  return -r1 * std::log1p(r2 * static_cast<float>(distance));
}

float kerple_power(float r1, float r2, int distance) {
  return -r1 * std::pow(static_cast<float>(distance), r2);  // 0^r2 is 0, because r2 > 0
}

namespace {

/// The position of query i among the keys: the last query stands at the last key.
int position(int i, MutableMatrix M) { return i + M.cols - M.rows; }

/// How many distances occur: the past has n_k of them, the future n_q.
int distances(bool bidirectional, MutableMatrix B) {
  return bidirectional ? std::max(B.rows, B.cols) : B.cols;
}

/// B[i][j] = by_distance[|p(i) − j|], −∞ in the future unless that counts.
/// The line is the row of the last query (the oldest key first, the own key last), prolonged to the
/// right by the n_q − 1 keys that would be its future. Every query before it stands one key further
/// left, so its row is a window that begins one further right.
void spread(Row by_distance, bool bidirectional, MutableMatrix B) {
  const int past = B.cols, future = B.rows - 1;
  std::vector<float> line(past + future, -INFINITY);
  std::reverse_copy(by_distance.data, by_distance.data + past, line.data());
  if (bidirectional) std::copy_n(by_distance.data + 1, future, line.data() + past);
  for (int i = 0; i < B.rows; ++i) std::copy_n(line.data() + (B.rows - 1 - i), B.cols, B[i].data);
}

}  // namespace

void kerple_bias(bool power, float r1, float r2, bool bidirectional, MutableMatrix B) {
  const int n = distances(bidirectional, B);
  std::vector<float> by_distance(n);
  for (int d = 0; d < n; ++d)
    by_distance[d] = power ? kerple_power(r1, r2, d) : kerple_log(r1, r2, d);
  spread({by_distance.data(), n}, bidirectional, B);
}

void kerple_scores(float r1, float r2, int d, bool inside, MutableMatrix S) {
  std::vector<float> bias(S.cols);
  for (int distance = 0; distance < S.cols; ++distance)
    bias[distance] = kerple_log(r1, r2, distance);

  const float scale = 1 / std::sqrt(static_cast<float>(d));
  const float scale_of_bias = inside ? scale : 1;
  for (int i = 0; i < S.rows; ++i) {
    const int p = position(i, S);
    for (int j = 0; j < S.cols; ++j)
      S[i][j] = j > p ? -INFINITY : scale * S[i][j] + scale_of_bias * bias[p - j];
  }
}

namespace {

constexpr int kLanes = vec<float>::size();

/// ln(1 + x) for x ≥ 0. Write 1 + x = 2^k·(1 + f) with −¼ ≤ f ≤ ½. Then ln(1 + x) = k·ln 2 +
/// ln(1 + f), and a polynomial computes the latter.
///
/// k  The bits of a float, read as a whole number, are the piecewise linear interpolation of its
///    log₂ (times 2²³, plus 127·2²³). Rounded to a whole number, that is a k which leaves f in the
///    range; and it rounds, as in lesson 03, by adding 1.5·2²³.
/// f  = x·2^−k + (2^−k − 1). The product is exact, and so is the parenthesis as long as k ≤ 24: one
///    rounding. For k = 0, where results are small, f = x, and nothing at all is rounded. This is
///    what log1p is about: 1 + x itself only serves to find k.
/// p  ln(1 + f) = f − ½f² + f³·p(f), where p of degree 7 makes the greatest relative error of the
///    result on the range as small as can be: linear programming, the coefficients being rounded to
///    floats one after the other. It is 4.2·10⁻⁹, or 0.07u.
/// ln 2 is the sum of two floats, the upper one so short that k·upper is exact.
///
/// Errors: with k = 0, ½ ulp of the last addition and what the terms behind f contribute, which are
/// at most a quarter of the result. With k ≥ 1 f is rounded, too. The maximum measured over all
/// floats from 2⁻³⁰ to 2⁴⁸ is 0.943 ulp with fused multiply-add, 0.897 without.
inline vec<float> log1p(vec<float> x) {
  using Bits = vec<unsigned>;
  constexpr float kRound = 0x1.8p23f;
  constexpr int kOne = 0x3f800000;  // the bits of 1.0f
  const vec<float> t = vec<float>(std::bit_cast<vec<int>>(x + 1) - kOne) * 0x1p-23f + kRound;
  const vec<float> k = t - kRound;
  const Bits bits = Bits(kOne) - (std::bit_cast<Bits>(t) << 23);  // of 2^−k
  const vec<float> scale = std::bit_cast<vec<float>>(bits);
  const vec<float> f = x * scale + (scale - 1);

  vec<float> p = f * -0x1.603f96p-5f + 0x1.a1b47ap-4f;
  p = p * f - 0x1.0bc128p-3f;
  p = p * f + 0x1.28d108p-3f;
  p = p * f - 0x1.552b76p-3f;
  p = p * f + 0x1.996d7ap-3f;
  p = p * f - 0x1.fffed2p-3f;
  p = p * f + 0x1.55558ap-2f;
  const vec<float> rest = f * f * (p * f - 0.5f) + k * 0x1.7f7d1cp-20f;
  return rest + f + k * 0x1.62e4p-1f;  // the small terms first
}

}  // namespace

void kerple_log_bias_simd(float r1, float r2, bool bidirectional, MutableMatrix B) {
  const int n = distances(bidirectional, B);
  std::vector<float> by_distance(n);
  for (int d = 0; d < n; d += kLanes) {
    const vec<float> x = r2 * (iota<float>() + static_cast<float>(d));
    partial_store(-r1 * log1p(x), by_distance.data() + d, n - d);
  }
  spread({by_distance.data(), n}, bidirectional, B);
}
