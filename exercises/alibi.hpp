#ifndef QKOAN_ALIBI_HPP
#define QKOAN_ALIBI_HPP
/// @file
/// Lesson 06, the contract: attention with linear biases.
///
///     B[i][j] = −m_h·|p(i) − j|        p(i) = i + n_k − n_q        S = q·k/√d + B
///
/// The slope m_h belongs to the head and is never learned. Where `bidirectional` is false, keys of
/// the future (j > p(i)) have the bias −∞: bias and causal mask in one. A row with p(i) < 0 is then
/// −∞ everywhere. Everywhere u = 2⁻²⁴; encodings of −∞ are compared, and at distance 0 either zero
/// is right.
///
/// A slope that is passed is 0 or in [2⁻¹⁰⁰, 1]. Distances are below 2²⁴, so that they are floats:
/// subtract whole numbers, then multiply. m·j − m·p rounds two large products and is not
/// within the bound; neither are sums of m, unless they happen to be exact.
///
/// Sources: Press, Smith & Lewis, "Train Short, Test Long" (2022), section 3 and footnote 10;
/// slopes of any number of heads: the authors' code, ofirpress/attention_with_linear_biases.

#include "qkoan.hpp"

extern "C" {

/// Task 1. The slopes of heads first, first+1, … of a model of `heads` heads, counted from 0. With
/// c the largest power of two that is ≤ heads,
///
///     m_h = 2^(−8·(h+1)/c)         h < c
///     m_h = 2^(−4·(2·(h−c)+1)/c)   h ≥ c: every other slope of a model of 2c heads, from its first
///
/// A slope whose exponent is a whole number is exactly that power of two; any other, 2^−e, has an
/// error of at most (8 + e)·u·2^−e. (Powers of a *rounded* ratio 2^(−8/c) miss the exact ones.)
/// @param heads   heads of the whole model, ≥ 1
/// @param first   the first head wanted, ≥ 0: a machine may hold only some of the heads
/// @param slopes  the slopes of heads first … first + slopes.size − 1, all below `heads`
void alibi_slopes(int heads, int first, MutableRow slopes);

/// Task 2. The biases of one query for keys 0, 1, 2, …
/// @param slope          m
/// @param position       position of the query, p; may be negative, or beyond the last key
/// @param bidirectional  whether keys of the future count
/// @param bias           bias[j] = −m·|p − j|, or −∞; error at most u·|bias[j]|
void alibi_row(float slope, int position, bool bidirectional, MutableRow bias);

/// Task 3. The biases of all queries.
/// @param slope          m
/// @param bidirectional  whether keys of the future count
/// @param B              biases, n_q × n_k; every element is written; error as in task 2
void alibi_bias(float slope, bool bidirectional, MutableMatrix B);

/// Task 4. The key-only form of many heads: K[h][j] = m_h·j. It differs from task 2 by m·p, a
/// constant of the row, which softmax does not see: under a causal mask one row serves all queries.
/// @param slopes  slopes of the heads
/// @param K       biases, heads × n_k; every element is written; error at most u·|K[h][j]|
void alibi_key_only(Row slopes, MutableMatrix K);

/// Task 5. The fused form: no matrix B, biases are added to the scores where they lie.
/// @param slope          m
/// @param bidirectional  whether keys of the future count
/// @param S              scores, n_q × n_k, changed in place to S + B, with an error of at most
///                       u·(|b| + |s + b|); where b is 0, scores keep their value. Keys of the
///                       future become −∞, whatever their scores were (also NaN or ∞), unless they
///                       count; other scores are finite, or −∞ (masked already) and stay so
void add_alibi(float slope, bool bidirectional, MutableMatrix S);

/// Task 6. Task 5 with SIMD: `simd.hpp` has the vectors. Same bounds, any sizes.
/// @param slope          m
/// @param bidirectional  whether keys of the future count
/// @param S              scores, n_q × n_k, changed in place
void add_alibi_simd(float slope, bool bidirectional, MutableMatrix S);
}

#endif
