#ifndef QKOAN_ATTENTION_KERNEL_HPP
#define QKOAN_ATTENTION_KERNEL_HPP
/// @file
/// Lesson 16, the contract: causal attention with vectors, close to the limit of the machine.
///
///     s[j] = q·k[j]/√d + b[j]        p = softmax(s)        o = Σ_j p[j]·v[j]
///
/// All queries at once: Q is n_q × d, K is n_k × d, V is n_k × d_v, O is n_q × d_v, of any sizes; d and
/// d_v differ. Query i stands at position p(i) = i + n_k − n_q (lesson 02) and sees the keys j ≤ p(i);
/// all others are hidden, their weight is exactly 0. A query before all keys, p(i) < 0, has the output
/// 0, everywhere. What is given is finite, and no sum of magnitudes overflows; scores may be of any size.
///
/// Errors. Everywhere u = 2⁻²⁴, and with S[j] = Σ_c |q[c]·k[j][c]|/√d + |b[j]|, t[j] = max s − s[j],
/// and n the number of keys that are seen, an output o[c] may err by
///
///     u·Σ_j p[j]·|v[j][c]|·((d + 9)·S[j] + 2·t[j] + n + 8)
///
/// in any order of summation, with the scale and the division anywhere, in one pass or in several.
/// (Products that are 0 do not count in d, nor keys whose v[j][c] is 0 in n. Weights below 2⁻¹²⁶ may be
/// taken for 0.)
///
/// Memory. In each task, at most 64 KiB + 64·(n_q + n_k)·(d + d_v) bytes may be taken by `new` at a
/// time, which no matrix of scores or of biases fits into.
///
/// Sources: Dao et al., "FlashAttention" (2022), algorithm 1; Press et al., "ALiBi" (2022); Li et al.,
/// "FIRE" (2024).

#include "fire.hpp"

extern "C" {

/// Task 1. ALiBi: b[j] = −slope·(p(i) − j). Task 4 of lesson 12 is the scalar form.
/// @param Q, K, V  queries, keys, values
/// @param slope    ≥ 0
/// @param O        outputs; every element is written
void fused_attention_simd(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O);

/// Task 2. Any bias that depends on the distance only: b[j] = by_distance[p(i) − j]. Let the compiler
/// make both kernels of one.
/// @param Q, K, V      queries, keys, values
/// @param by_distance  n_k numbers, for the distances 0, 1, 2, …
/// @param O            outputs; every element is written
void biased_attention_simd(Matrix Q, Matrix K, Matrix V, Row by_distance, MutableMatrix O);

/// Task 3. FIRE: b[j] = f(ψ(p(i) − j) / ψ(max(L, p(i)))), as lesson 09 defines it, for the learned
/// numbers that are legal there. It is no function of the distance: two queries see one distance as
/// different shares of what is behind them.
/// Error: with β[j] what task 4 of lesson 09 allows a bias, δ·Σ|w2[k]·w1[k]| + (2·h + 10)·u·G(z), an
/// output may err by Σ_j p[j]·|v[j][c]|·β[j] more.
/// @param Q, K, V  queries, keys, values
/// @param fire     what FIRE has learned
/// @param O        outputs; every element is written
void fire_attention_simd(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O);
}

#endif
