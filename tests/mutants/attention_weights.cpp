/// @file
/// Lesson 03: what goes wrong with attention weights, and what may differ and is right.

#include "exercises/attention_weights.hpp"

#include <algorithm>
#include <bit>
#include <cfloat>
#include <vector>

#include "tests/support/mutants.hpp"

// ---- The plain and right implementation ---------------------------------------------------------

namespace {

float max_of(Row scores) { return *std::max_element(scores.begin(), scores.end()); }

bool all_masked(Row scores) { return max_of(scores) == -INFINITY; }

void fill(MutableRow row, float x) { std::fill(row.begin(), row.end(), x); }

/// Exponentials by a function of the score, divided by their sum. Something may be added to it.
template <class Exponential>
void softmax_by(Row scores, MutableRow weights, Exponential exponential, float added = 0) {
  if (all_masked(scores)) return fill(weights, 0);
  float sum = added;
  for (int j = 0; j < scores.size; ++j) {
    weights[j] = exponential(scores[j]);
    sum += weights[j];
  }
  for (float& weight : weights) weight /= sum;
}

/// Softmax whose exponents are scores[j] − shift: right if the shift is the greatest score.
void shifted_softmax(Row scores, MutableRow weights, float shift, float added = 0) {
  softmax_by(scores, weights, [=](float s) { return std::exp(s - shift); }, added);
}

/// Σ e^{scores[j] − shift}
float shifted_sum(Row scores, float shift) {
  float sum = 0;
  for (const float s : scores) sum += std::exp(s - shift);
  return sum;
}

/// What was known counts `keep` times, the value `weight` times.
void update(PartialRow& state, float max, float keep, float weight, Row value) {
  state.max = max;
  state.sum = keep * state.sum + weight;
  for (int c = 0; c < value.size; ++c) {
    state.output[c] = keep * state.output[c] + weight * value[c];
  }
}

/// The first part counts `keep` times, the second `join` times.
void combine(PartialRow& into, const PartialRow& from, float max, float keep, float join) {
  into.max = max;
  into.sum = keep * into.sum + join * from.sum;
  for (int c = 0; c < into.output.size; ++c) {
    into.output[c] = keep * into.output[c] + join * from.output[c];
  }
}

bool nothing_in(const PartialRow& part) { return part.max == -INFINITY; }

}  // namespace

void softmax(Row scores, MutableRow weights) { shifted_softmax(scores, weights, max_of(scores)); }

float log_sum_exp(Row scores) {
  const float max = max_of(scores);
  return max == -INFINITY ? max : max + std::log(shifted_sum(scores, max));
}

void accumulate(PartialRow& state, float score, Row value) {
  if (score == -INFINITY) return;
  const float max = std::max(state.max, score);
  update(state, max, std::exp(state.max - max), std::exp(score - max), value);
}

void merge(PartialRow& into, const PartialRow& from) {
  if (nothing_in(from)) return;
  const float max = std::max(into.max, from.max);
  combine(into, from, max, std::exp(into.max - max), std::exp(from.max - max));
}

void exp_simd(Row x, MutableRow y) {
  for (int j = 0; j < x.size; ++j) y[j] = std::exp(x[j]);
}

void softmax_simd(Row scores, MutableRow weights) { softmax(scores, weights); }

namespace {

/// x with the 8 bits of a bfloat16 (Veltkamp's splitting).
float bfloat16(float x) {
  const float shifted = x * 65537.0f;
  return shifted - (shifted - x);
}

/// e^r for small r by Taylor's polynomial.
float taylor(float r, int degree) {
  float sum = 1;
  for (int k = degree; k > 0; --k) sum = 1 + r * sum / static_cast<float>(k);
  return sum;
}

/// The whole number n of x = n·ln 2 + r, |r| ≤ ½ ln 2.
float multiple(float x) { return std::nearbyint(x * 1.44269504f); }

constexpr float kUpperLn2 = 0x1.62e4p-1f, kLowerLn2 = 0x1.7f7d1cp-20f;

/// The r of x = n·ln 2 + r, in the two steps of Cody and Waite.
float remainder_of(float x) { return x - multiple(x) * kUpperLn2 - multiple(x) * kLowerLn2; }

/// e^x for x ≤ 0 in the manner of the Cephes library.
float cephes(float x, int degree = 7) {
  if (x < -104) return 0;
  return std::ldexp(taylor(remainder_of(x), degree), static_cast<int>(multiple(x)));
}

/// y[j] = f(x[j])
template <class F>
void map(Row x, MutableRow y, F f) {
  for (int j = 0; j < x.size; ++j) y[j] = f(x[j]);
}

}  // namespace

// ---- Bugs of softmax: the shift -----------------------------------------------------------------

QKOAN_BUG(void, softmax, no_max, "the maximum is not subtracted, and e^89 is no float any more")
(Row scores, MutableRow weights) { shifted_softmax(scores, weights, 0); }

QKOAN_BUG(void, softmax, max_from_zero,
          "the search for the maximum starts at 0 (or at numeric_limits<float>::min(), which is "
          "positive), so that a row of scores around −200 has the sum 0")
(Row scores, MutableRow weights) {
  shifted_softmax(scores, weights, std::max(0.0f, max_of(scores)));
}

QKOAN_BUG(void, softmax, max_from_minus_1e5,
          "the search for the maximum starts at −10⁵, as if no score could lie below")
