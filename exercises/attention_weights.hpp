#ifndef QKOAN_ATTENTION_WEIGHTS_HPP
#define QKOAN_ATTENTION_WEIGHTS_HPP
/// @file
/// Lesson 03, the contract: from scores to attention weights, at once and piece by piece.
///
///     p[j] = e^{s[j] − m} / Σ_l e^{s[l] − m}        m = max s
///
/// Scores are finite floats of any size, or −∞ for a masked key; rows have n ≥ 1 elements.
/// Everywhere u = 2⁻²⁴, t[j] = m − s[j] and T = Σ p[j]·t[j] (never above ln n). The bounds do not grow
/// with a common offset of the scores: adding 1000 to all of them changes nothing.
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
/// @param scores   n scores; −∞ marks a masked key
/// @param weights  n weights. Masked keys get exactly +0, and a row of masked keys is +0 everywhere.
///                 Error at most ρ·p[j]/(1−ρ) + 2⁻¹²⁶, ρ = u·(3·t[j] + 3·T + n + 20)
void softmax(Row scores, MutableRow weights);

/// Task 2. ln Σ_j e^{s[j]}, without overflow.
/// @param scores  n scores; −∞ marks a masked key
/// @return        the logarithm, −∞ if every key is masked. Error at most
///                u·(n + 3·T + 12 + 10·ln Σ e^{s[j]−m} + |result|)
float log_sum_exp(Row scores);

/// Task 3. One key more (the online softmax step).
/// @param state  updated in place; the bounds hold for the state after any number of steps
/// @param score  score of the key, −∞ if masked
/// @param value  value of the key, d_v elements
void accumulate(PartialRow& state, float score, Row value);

/// Task 4. Two parts of one row become one: `into` then knows the keys of both.
/// Either part, or both, may be empty or masked.
/// @param into  the first part, updated in place
/// @param from  the second part, only read
void merge(PartialRow& into, const PartialRow& from);

/// Task 5. The exponential of many numbers, with SIMD.
/// @param x  n numbers, each ≤ 0; −∞ included
/// @param y  y[j] = e^{x[j]} with an error of at most 4 ulp, and results below 2⁻¹²⁶ may be flushed
///           to zero; e^0 is exactly 1 and e^{−∞} exactly +0
void exp_simd(Row x, MutableRow y);

/// Task 6. Softmax of a row, with SIMD; the contract of task 1.
/// @param scores   n scores; −∞ marks a masked key
/// @param weights  n weights
void softmax_simd(Row scores, MutableRow weights);
}

#endif
