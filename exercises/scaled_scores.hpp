#ifndef QKOAN_SCALED_SCORES_HPP
#define QKOAN_SCALED_SCORES_HPP
/// @file
/// Lesson 01, the contract: how much a query likes a key.
///
///     score(q, k) = q·k / √d        d = number of elements of q and of k
///
/// Everywhere u = 2⁻²⁴, half the distance from 1 to the next float. Every bound holds for any order
/// of summation, with or without fused multiply-add, wherever the scale is applied; products that
/// underflow may add d·2⁻¹²⁶ to it.
/// Inputs are finite, d ≥ 1, and no sum of magnitudes overflows; nothing else is ever passed.
///
/// Source: Vaswani et al., "Attention Is All You Need" (2017), equation 1.

#include "qkoan.hpp"

extern "C" {

/// Task 1. The dot product q·k = Σ_c q[c]·k[c].
/// @param q  query, d elements
/// @param k  key, d elements
/// @return   q·k with an error of at most d·u·Σ|q[c]·k[c]|
float dot(Row q, Row k);

/// Task 2. The scaled score q·k / √d.
/// @param q  query, d elements
/// @param k  key, d elements
/// @return   the score with an error of at most (d+8)·u·Σ|q[c]·k[c]|/√d
float scaled_score(Row q, Row k);

/// Task 3. All scores at once: S[i][j] = Q[i]·K[j] / √d.
/// @param Q  queries, n_q × d
/// @param K  keys, n_k × d
/// @param S  scores, n_q × n_k; every element is written, and nothing else. Its old content is
///           arbitrary. Error of each element as in task 2.
void scaled_scores(Matrix Q, Matrix K, MutableMatrix S);

/// Task 4. The same matrix, with SIMD: `simd.hpp` has the vectors. Same bounds as task 3; sizes are
/// any, also smaller than a vector, and rows start at any multiple of four bytes.
/// @param Q  queries, n_q × d
/// @param K  keys, n_k × d
/// @param S  scores, n_q × n_k
void scaled_scores_simd(Matrix Q, Matrix K, MutableMatrix S);
}

#endif