(Row scores, MutableRow weights) {
  shifted_softmax(scores, weights, std::max(-1e5f, max_of(scores)));
}

QKOAN_BUG(void, softmax, max_from_half_lowest,
          "the search for the maximum starts at −FLT_MAX/2, as if no score could lie below")
(Row scores, MutableRow weights) {
  shifted_softmax(scores, weights, std::max(-FLT_MAX / 2, max_of(scores)));
}

QKOAN_BUG(void, softmax, first_as_max, "the first score is subtracted, not the greatest")
(Row scores, MutableRow weights) { shifted_softmax(scores, weights, scores[0]); }

QKOAN_BUG(void, softmax, min_as_max, "the smallest score is subtracted, not the greatest")
(Row scores, MutableRow weights) {
  shifted_softmax(scores, weights, *std::min_element(scores.begin(), scores.end()));
}

QKOAN_BUG(void, softmax, mean_as_max, "the mean of the legal scores is subtracted, not the maximum")
(Row scores, MutableRow weights) {
  double sum = 0, legal = 0;
  for (const float s : scores) {
    if (s == -INFINITY) continue;
    sum += s;
    ++legal;
  }
  shifted_softmax(scores, weights, static_cast<float>(sum / legal));
}

QKOAN_BUG(void, softmax, greatest_magnitude,
          "the greatest magnitude is subtracted: not the maximum where scores are negative")
(Row scores, MutableRow weights) {
  float magnitude = 0;
  for (const float s : scores) magnitude = std::max(magnitude, std::isinf(s) ? 0 : std::fabs(s));
  shifted_softmax(scores, weights, magnitude);
}

QKOAN_BUG(void, softmax, max_never_reset,
          "the maximum of earlier rows is still in the variable when a new row begins")
(Row scores, MutableRow weights) {
  static float max = -INFINITY;
  max = std::max(max, max_of(scores));
  shifted_softmax(scores, weights, max);
}

QKOAN_BUG(void, softmax, minus_lse,
          "weights are computed as e^(score − log_sum_exp), where the logarithm's rounding is as "
          "large as the scores")
(Row scores, MutableRow weights) {
  if (all_masked(scores)) return fill(weights, 0);
  const float lse = log_sum_exp(scores);
  map(scores, weights, [=](float s) { return std::exp(s - lse); });
}

QKOAN_BUG(void, softmax, minus_log_of_sum,
          "the division is done in the exponent, e^(s − m − ln Σ), so that equal scores do not get "
          "exactly 1/n")
(Row scores, MutableRow weights) {
  if (all_masked(scores)) return fill(weights, 0);
  const float max = max_of(scores), log_of_sum = std::log(shifted_sum(scores, max));
  map(scores, weights, [=](float s) { return std::exp(s - max - log_of_sum); });
}

// ---- Bugs of softmax: the sum -------------------------------------------------------------------

QKOAN_BUG(void, softmax, epsilon_in_sum,
          "10⁻⁶ is added to the sum against a division by zero that cannot happen")
(Row scores, MutableRow weights) { shifted_softmax(scores, weights, max_of(scores), 1e-6f); }

QKOAN_BUG(void, softmax, one_in_sum,
          "1 is added to the sum, after the maximum was subtracted: an attention sink whose score "
          "moves with the row (kyegomez/AttentionIsOFFByOne #5)")
(Row scores, MutableRow weights) { shifted_softmax(scores, weights, max_of(scores), 1); }

QKOAN_BUG(void, softmax, softmax_one,
          "a silent key of score 0 takes its share: softmax_one, 1 + Σ e^s under the fraction")
(Row scores, MutableRow weights) {
  shifted_softmax(scores, weights, max_of(scores), std::exp(-max_of(scores)));
}

QKOAN_BUG(void, softmax, last_not_summed, "the last key is left out of the sum")
(Row scores, MutableRow weights) {
  const float max = max_of(scores);
  const float last = std::exp(scores[scores.size - 1] - max);
  shifted_softmax(scores, weights, max, -last);
}

QKOAN_BUG(void, softmax, bfloat16_sum, "the sum is kept with the 8 bits of a bfloat16")
(Row scores, MutableRow weights) {
  if (all_masked(scores)) return fill(weights, 0);
  const float max = max_of(scores);
  float sum = 0;
  for (const float s : scores) sum = bfloat16(sum + std::exp(s - max));
  map(scores, weights, [=](float s) { return std::exp(s - max) / sum; });
}

QKOAN_BUG(void, softmax, bfloat16_weights, "the weights are rounded to bfloat16")
(Row scores, MutableRow weights) {
  softmax(scores, weights);
  map(weights, weights, bfloat16);
}

QKOAN_BUG(void, softmax, divides_by_max, "weights are divided by the greatest, not by their sum")
(Row scores, MutableRow weights) {
  const float max = max_of(scores);
  map(scores, weights, [=](float s) { return s == -INFINITY ? 0 : std::exp(s - max); });
}

QKOAN_BUG(void, softmax, one_pass_no_correction,
          "maximum and sum come from one pass, and the sum is not rescaled when the maximum grows")
(Row scores, MutableRow weights) {
  if (all_masked(scores)) return fill(weights, 0);
  float max = -INFINITY, sum = 0;
  for (const float s : scores) {
    max = std::max(max, s);
    if (s != -INFINITY) sum += std::exp(s - max);
  }
  map(scores, weights, [=](float s) { return std::exp(s - max) / sum; });
}

