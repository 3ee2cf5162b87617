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
/// p  e^r ≈ 1 + r + r²·p(r), where p of degree 4 makes the greatest relative error on |r| ≤ ½·ln 2
///    as small as can be: Remez exchange in 40 digits, then the best of the neighbouring floats. It
///    is 3.3·10⁻⁹, a 50th of what Taylor's coefficients 1/2, 1/6, 1/24, ... would give.
///
/// Errors, in ulp of a result whose e^r is in [½√2, 1), where they are largest: ½ from the last
/// addition, ¼ from r, ¼ from r + r²·p, 0.06 from p. The maximum measured over all floats is 1.012
/// ulp with fused multiply-add, 0.978 without (tests/attention_weights_exhaustive.cpp).
///
/// `inline`: around a call the constants could not stay in registers.
inline vec<float> exp(vec<float> x) {
  constexpr float kRound = 0x1.8p23f;
  const vec<float> t = x * 0x1.715476p0f + kRound;  // 1/ln 2
  const vec<float> n = t - kRound;
  const vec<float> r = x - n * 0x1.62e4p-1f - n * 0x1.7f7d1cp-20f;

  vec<float> p = r * 0x1.6a212ap-10f + 0x1.12399ep-7f;
  p = p * r + 0x1.5558e2p-5f;
  p = p * r + 0x1.555492p-3f;
  p = p * r + 0x1.fffffcp-2f;
  const vec<float> e = r * r * p + r + 1;  // the small terms first

  // Shifted to where the exponent stands, n has pushed the other bits of t out.
  using Bits = vec<unsigned>;
  const Bits scaled = std::bit_cast<Bits>(e) + (std::bit_cast<Bits>(t) << 23);
  // Below ln 2⁻¹²⁶ exponents end, and for x = −∞ all of the above is nonsense: 0 instead.
  return select(-0x1.5d589ep6f <= x, std::bit_cast<vec<float>>(scaled), 0);
}

/// kLanes scores from number j on. Behind the end stands −∞: what is not there weighs nothing.
inline vec<float> scores_from(Row scores, int j) {
  const int left = scores.size - j;
  const vec<float> s = partial_load(scores.data + j, left);
  return left >= kLanes ? s : select(iota<int>() < left, s, -INFINITY);
}

float max_of(Row scores) {
  vec<float> max0 = -INFINITY, max1 = -INFINITY;  // two, so that one need not wait for the other
  for (int j = 0; j < scores.size; j += 2 * kLanes) {
    max0 = max(max0, scores_from(scores, j));
    max1 = max(max1, scores_from(scores, std::min(j + kLanes, scores.size)));
  }
  return reduce_max(max(max0, max1));
}

}  // namespace

void exp_simd(Row x, MutableRow y) {
  for (int j = 0; j < x.size; j += kLanes)
    partial_store(exp(partial_load(x.data + j, x.size - j)), y.data + j, x.size - j);
}

void softmax_simd(Row scores, MutableRow weights) {
  const int n = scores.size;
  const float max = max_of(scores);
  if (max == -INFINITY) {
    std::fill(weights.begin(), weights.end(), 0.0f);
    return;
  }
  vec<float> sums = 0;  // every lane sums its own keys
  for (int j = 0; j < n; j += kLanes) {
    const vec<float> e = exp(scores_from(scores, j) - max);
    sums += e;
    partial_store(e, weights.data + j, n - j);
  }
  const float scale = 1 / reduce(sums);
  for (int j = 0; j < n; j += kLanes)
    partial_store(scale * partial_load(weights.data + j, n - j), weights.data + j, n - j);
}
