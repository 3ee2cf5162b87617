#ifndef QKOAN_OFFSET_BIAS_HPP
#define QKOAN_OFFSET_BIAS_HPP
/// @file
/// Lesson 04, the contract: one learnable number per offset.
///
///     B[i][j] = u[p(i) − j]        p(i) = i + n_k − n_q
///
/// The offset is query minus key, so it is positive in the past. A table of *length* L knows the
/// offsets up to L − 1. Beyond its ends it is clipped: the last number serves all that lie further.
///
///     causal          table[0 … L−1]    are u[0], u[1], … u[L−1]          keys of the future: −∞
///     bidirectional   table[0 … 2L−2]   are u[−(L−1)], … u[0], … u[L−1]
///
/// B is added to the scores. In bounds u is 2⁻²⁴ (in formulas, a parameter); they hold for any order of
/// summation, with or without fused multiply-add; products that underflow may add (d+1)·2⁻¹²⁶.
/// All numbers are finite, sizes and L are ≥ 1, and no sum of magnitudes overflows, except where a
/// task says so. Zeros have no sign here.
///
/// Sources: Shaw, Uszkoreit & Vaswani (2018), whose offsets are j − i; Liu et al., "Swin" (2021);
/// "Foundations of Large Language Models", chapter 2.

#include "qkoan.hpp"

extern "C" {

/// Task 1. Where in its table an offset stands.
/// @param offset         query minus key, of magnitude at most 2³⁰
/// @param length         L, at most 2²⁴
/// @param bidirectional  whether the table has negative offsets, too
/// @return               index of the parameter, the nearest end for offsets beyond; −1 if there is
///                       none because the key is in the future and that does not count
int offset_index(int offset, int length, bool bidirectional);

/// Task 2. The bias of every pair: copies of the table's numbers, nothing is rounded.
/// @param table          L numbers, or 2L − 1 if bidirectional
/// @param bidirectional  whether keys of the future count; if not, their bias is −∞
/// @param B              biases, n_q × n_k; every element is written
void offset_bias(Row table, bool bidirectional, MutableMatrix B);

/// Task 3. Scores with a bias: q·k/√d + B outside the scale, (q·k + B)/√d inside of it.
/// @param Q, K           queries, n_q × d; keys, n_k × d
/// @param table, bidirectional  as in task 2
/// @param inside         whether the bias is divided by √d, too
/// @param S              scores, n_q × n_k, −∞ for hidden keys. Error at most (d+8)·u·(s + |b|), with
///                       s = Σ|q[c]·k[c]|/√d and b the bias as it arrives: B, or B/√d if inside;
///                       products that are 0 do not count in d
void biased_scores(Matrix Q, Matrix K, Row table, bool bidirectional, bool inside, MutableMatrix S);

/// Task 4. A checkpoint moves: the table that does inside the scale what the given one does outside,
/// or the other way round.
/// @param table   any number of parameters
/// @param d       elements of a query, ≥ 1
/// @param inward  true: from outside to inside; false: from inside to outside
/// @param moved   the new table; error at most 10·u·|moved[r]|
void move_table(Row table, int d, bool inward, MutableRow moved);

/// Task 5. Who shares a parameter shares its training: ∂loss/∂table[r] is the sum of G = ∂loss/∂B over
/// all pairs that read table[r].
/// @param G              n_q × n_k; what it holds for hidden keys is anything, also NaN or ∞
/// @param bidirectional  whether keys of the future count
/// @param gradient       one sum per parameter of the table, as many as L or 2L − 1. Error at most
///                       (n−1)·u·Σ|G| for n pairs with G ≠ 0; a parameter that no pair reads gets 0
void offset_gradient(Matrix G, bool bidirectional, MutableRow gradient);

/// Task 6. Task 2 with SIMD: `simd.hpp` has the vectors. Same contract, any sizes.
/// @param table          L numbers, or 2L − 1 if bidirectional
/// @param bidirectional  whether keys of the future count
/// @param B              biases, n_q × n_k
void offset_bias_simd(Row table, bool bidirectional, MutableMatrix B);
}

#endif