QKOAN_BUG(void, softmax, base_two, "the weights are powers of 2, not of e")
(Row scores, MutableRow weights) {
  const float max = max_of(scores);
  softmax_by(scores, weights, [=](float s) { return std::exp2(s - max); });
}

QKOAN_BUG(void, softmax, buffer_of_256, "a buffer of 256 elements is taken to hold any row")
(Row scores, MutableRow weights) {
  const int n = std::min(scores.size, 256);
  softmax({scores.data, n}, {weights.data, n});
  fill({weights.data + n, scores.size - n}, 0);
}

QKOAN_BUG(void, softmax, shifts_the_input, "the maximum is subtracted where the scores lie")
(Row scores, MutableRow weights) {
  const float max = max_of(scores);
  for (const float& s : scores) const_cast<float&>(s) -= max;
  shifted_softmax(scores, weights, 0);
}

// ---- Bugs of softmax: masked keys ---------------------------------------------------------------

QKOAN_BUG(void, softmax, masked_row_nan,
          "a row of masked keys is NaN: −∞ − (−∞) (pytorch/pytorch #103749, #103963)")
(Row scores, MutableRow weights) {
  all_masked(scores) ? fill(weights, NAN) : softmax(scores, weights);
}

QKOAN_BUG(void, softmax, masked_row_uniform,
          "a row of masked keys gets equal weights, as with the lowest float in place of −∞")
(Row scores, MutableRow weights) {
  all_masked(scores) ? fill(weights, 1 / static_cast<float>(scores.size))
                     : softmax(scores, weights);
}

QKOAN_BUG(void, softmax, masked_minus_10000,
          "−10000 stands in for −∞, and masked keys leak through where all scores are low "
          "(huggingface/transformers #10484)")
(Row scores, MutableRow weights) {
  const auto finite = [](float s) { return s == -INFINITY ? -10000 : s; };
  float max = finite(max_of(scores));
  for (const float s : scores) max = std::max(max, finite(s));
  softmax_by(scores, weights, [=](float s) { return std::exp(finite(s) - max); });
}

QKOAN_BUG(void, softmax, masked_tiny,
          "the exponent is cut at −87, and a masked key keeps a weight of 10⁻³⁸")
(Row scores, MutableRow weights) {
  const float max = max_of(scores);
  softmax_by(scores, weights, [=](float s) { return std::exp(std::max(s - max, -87.0f)); });
}

QKOAN_BUG(void, softmax, masked_score_zero,
          "the mask makes a score 0, not −∞: the key gets no weight, but e^0 stays in the sum")
(Row scores, MutableRow weights) {
  const float max = max_of(scores);
  float masked = 0;
  for (const float s : scores) masked += s == -INFINITY ? std::exp(-max) : 0;
  shifted_softmax(scores, weights, max, masked);
}

// ---- Bugs of log-sum-exp ------------------------------------------------------------------------

QKOAN_BUG(float, log_sum_exp, lse_no_max, "the maximum is not subtracted before the exponentials")
(Row scores) { return std::log(shifted_sum(scores, 0)); }

QKOAN_BUG(float, log_sum_exp, lse_forgets_max, "the maximum is subtracted but not added back")
(Row scores) { return all_masked(scores) ? -INFINITY : log_sum_exp(scores) - max_of(scores); }

QKOAN_BUG(float, log_sum_exp, lse_base_two, "the logarithm is that to base 2")
(Row scores) {
  const float max = max_of(scores);
  return max == -INFINITY ? max : max + std::log2(shifted_sum(scores, max));
}

QKOAN_BUG(float, log_sum_exp, lse_masked_nan, "a row of masked keys gives NaN: −∞ − (−∞)")
(Row scores) { return all_masked(scores) ? NAN : log_sum_exp(scores); }

QKOAN_BUG(float, log_sum_exp, lse_masked_lowest,
          "a row of masked keys gives the lowest float instead of −∞")
(Row scores) { return std::max(-FLT_MAX, log_sum_exp(scores)); }

QKOAN_BUG(float, log_sum_exp, lse_log1p,
          "log1p is applied to the whole sum, which has the 1 of the maximum in it already")
(Row scores) {
  const float max = max_of(scores);
  return max == -INFINITY ? max : max + std::log1p(shifted_sum(scores, max));
}

QKOAN_BUG(float, log_sum_exp, lse_of_mean, "the mean of the exponentials is taken, not their sum")
(Row scores) { return log_sum_exp(scores) - std::log(static_cast<float>(scores.size)); }

QKOAN_BUG(float, log_sum_exp, lse_is_max, "the maximum alone is returned")
(Row scores) { return max_of(scores); }

QKOAN_BUG(float, log_sum_exp, lse_epsilon, "10⁻⁵ is added to the sum before the logarithm")
(Row scores) {
  const float max = max_of(scores);
  return max == -INFINITY ? max : max + std::log(shifted_sum(scores, max) + 1e-5f);
}

QKOAN_BUG(float, log_sum_exp, lse_first_as_max, "the first score is subtracted, not the greatest")
(Row scores) {
  return all_masked(scores) ? -INFINITY : scores[0] + std::log(shifted_sum(scores, scores[0]));
}

