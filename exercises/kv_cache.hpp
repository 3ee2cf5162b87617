#ifndef QKOAN_KV_CACHE_HPP
#define QKOAN_KV_CACHE_HPP
/// @file
/// Lesson 13, the contract: decoding. One query a step; keys and values of earlier steps wait in a
/// cache, each in a slot: a row of K and the same row of V. A slot is not a position: every
/// function that needs positions is told them, −1 where a slot holds nothing.
///
/// Positions are in 0 … 2²⁰. A key that is rotated by its position p (lesson 10) has the first
/// r elements turned in pairs (x[2c], x[2c+1]) by the angle p·θ_c, θ_c = base^(−2c/r); those behind
/// stay. r is even, 0 ≤ r ≤ d, and 100 ≤ base ≤ 10⁸. Everywhere u = 2⁻²⁴. A cosine may err by 8·u;
/// its angle may not err like a float: compute it in double. Numbers that count are finite, sums of
/// their magnitudes do not overflow, and what falls below 2⁻¹²⁶ on the way may be flushed to 0.
///
/// Sources: Vaswani et al. (2017), section 3.2; Beltagy et al., "Longformer" (2020): windows;
/// Su et al., "RoFormer" (2021); llama.cpp: cells with positions, and the K-shift.

#include "qkoan.hpp"

extern "C" {

/// Task 1. Positions in a padded row of a batch: tokens count from 0, and padding does not count.
/// @param mask       n numbers: 1 for a token, 0 for padding, which may stand anywhere
/// @param positions  n positions, −1 for padding
/// @return           the position of the token that will come next
int padded_positions(Integers mask, MutableIntegers positions);

/// Task 2. A ring: token p stands in slot p mod C, over the one that was there before.
/// @param length     how many tokens were appended so far, ≥ 0; the last has position length − 1
/// @param positions  of the C slots, C ≥ 1; −1 if a slot is still empty
void ring_positions(int length, MutableIntegers positions);

/// Task 3. One token more in the ring of C = K.rows slots: its key is rotated, once and for all.
/// @param k, v      key (d elements, not rotated) and value (d_v elements) of the token
/// @param position  of the token
/// @param r, base   see above. Error of a rotated element at most 10·u·(|x0| + |x1|) of its pair;
///                  position 0 and elements from r on change nothing, not even a bit
/// @param K, V      C × d and C × d_v; no other row is touched
void append_key(Row k, Row v, int position, int r, float base, MutableMatrix K, MutableMatrix V);

/// Task 4. Attention of one query over the cache. The key in slot j has distance D_j = position −
/// positions[j]; it is *alive* if positions[j] ≥ 0 and 0 ≤ D_j < window. Over the n living keys,
///
///     s_j = q·k_j/√d − slope·D_j        p = softmax(s)        o = Σ_j p_j·v_j
///
/// Slots that are not alive may hold anything, NaN included. If none is alive, o is 0.
/// @param q          the query, d elements, rotated already if the keys are
/// @param position   of the query
/// @param positions  of the slots; −1: empty
/// @param K, V       slots × d and slots × d_v
/// @param window     ≥ 1
/// @param slope      ≥ 0
/// @param o          d_v elements. With A_j = Σ_c |q[c]·k_j[c]|/√d + slope·D_j, t_j = max s − s_j,
///                   and r_j the number of other living keys with s_l ≥ s_j, the error is at most
///                   Σ_j p_j·|v_j[c]|·ρ_j + |o[c]|·Σ_j p_j·ρ_j,
///                   ρ_j = u·((d + 5)·A_j + 3·t_j + n + 10·r_j + 10): in any order of slots,
///                   whole or online. (Distances are whole numbers: subtract first.)
void decode(Row q, int position, Integers positions, Matrix K, Matrix V, int window, float slope,
            MutableRow o);

/// Task 5. Keys that were rotated by `from` with one base become keys that are rotated by `to` with
/// another (or the same) base, without the keys that they once were.
/// @param r               as above
/// @param base, new_base  of the rotation by `from`, of that by `to`
/// @param from, to        positions of the n rows of K; a row with from[j] = −1 is not touched,
///                        whatever to[j] is
/// @param K               n × d, in place. Error of a rotated element at most 30·u·(|x0| + |x1|),
///                        so you may rotate back and forth; elements from r on stay to the bit
void move_keys(int r, float base, Integers from, float new_base, Integers to, MutableMatrix K);

/// Task 6. Task 4 with SIMD, for caches of any size; the same contract.
void decode_simd(Row q, int position, Integers positions, Matrix K, Matrix V, int window,
                 float slope, MutableRow o);
}

#endif
