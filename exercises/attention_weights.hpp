#ifndef QKOAN_ATTENTION_WEIGHTS_HPP
#define QKOAN_ATTENTION_WEIGHTS_HPP
/// @file
/// Lesson 03, the contract: from scores to attention weights, at once and piece by piece.
///
///     p[j] = e^{s[j] − m} / Σ_l e^{s[l] − m}        m = max s
///
/// Scores are finite floats of any size, or −∞ for a masked key; rows have at least one element.
/// Everywhere u = 2⁻²⁴, t[j] = m − s[j], n is the number of keys that are not masked, and
/// T = Σ p[j]·t[j], which is never above ln n. The bounds do not grow
/// with a common offset of the scores: adding 1000 to all of them changes nothing.
///
/// Sources: Milakov & Gimelshein, "Online normalizer calculation for softmax" (2018);
/// Dao et al., "FlashAttention" (2022), section 3.1; error analysis: Blanchard, Higham & Higham,
/// "Accurately computing the log-sum-exp and softmax functions" (2021).

#include "qkoan.hpp"

/// What is known of a row of attention after a part of its keys.
/// Before the first key it is {−∞, 0, zeros}; after the last, output/sum is the attention output.
struct PartialRow {
  float max;          ///< the largest score so far, exactly; −∞ if none or all masked
  float sum;          ///< Σ e^{s[j] − max} over the keys so far
  MutableRow output;  ///< Σ e^{s[j] − max}·v[j] over the keys so far, d_v elements
};

extern "C" {

/// Task 1. Softmax of a row of scores.
/// @param scores   scores of the keys; −∞ marks a masked key
/// @param weights  n weights. Masked keys get exactly 0, and a row of masked keys is 0 everywhere.
///                 Error at most ρ·p[j] + 2⁻¹²⁶, ρ = u·(3·t[j] + 3·T + n + 17). Equal scores,
///                 and nothing masked: every weight is the float nearest to 1/n
void softmax(Row scores, MutableRow weights);

/// Task 2. ln Σ_j e^{s[j]}, without overflow.
/// @param scores  scores of the keys; −∞ marks a masked key
/// @return        the logarithm, −∞ if every key is masked. Error at most
///                u·(n + 3·T + 6 + 10·ln Σ e^{s[j]−m} + |result|)
float log_sum_exp(Row scores);

/// Task 3. One key more (the online softmax step). The maximum is exact; sum and output have the
/// relative errors of task 1 in each of their terms, and u·10 more for every rise of the maximum.
/// @param state  updated in place; the bounds hold for the state after any number of steps
/// @param score  score of the key, −∞ if masked
/// @param value  value of the key, d_v elements
void accumulate(PartialRow& state, float score, Row value);

/// Task 4. Two parts of one row become one: `into` then knows the keys of both.
/// Either part, or both, may be empty or masked. The maximum is exact; the two terms of the sum and of
/// each output element have a relative error of at most u·(3·t + 10), t being the difference of the
/// maxima, and their addition one rounding.
/// @param into  the first part, updated in place
/// @param from  the second part, only read
void merge(PartialRow& into, const PartialRow& from);

/// Task 5. The exponential of many numbers, with SIMD.
/// @param x  n numbers, each ≤ 0; −∞ included
/// @param y  y[j] = e^{x[j]} with an error of at most 4 ulp, and results below 2⁻¹²⁶ may be flushed
///           to zero; e^0 is exactly 1 and e^{−∞} exactly 0
void exp_simd(Row x, MutableRow y);

/// Task 6. Softmax of a row, with SIMD; the contract of task 1.
/// @param scores   scores of the keys; −∞ marks a masked key
/// @param weights  n weights
void softmax_simd(Row scores, MutableRow weights);
}

#endif