QKOAN_BUG(float, log_sum_exp, lse_step_by_step,
          "the logarithm is updated with every key, and every update rounds all of it")
(Row scores) {
  float lse = -INFINITY;
  for (const float s : scores) {
    const float high = std::max(lse, s), low = std::min(lse, s);
    lse = low == -INFINITY ? high : high + std::log1p(std::exp(low - high));
  }
  return lse;
}

// ---- Bugs of the online step --------------------------------------------------------------------

QKOAN_BUG(void, accumulate, output_not_rescaled,
          "the output keeps its old scale when the maximum grows; only the sum is corrected")
(PartialRow& state, float score, Row value) {
  const float keep = std::exp(state.max - std::max(state.max, score));
  if (score > state.max) {
    for (float& x : state.output) x /= keep == 0 ? 1 : keep;
  }
  accumulate(state, score, value);
}

QKOAN_BUG(void, accumulate, sum_not_rescaled,
          "the sum keeps its old scale when the maximum grows; only the output is corrected")
(PartialRow& state, float score, Row value) {
  const float sum = state.sum;
  accumulate(state, score, value);
  if (score != -INFINITY) state.sum = sum + std::exp(score - state.max);
}

QKOAN_BUG(void, accumulate, inverse_correction,
          "the correction is e^(new − old) where it should be e^(old − new)")
(PartialRow& state, float score, Row value) {
  if (score == -INFINITY) return;
  const float max = std::max(state.max, score);
  const float keep = nothing_in(state) ? 0 : std::exp(max - state.max);
  update(state, max, keep, std::exp(score - max), value);
}

QKOAN_BUG(void, accumulate, max_updated_first,
          "the maximum is updated before the correction is computed, which then is always 1")
(PartialRow& state, float score, Row value) {
  if (score == -INFINITY) return;
  state.max = std::max(state.max, score);
  const float keep = std::exp(state.max - state.max);
  update(state, state.max, keep, std::exp(score - state.max), value);
}

QKOAN_BUG(void, accumulate, nan_while_masked,
          "the state is NaN while all keys are masked: −∞ − (−∞)")
(PartialRow& state, float score, Row value) {
  const float max = std::max(state.max, score);
  update(state, max, std::exp(state.max - max), std::exp(score - max), value);
}

QKOAN_BUG(void, accumulate, masked_counts_one,
          "masked keys count as e^0 = 1 as long as no other came, since they equal the maximum")
(PartialRow& state, float score, Row value) {
  const float max = std::max(state.max, score);
  const float keep = state.max == max ? 1 : std::exp(state.max - max);
  update(state, max, keep, score == max ? 1 : std::exp(score - max), value);
}

QKOAN_BUG(void, accumulate, masked_erases, "a masked key sets the state back to its beginning")
(PartialRow& state, float score, Row value) {
  if (score == -INFINITY) return update(state, score, 0, 0, value);
  accumulate(state, score, value);
}

QKOAN_BUG(void, accumulate, floor_of_minus_1e5,
          "the maximum never falls below −10⁵, the number that was meant to stand for −∞; a part "
          "without a legal key claims to have one of that score (NVIDIA/TensorRT-LLM PR19220)")
(PartialRow& state, float score, Row value) {
  const float max = std::max({state.max, score, -1e5f});
  update(state, max, std::exp(state.max - max), std::exp(score - max), value);
}

QKOAN_BUG(void, accumulate, floor_of_zero, "the maximum never falls below 0")
(PartialRow& state, float score, Row value) {
  if (score == -INFINITY) return;
  const float max = std::max({state.max, score, 0.0f});
  update(state, max, std::exp(state.max - max), std::exp(score - max), value);
}

QKOAN_BUG(void, accumulate, latest_as_max, "the latest score takes the place of the maximum")
(PartialRow& state, float score, Row value) {
  if (score != -INFINITY) update(state, score, std::exp(state.max - score), 1, value);
}

QKOAN_BUG(void, accumulate, lazy_max,
          "the maximum stays behind until it is exceeded by 8, which saves corrections but is not "
          "the maximum")
(PartialRow& state, float score, Row value) {
  if (score > state.max + 8 || nothing_in(state)) return accumulate(state, score, value);
  update(state, state.max, 1, std::exp(score - state.max), value);
}

QKOAN_BUG(void, accumulate, value_not_weighted, "the value is added without its weight")
(PartialRow& state, float score, Row value) {
  accumulate(state, score, value);
  if (score == -INFINITY) return;
  const float weight = std::exp(score - state.max);
  for (int c = 0; c < value.size; ++c) state.output[c] += (1 - weight) * value[c];
}

QKOAN_BUG(void, accumulate, divides_every_time,
          "the output is divided by the sum in every step, so that it is corrected twice")
(PartialRow& state, float score, Row value) {
  accumulate(state, score, value);
  for (float& x : state.output) x /= state.sum > 0 ? state.sum : 1;
}

QKOAN_BUG(void, accumulate, bfloat16_output, "the output is kept with the 8 bits of a bfloat16")
(PartialRow& state, float score, Row value) {
  accumulate(state, score, value);
  map(state.output, state.output, bfloat16);
}

QKOAN_BUG(void, accumulate, misses_channels,
          "the elements of the value behind the last full group of four are left out")
