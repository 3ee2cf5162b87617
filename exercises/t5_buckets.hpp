#ifndef QKOAN_T5_BUCKETS_HPP
#define QKOAN_T5_BUCKETS_HPP
/// @file
/// Lesson 05, the contract: T5's buckets. Near distances have a bias each, far ones share.
///
/// One direction has 2h buckets. Of a distance n ≥ 0, with D the distance where buckets end,
///
///     b(n) = n                                              n < h
///     b(n) = min(h + ⌊x⌋, 2h − 1),  x = h·ln(n/h)/ln(D/h)    n ≥ h
///
/// Buckets are whole numbers, and one answer is right: that of the exact x. Where x is whole, n is the
/// first distance of its bucket, and a logarithm that is a little low is wrong. Without logarithms:
/// ⌊x⌋ is the largest k with n^h ≥ D^k·h^(h−k). In the range of this contract an x that is not whole
/// is at least 5·10⁻⁹ away from the whole number above it.
///
/// Range: 1 ≤ h ≤ 160, h < D ≤ 1024; offsets of magnitude at most 2³⁰. Nothing else is passed.
/// Offsets are query minus key, p(i) − j with p(i) = i + n_k − n_q. Causal: 2h buckets; an offset < 0
/// has bucket 0. Bidirectional: 4h buckets, those of the future, offset < 0, are the upper half:
/// 2h + b(−offset). Examples: (32 buckets, D = 128) has h = 16 causal, h = 8 bidirectional.
///
/// Sources: Raffel et al. (2020), section 2.1, and mesh_tensorflow/transformer/transformer_layers.py;
/// "Foundations of Large Language Models", chapter 2.

#include "qkoan.hpp"

extern "C" {

/// Task 1. The bucket of an offset.
/// @param offset         query minus key
/// @param buckets        2h, or 4h if bidirectional
/// @param max_distance   D
/// @param bidirectional  whether the future has buckets of its own
/// @return               0 … buckets − 1
int t5_bucket(int offset, int buckets, int max_distance, bool bidirectional);

/// Task 2. The same causal rule as "Foundations of Large Language Models" writes it: buckets 0 … n_b,
/// and h = (n_b + 1)/2.
/// @param offset        query minus key, ≥ 0
/// @param n_b           the last bucket, 1 … 319
/// @param max_distance  D > (n_b + 1)/2
/// @return              the bucket; −1 if n_b is even, so that h is no whole number
int book_bucket(int offset, int n_b, int max_distance);

/// Task 3. Where buckets begin, in one direction. Some may be empty; they end where they begin.
/// @param max_distance  D
/// @param first         first[b] is the smallest distance whose bucket is ≥ b; 2h elements
void t5_first_distances(int max_distance, MutableIntegers first);

/// Task 4. The bias of every pair: copies of the table's numbers, nothing is rounded.
/// @param table          one finite number per bucket: 2h, or 4h if bidirectional
/// @param max_distance   D
/// @param bidirectional  whether keys of the future count; if not, their bias is −∞
/// @param B              biases, n_q × n_k; every element is written. Zeros have no sign
void t5_bias(Row table, int max_distance, bool bidirectional, MutableMatrix B);

/// Task 5. Scores: q·k + B as T5 has them, or (q·k + B)/√d as the book writes them.
/// @param Q, K    queries, n_q × d; keys, n_k × d; finite, no sum of magnitudes overflows
/// @param table, max_distance, bidirectional  as in task 4
/// @param scaled  whether sums are divided by √d
/// @param S       scores, n_q × n_k, −∞ for hidden keys. Any order of summation, fused or not; with
///                s = Σ|q[c]·k[c]| + |B|, products that are 0 not counted in d, and u = 2⁻²⁴, the
///                error is at most (d+1)·u·s, or (d+8)·u·s/√d if scaled. Products that underflow may
///                add (d+1)·2⁻¹²⁶
void t5_scores(Matrix Q, Matrix K, Row table, int max_distance, bool bidirectional, bool scaled,
               MutableMatrix S);

/// Task 6. Task 4 with SIMD: `simd.hpp` has the vectors. Same contract, any sizes.
/// @param table, max_distance, bidirectional  as in task 4
/// @param B  biases, n_q × n_k
void t5_bias_simd(Row table, int max_distance, bool bidirectional, MutableMatrix B);
}

#endif
