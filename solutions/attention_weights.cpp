/// @file
/// Lesson 03, our solution: softmax in one piece, in parts that are merged, and with an exponential
/// of our own, because the library's computes one number per call.
#include "attention_weights.hpp"

#include <algorithm>

#include "simd.hpp"

using namespace simd;

void softmax(Row scores, MutableRow weights) {
  const float max = *std::max_element(scores.begin(), scores.end());
  if (max == -INFINITY) {  // all keys are masked, and −∞ − (−∞) would be NaN
    std::fill(weights.begin(), weights.end(), 0.0f);
    return;
  }
  float sum = 0;  // at least 1, which the maximum contributes
  for (int j = 0; j < scores.size; ++j) {
    weights[j] = std::exp(scores[j] - max);
    sum += weights[j];
  }
  for (float& weight : weights) weight /= sum;
}

float log_sum_exp(Row scores) {
  const float max = *std::max_element(scores.begin(), scores.end());
  if (max == -INFINITY) return max;
  float sum = 0;
  for (float score : scores) sum += std::exp(score - max);
  return max + std::log(sum);
}

void merge(PartialRow& into, const PartialRow& from) {
  if (from.max == -INFINITY) return;  // nothing in it; also keeps −∞ − (−∞) away below
  const float max = std::max(into.max, from.max);
  const float keep = std::exp(into.max - max);  // both sums are brought to the common maximum:
  const float join = std::exp(from.max - max);  // one factor is 1, the other at most 1
  into.max = max;
  into.sum = keep * into.sum + join * from.sum;
  for (int c = 0; c < into.output.size; ++c)
    into.output[c] = keep * into.output[c] + join * from.output[c];
}

void accumulate(PartialRow& state, float score, Row value) {
  if (score == -INFINITY) return;
  const float max = std::max(state.max, score);
  const float keep = std::exp(state.max - max);
  const float weight = std::exp(score - max);
  state.max = max;
  state.sum = keep * state.sum + weight;
  for (int c = 0; c < value.size; ++c) state.output[c] = keep * state.output[c] + weight * value[c];
}

namespace {

constexpr int kLanes = vec<float>::size();

/// e^x for x ≤ 0. Split x = n·ln 2 + r with a whole number n and |r| ≤ ½·ln 2 ≈ 0.347. Then
/// e^x = 2ⁿ·e^r: a polynomial computes e^r, and 2ⁿ only adds n to the exponent field of a float.
///
/// n  Adding 1.5·2²³ to x/ln 2 leaves no bits for a fraction. So the addition itself rounds to a
///    whole number, and the lowest bits of the sum t *are* n. (1.5, so that n may be negative.)
/// r  It is the small difference of large numbers, so it needs ln 2 in more bits than a float has:
///    as a sum of two floats. The upper one ends in 9 zero bits, so n·upper is exact (|n| < 2⁷),
///    and so is x − n·upper; the lower one holds the next 24 bits. (Cody & Waite, 1980)
/// p  e^r ≈ 1 + r·(1 + r·p(r)), where p of degree 4 makes the greatest error on |r| ≤ ½·ln 2 as small
///    as can be, counted in ulp: below 1, where r < 0, an ulp is half as large, so errors weigh twice.
///    (Weighted least squares, whose weights follow the errors until these are level; then each
///    coefficient is rounded, and those that are left are fitted again.) It is 0.036 ulp, a 50th of
///    what Taylor's coefficients 1/2, 1/6, 1/24, ... would give.
///
/// Errors, in ulp of a result whose e^r is in [½√2, 1), where they are largest: ½ from the last
/// addition, ¼ from r, the rest from r·(1 + r·p) and p. The maximum measured over all floats is 0.891
/// ulp with fused multiply-add, 1.167 without (tests/attention_weights_exhaustive.cpp).
///
/// `inline`: around a call the constants could not stay in registers.
inline vec<float> exp(vec<float> x) {
  constexpr float kRound = 0x1.8p23f;
  const vec<float> t = x * 0x1.715476p0f + kRound;  // 1/ln 2
  const vec<float> n = t - kRound;
  const vec<float> r = x - n * 0x1.62e4p-1f - n * 0x1.7f7d1cp-20f;

  vec<float> p = r * 0x1.697b94p-10f + 0x1.12397ep-7f;
  p = p * r + 0x1.5559fep-5f;
  p = p * r + 0x1.555492p-3f;
  p = p * r + 0x1.fffffap-2f;
  p = p * r + 1;
  const vec<float> e = p * r + 1;

  // Shifted to where the exponent stands, n has pushed the other bits of t out.
  using Bits = vec<unsigned>;
  const Bits scaled = std::bit_cast<Bits>(e) + (std::bit_cast<Bits>(t) << 23);
  // Below ln 2⁻¹²⁶ exponents end, and for x = −∞ all of the above is nonsense: 0 instead.
  return select(-0x1.5d589ep6f <= x, std::bit_cast<vec<float>>(scaled), 0);
}

/// f(j, count) for all vectors of a row: whole ones, then its tail.
template <class F>
inline void for_each_vector(int n, F f) {
  int j = 0;
  for (; j + kLanes <= n; j += kLanes) f(j, kLanes);
  if (j < n) f(j, n - j);
}

/// The scores from number j on. Behind the end stands −∞: what is not there weighs nothing.
inline vec<float> scores_from(Row scores, int j, int count) {
  const vec<float> s = partial_load(scores.data + j, count);
  return count == kLanes ? s : select(iota<int>() < count, s, -INFINITY);
}

float max_of(Row scores) {
  constexpr int kTogether = 4;  // so that none need wait for the one before
  vec<float> max[kTogether];
#pragma GCC unroll 4
  for (vec<float>& m : max) m = -INFINITY;
  int j = 0;
  for (; j + kTogether * kLanes <= scores.size; j += kTogether * kLanes)
#pragma GCC unroll 4
    for (int v = 0; v < kTogether; ++v)
      max[v] = simd::max(max[v], unchecked_load(scores.data + j + v * kLanes));
  for_each_vector(scores.size - j, [&](int n, int count) {
    max[0] = simd::max(max[0], scores_from(scores, j + n, count));
  });
  return reduce_max(simd::max(simd::max(max[0], max[1]), simd::max(max[2], max[3])));
}

}  // namespace

void exp_simd(Row x, MutableRow y) {
  for_each_vector(x.size, [=](int j, int n) {
    partial_store(exp(partial_load(x.data + j, n)), y.data + j, n);
  });
}

void softmax_simd(Row scores, MutableRow weights) {
  const float max = max_of(scores);
  if (max == -INFINITY) {
    std::fill(weights.begin(), weights.end(), 0.0f);
    return;
  }
  vec<float> sums = 0;  // every lane sums its own keys
  for_each_vector(scores.size, [&](int j, int n) {
    const vec<float> e = exp(scores_from(scores, j, n) - max);
    sums += e;
    partial_store(e, weights.data + j, n);
  });
  const float scale = 1 / reduce(sums);
  for_each_vector(scores.size, [=](int j, int n) {
    partial_store(scale * partial_load(weights.data + j, n), weights.data + j, n);
  });
}