(PartialRow& state, float score, Row value) {
  PartialRow front{state.max, state.sum, {state.output.data, state.output.size / 4 * 4}};
  accumulate(front, score, {value.data, front.output.size});
  state.max = front.max;
  state.sum = front.sum;
}

// ---- Bugs of the merge --------------------------------------------------------------------------

QKOAN_BUG(void, merge, max_of_into, "the maximum of the first part is kept for both")
(PartialRow& into, const PartialRow& from) {
  if (nothing_in(into) || nothing_in(from)) return merge(into, from);
  combine(into, from, into.max, 1, std::exp(from.max - into.max));
}

QKOAN_BUG(void, merge, from_not_rescaled, "the second part is added as it is, whatever its maximum")
(PartialRow& into, const PartialRow& from) {
  if (nothing_in(from)) return;
  const float max = std::max(into.max, from.max);
  combine(into, from, max, std::exp(into.max - max), 1);
}

QKOAN_BUG(void, merge, nothing_rescaled, "sums and outputs are added as if the maxima were equal")
(PartialRow& into, const PartialRow& from) {
  combine(into, from, std::max(into.max, from.max), 1, 1);
}

QKOAN_BUG(void, merge, factors_swapped, "each part gets the correction of the other")
(PartialRow& into, const PartialRow& from) {
  if (nothing_in(into) || nothing_in(from)) return merge(into, from);
  const float max = std::max(into.max, from.max);
  combine(into, from, max, std::exp(from.max - max), std::exp(into.max - max));
}

QKOAN_BUG(void, merge, max_of_into_first,
          "the maximum is updated before the correction of the first part, which then is always 1")
(PartialRow& into, const PartialRow& from) {
  if (nothing_in(into) || nothing_in(from)) return merge(into, from);
  const float max = std::max(into.max, from.max);
  combine(into, from, max, 1, std::exp(from.max - max));
}

QKOAN_BUG(void, merge, two_empty_parts_nan, "two empty parts give NaN: −∞ − (−∞)")
(PartialRow& into, const PartialRow& from) {
  const float max = std::max(into.max, from.max);
  combine(into, from, max, std::exp(into.max - max), std::exp(from.max - max));
}

QKOAN_BUG(void, merge, empty_part_nan,
          "an empty part gives NaN: the correction is a ratio of two powers, 0/0")
(PartialRow& into, const PartialRow& from) {
  merge(into, from);
  if (!nothing_in(into) && !nothing_in(from)) return;
  combine(into, from, into.max, NAN, NAN);
}

QKOAN_BUG(void, merge, empty_swallows, "an empty first part swallows the second")
(PartialRow& into, const PartialRow& from) {
  if (!nothing_in(into)) merge(into, from);
}

QKOAN_BUG(void, merge, averages, "the outputs are averaged, whatever the two parts weigh")
(PartialRow& into, const PartialRow& from) {
  merge(into, from);
  for (float& x : into.output) x /= 2;
}

QKOAN_BUG(void, merge, outputs_normalised,
          "the outputs are taken to be divided by their sums, and are weighted by the sums again")
(PartialRow& into, const PartialRow& from) {
  if (nothing_in(from)) return;
  const float max = std::max(into.max, from.max);
  const float keep = std::exp(into.max - max) * into.sum;
  const float join = std::exp(from.max - max) * from.sum;
  combine(into, from, max, keep / (keep + join), join / (keep + join));
  into.sum = keep + join;
}

QKOAN_BUG(void, merge, rescales_from, "the second part is rescaled where it lies")
(PartialRow& into, const PartialRow& from) {
  merge(into, from);
  const float join = nothing_in(from) ? 1 : std::exp(from.max - into.max);
  for (float& x : from.output) x *= join;
}

QKOAN_BUG(void, merge, points_to_from,
          "where the first part is empty it points to the output of the second, without a copy")
(PartialRow& into, const PartialRow& from) {
  if (nothing_in(into)) {
    into = from;
  } else {
    merge(into, from);
  }
}

// ---- Bugs of the exponential --------------------------------------------------------------------

QKOAN_BUG(void, exp_simd, clamps, "the argument is cut at −87.3, and e^−∞ is 10⁻³⁸ instead of 0")
(Row x, MutableRow y) {
  map(x, y, [](float v) { return std::exp(std::max(v, -87.3f)); });
}

QKOAN_BUG(void, exp_simd, flushes_early, "what is below e^−80 is set to 0, seven powers too soon")
(Row x, MutableRow y) {
  map(x, y, [](float v) { return v < -80 ? 0 : std::exp(v); });
}

QKOAN_BUG(void, exp_simd, exponent_wraps,
          "the exponent leaves its field below −87.3, and the result becomes negative or huge")
(Row x, MutableRow y) {
  map(x, y, [](float v) {
    if (v == -INFINITY) return 0.0f;
    const float n = std::max(multiple(v), -250.0f);
    const auto bits = std::bit_cast<unsigned>(taylor(std::max(remainder_of(v), -1.0f), 7));
    return std::bit_cast<float>(bits + (static_cast<unsigned>(static_cast<int>(n)) << 23));
  });
}

QKOAN_BUG(void, exp_simd, infinity_nan, "e^−∞ is NaN: the remainder of −∞ is −∞ − (−∞)")
(Row x, MutableRow y) {
  map(x, y, [](float v) { return std::exp(v) + (v - v); });
}

QKOAN_BUG(void, exp_simd, degree_3, "the polynomial has degree 3, good for 3 digits")
(Row x, MutableRow y) {
  map(x, y, [](float v) { return cephes(v, 3); });
}

QKOAN_BUG(void, exp_simd, degree_5, "the polynomial is Taylor's of degree 5, which leaves 40 ulp")
(Row x, MutableRow y) {
  map(x, y, [](float v) { return cephes(v, 5); });
}

QKOAN_BUG(void, exp_simd, one_step,
          "the second step of the range reduction is missing: ln 2 has 16 bits only")
(Row x, MutableRow y) {
  map(x, y, [](float v) {
    if (v < -104) return 0.0f;
    const float r = v - multiple(v) * kUpperLn2;
    return std::ldexp(taylor(r, 7), static_cast<int>(multiple(v)));
  });
}

QKOAN_BUG(void, exp_simd, power_of_two,
          "e^x is computed as 2^(x·log₂e), and the product's rounding costs many ulp for large x")
(Row x, MutableRow y) {
  map(x, y, [](float v) { return std::exp2(v * 1.44269504f); });
}

QKOAN_BUG(void, exp_simd, zero_not_one, "e^0 is 0.99999994, one float below 1")
(Row x, MutableRow y) {
  map(x, y, [](float v) { return std::exp(v) * 0x1.fffffep-1f; });
}

QKOAN_BUG(void, exp_simd, straight_lines,
          "powers of two are joined by straight lines (Schraudolph's trick, wrong by up to 4 %)")
(Row x, MutableRow y) {
  map(x, y, [](float v) {
    return v < -87 ? 0 : std::bit_cast<float>(static_cast<int>(12102203 * v + 1064986816));
  });
}

QKOAN_BUG(void, exp_simd, exp_misses_tail,
          "the elements behind the last full vector of eight are not written")
(Row x, MutableRow y) { exp_simd({x.data, x.size / 8 * 8}, y); }

QKOAN_BUG(void, exp_simd, exp_writes_whole_vectors,
          "whole vectors of four are written, past the end of the row")
(Row x, MutableRow y) {
  exp_simd(x, y);
  for (int j = x.size; j % 4 != 0; ++j) y[j] = 1;
}

// ---- Bugs that SIMD brings to softmax -----------------------------------------------------------

namespace {
/// How many lanes of the last vector of eight have no key.
int missing_lanes(Row scores) { return (8 - scores.size % 8) % 8; }
}  // namespace

QKOAN_BUG(void, softmax_simd, padding_in_sum,
          "the missing lanes of the last vector are scores of 0 and get into the sum")
(Row scores, MutableRow weights) {
  const float max = max_of(scores), lanes = static_cast<float>(missing_lanes(scores));
  shifted_softmax(scores, weights, max, lanes == 0 ? 0 : lanes * std::exp(-max));
}

QKOAN_BUG(void, softmax_simd, ones_in_sum,
          "the missing lanes of the last vector count as e^0 = 1 each")
(Row scores, MutableRow weights) {
  shifted_softmax(scores, weights, max_of(scores), static_cast<float>(missing_lanes(scores)));
}

QKOAN_BUG(void, softmax_simd, padding_in_max,
          "the missing lanes of the last vector are zeros that take part in the maximum, so that "
          "a row of scores around −200 has the sum 0")
(Row scores, MutableRow weights) {
  const float max = max_of(scores);
  shifted_softmax(scores, weights, missing_lanes(scores) > 0 ? std::max(0.0f, max) : max);
}

QKOAN_BUG(void, softmax_simd, max_of_lane_0, "the maximum is that of lane 0: of every eighth key")
(Row scores, MutableRow weights) {
  float max = scores[0];
  for (int j = 0; j < scores.size; j += 8) max = std::max(max, scores[j]);
  shifted_softmax(scores, weights, max);
}

QKOAN_BUG(void, softmax_simd, tail_not_summed,
          "the keys behind the last full vector of eight are left out of the sum")
(Row scores, MutableRow weights) {
  const float max = max_of(scores);
  const int whole = scores.size / 8 * 8;
  const float tail = shifted_sum({scores.data + whole, scores.size - whole}, max);
  shifted_softmax(scores, weights, max, scores.size < 8 ? 0 : -tail);
}

QKOAN_BUG(void, softmax_simd, tail_not_divided,
          "the weights behind the last full vector of eight are not divided by the sum")
(Row scores, MutableRow weights) {
  softmax(scores, weights);
  const float max = max_of(scores);
  for (int j = scores.size / 8 * 8; j < scores.size; ++j) weights[j] = std::exp(scores[j] - max);
}

QKOAN_BUG(void, softmax_simd, reads_whole_vectors,
          "the tail is padded to whole vectors with what lies behind the row")
(Row scores, MutableRow weights) {
  const int padded = scores.size + (4 - scores.size % 4) % 4;
  const float max = max_of({scores.data, padded});
  const Row behind{scores.data + scores.size, padded - scores.size};
  shifted_softmax(scores, weights, max, shifted_sum(behind, max));
}

QKOAN_BUG(void, softmax_simd, rough_reciprocal,
          "the reciprocal of the sum is the processor's estimate with 12 bits")
(Row scores, MutableRow weights) {
  softmax(scores, weights);
  map(weights, weights, [](float w) { return w * (1 + 0x1p-13f); });
}

QKOAN_BUG(void, softmax_simd, simd_masked_row_nan, "a row of masked keys is NaN: −∞ − (−∞)")
(Row scores, MutableRow weights) {
  all_masked(scores) ? fill(weights, NAN) : softmax(scores, weights);
}

QKOAN_BUG(void, softmax_simd, simd_masked_tiny,
          "the vector exponential is cut at −87, and a masked key keeps a weight of 10⁻³⁸")
(Row scores, MutableRow weights) {
  const float max = max_of(scores);
  softmax_by(scores, weights, [=](float s) { return cephes(std::max(s - max, -87.0f)); });
}

// ---- Correct variants of softmax ----------------------------------------------------------------

QKOAN_VARIANT(void, softmax, backwards, "sums from the last key to the first")
(Row scores, MutableRow weights) {
  if (all_masked(scores)) return fill(weights, 0);
  const float max = max_of(scores);
  float sum = 0;
  for (int j = scores.size - 1; j >= 0; --j) sum += std::exp(scores[j] - max);
  map(scores, weights, [=](float s) { return std::exp(s - max) / sum; });
}

namespace {
float pairwise_sum(Row x) {
  if (x.size == 1) return x[0];
  const int half = x.size / 2;
  return pairwise_sum({x.data, half}) + pairwise_sum({x.data + half, x.size - half});
}
}  // namespace

QKOAN_VARIANT(void, softmax, pairwise, "sums in pairs of pairs")
(Row scores, MutableRow weights) {
  if (all_masked(scores)) return fill(weights, 0);
  const float max = max_of(scores);
  map(scores, weights, [=](float s) { return std::exp(s - max); });
  const float sum = pairwise_sum(weights);
  for (float& weight : weights) weight /= sum;
}

QKOAN_VARIANT(void, softmax, smallest_first, "sums from the smallest exponential to the largest")
(Row scores, MutableRow weights) {
  if (all_masked(scores)) return fill(weights, 0);
  std::vector<float> sorted(scores.begin(), scores.end());
  std::sort(sorted.begin(), sorted.end());
  const float max = sorted.back(), sum = shifted_sum({sorted.data(), scores.size}, max);
  map(scores, weights, [=](float s) { return std::exp(s - max) / sum; });
}

QKOAN_VARIANT(void, softmax, in_double, "computes in double and rounds once")
(Row scores, MutableRow weights) {
  if (all_masked(scores)) return fill(weights, 0);
  const double max = max_of(scores);
  double sum = 0;
  for (const float s : scores) sum += std::exp(s - max);
  map(scores, weights, [=](float s) { return static_cast<float>(std::exp(s - max) / sum); });
}

QKOAN_VARIANT(void, softmax, power_of_two_weights,
              "computes e^x as 2^(x·log₂e), after the maximum was subtracted")
(Row scores, MutableRow weights) {
  const float max = max_of(scores);
  softmax_by(scores, weights, [=](float s) { return std::exp2((s - max) * 1.44269504f); });
}

QKOAN_VARIANT(void, softmax, reciprocal, "multiplies by the rounded reciprocal of the sum")
(Row scores, MutableRow weights) {
  if (all_masked(scores)) return fill(weights, 0);
  const float max = max_of(scores), scale = 1 / shifted_sum(scores, max);
  map(scores, weights, [=](float s) { return std::exp(s - max) * scale; });
}

QKOAN_VARIANT(void, softmax, online, "finds maximum and sum in one pass (Milakov & Gimelshein)")
(Row scores, MutableRow weights) {
  PartialRow state{-INFINITY, 0, {nullptr, 0}};
  for (const float s : scores) accumulate(state, s, {nullptr, 0});
  if (nothing_in(state)) return fill(weights, 0);
  map(scores, weights, [=](float s) { return std::exp(s - state.max) / state.sum; });
}

QKOAN_VARIANT(void, softmax, coarse_exponential,
              "uses an exponential that is 3 ulp too small for every second key, but e^0 = 1")
(Row scores, MutableRow weights) {
  const float max = max_of(scores);
  bool odd = false;
  softmax_by(scores, weights, [=](float s) mutable {
    odd = !odd;
    return std::exp(s - max) * (odd || s == max ? 1 : 1 - 3 * 0x1p-23f);
  });
}

QKOAN_VARIANT(void, softmax, masked_skipped, "walks over the legal keys only")
(Row scores, MutableRow weights) {
  fill(weights, 0);
  std::vector<int> legal;
  for (int j = 0; j < scores.size; ++j) {
    if (scores[j] != -INFINITY) legal.push_back(j);
  }
  float sum = 0;
  for (const int j : legal) sum += weights[j] = std::exp(scores[j] - max_of(scores));
  for (const int j : legal) weights[j] /= sum;
}

// ---- Correct variants of the other functions ----------------------------------------------------

QKOAN_VARIANT(float, log_sum_exp, lse_log1p_of_others,
              "takes log1p of the sum without the maximum's own term")
(Row scores) {
  const float* at = std::max_element(scores.begin(), scores.end());
  const float max = *at;
  if (max == -INFINITY) return max;
  float others = 0;
  for (const float& s : scores) others += &s == at ? 0 : std::exp(s - max);
  return max + std::log1p(others);
}

QKOAN_VARIANT(float, log_sum_exp, lse_in_base_two, "computes with powers and logarithms of 2")
(Row scores) {
  const float max = max_of(scores);
  if (max == -INFINITY) return max;
  float sum = 0;
  for (const float s : scores) sum += std::exp2((s - max) * 1.44269504f);
  return max + std::log2(sum) * 0.693147181f;
}

QKOAN_VARIANT(float, log_sum_exp, lse_online, "finds maximum and sum in one pass")
(Row scores) {
  PartialRow state{-INFINITY, 0, {nullptr, 0}};
  for (const float s : scores) accumulate(state, s, {nullptr, 0});
  return nothing_in(state) ? -INFINITY : state.max + std::log(state.sum);
}

QKOAN_VARIANT(void, accumulate, corrects_when_needed, "corrects only when the maximum grows")
(PartialRow& state, float score, Row value) {
  if (score > state.max) return accumulate(state, score, value);
  if (score != -INFINITY) update(state, state.max, 1, std::exp(score - state.max), value);
}

QKOAN_VARIANT(void, accumulate, without_branch,
              "always corrects, and subtracts 0 where the maximum still is −∞")
(PartialRow& state, float score, Row value) {
  const float max = std::max(state.max, score);
  const float shift = max == -INFINITY ? 0 : max;
  update(state, max, std::exp(state.max - shift), std::exp(score - shift), value);
}

QKOAN_VARIANT(void, accumulate, fused, "one fused multiply-add per element, value first")
(PartialRow& state, float score, Row value) {
  if (score == -INFINITY) return;
  const float max = std::max(state.max, score);
  const float keep = std::exp(state.max - max), weight = std::exp(score - max);
  state.max = max;
  state.sum = std::fma(state.sum, keep, weight);
  for (int c = 0; c < value.size; ++c) {
    state.output[c] = std::fma(state.output[c], keep, weight * value[c]);
  }
}

QKOAN_VARIANT(void, accumulate, by_merging, "makes a part of the one key and merges it")
(PartialRow& state, float score, Row value) {
  if (score == -INFINITY) return;
  std::vector<float> output(value.begin(), value.end());
  merge(state, {score, 1, {output.data(), value.size}});
}

QKOAN_VARIANT(void, merge, from_first, "merges the first part into a copy of the second")
(PartialRow& into, const PartialRow& from) {
  std::vector<float> output(from.output.begin(), from.output.end());
  PartialRow both{from.max, from.sum, {output.data(), from.output.size}};
  merge(both, into);
  std::copy(output.begin(), output.end(), into.output.begin());
  into.max = both.max;
  into.sum = both.sum;
}

QKOAN_VARIANT(void, merge, by_power_of_two, "computes the corrections as powers of 2")
(PartialRow& into, const PartialRow& from) {
  const float max = std::max(into.max, from.max);
  if (max == -INFINITY) return;
  combine(into, from, max, std::exp2((into.max - max) * 1.44269504f),
          std::exp2((from.max - max) * 1.44269504f));
}

QKOAN_VARIANT(void, exp_simd, cephes_polynomial, "two-step range reduction and a polynomial")
(Row x, MutableRow y) {
  map(x, y, [](float v) { return cephes(v); });
}

QKOAN_VARIANT(void, exp_simd, flushes_subnormals, "sets results below 2⁻¹²⁶ to 0")
(Row x, MutableRow y) {
  map(x, y, [](float v) { return std::exp(v) < FLT_MIN ? 0 : std::exp(v); });
}

QKOAN_VARIANT(void, exp_simd, squares_the_root, "squares e^(x/2)")
(Row x, MutableRow y) {
  map(x, y, [](float v) { return std::exp(v / 2) * std::exp(v / 2); });
}

QKOAN_VARIANT(void, exp_simd, three_too_small, "is 3 floats too small except at 0: 3.5 ulp")
(Row x, MutableRow y) {
  map(x, y, [](float v) {
    const float right = std::exp(v);
    return v == 0 || right < 1e-37f ? right : right - 3 * (right - std::nextafter(right, 0.0f));
  });
}

QKOAN_VARIANT(void, softmax_simd, eight_parts, "eight online rows, one per lane, merged at the end")
(Row scores, MutableRow weights) {
  std::vector<PartialRow> lanes(8, PartialRow{-INFINITY, 0, {nullptr, 0}});
  for (int j = 0; j < scores.size; ++j) accumulate(lanes[j % 8], scores[j], {nullptr, 0});
  for (int l = 1; l < 8; ++l) merge(lanes[0], lanes[l]);
  const PartialRow row = lanes[0];
  if (nothing_in(row)) return fill(weights, 0);
  map(scores, weights, [=](float s) { return cephes(s - row.max) / row.sum; });
}

QKOAN_VARIANT(void, softmax_simd, blocks_of_four,
              "online over blocks of four keys, each with its own maximum")
(Row scores, MutableRow weights) {
  PartialRow row{-INFINITY, 0, {nullptr, 0}};
  for (int j = 0; j < scores.size; j += 4) {
    const Row block{scores.data + j, std::min(4, scores.size - j)};
    const float max = max_of(block);
    if (max > -INFINITY) merge(row, {max, shifted_sum(block, max), {nullptr, 0}});
  }
  if (nothing_in(row)) return fill(weights, 0);
  map(scores, weights, [=](float s) { return std::exp(s - row.max) * (1 / row.sum); });
}
