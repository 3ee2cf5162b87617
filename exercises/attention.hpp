#ifndef QKOAN_ATTENTION_HPP
#define QKOAN_ATTENTION_HPP
/// @file
/// Lesson 12, the contract: the whole of attention, from the formula to a kernel that never holds more
/// than a tile of scores.
///
///     s[j] = q·k[j]/√d + b[j]        p = softmax(s)        o = Σ_j p[j]·v[j]
///
/// A key with b[j] = −∞ is hidden: its weight is exactly 0. A query that sees no key has the output 0,
/// everywhere. Queries and keys have d elements, values and outputs d_v; d and d_v differ. Everything
/// but −∞ is finite, and no sum of magnitudes overflows; scores may be of any size.
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
/// Sources: Vaswani et al. (2017), section 3.2; Dao et al., "FlashAttention" (2022), algorithm 1;
/// Ainslie et al., "GQA" (2023); Press et al., "ALiBi" (2022).

#include "qkoan.hpp"

extern "C" {

/// Task 1. One query.
/// @param q     the query, d elements
/// @param K     keys, n_k × d
/// @param V     values, n_k × d_v
/// @param bias  b, n_k numbers, −∞ for hidden keys
/// @param o     the output, d_v elements
void attend(Row q, Matrix K, Matrix V, Row bias, MutableRow o);

/// Task 2. All queries.
/// @param Q  queries, n_q × d
/// @param K  keys, n_k × d
/// @param V  values, n_k × d_v
/// @param B  biases, n_q × n_k, −∞ for hidden keys
/// @param O  outputs, n_q × d_v; every element is written
void attention(Matrix Q, Matrix K, Matrix V, Matrix B, MutableMatrix O);

/// Task 3. A tile: some keys more for all queries (the online softmax of lesson 03). Called for one part
/// of the keys after the other, each part once.
/// @param Q         all queries, n_q × d, the same for each part
/// @param K, V, B   the keys of this part, their values, their biases
/// @param max, sum  n_q numbers, −∞ and 0 before the first part
/// @param O         n_q × d_v, 0 before the first part; after the last, O[i][c]/sum[i] is judged as
///                  the output, 0 where sum[i] is 0. How the three are scaled is up to you
void attention_tile(Matrix Q, Matrix K, Matrix V, Matrix B, MutableRow max, MutableRow sum,
                    MutableMatrix O);

/// Task 4. The same without a matrix: causal, b = −slope·(p(i) − j) with p(i) = i + n_k − n_q, keys
/// j > p(i) hidden.
/// Memory: at most 64 KiB + 64·(n_q + n_k)·(d + d_v) bytes may be taken by `new` at a time, which no
/// matrix of scores fits into.
/// @param Q, K, V  as in task 2
/// @param slope    ≥ 0, as ALiBi has it
/// @param O        outputs, n_q × d_v; every element is written
void fused_attention(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O);

/// Task 5. Many heads, side by side in the columns of the matrices; query heads in groups share a head of
/// keys and values: with 8 heads and 2 key heads, heads 0 to 3 use key head 0. As task 4 for each head.
/// @param heads     heads of Q and O
/// @param kv_heads  heads of K and V, a divisor of heads
/// @param Q         n_q × (heads·d)
/// @param K, V      n_k × (kv_heads·d) and n_k × (kv_heads·d_v)
/// @param slopes    one for each head
/// @param O         n_q × (heads·d_v); every element is written
void grouped_attention(int heads, int kv_heads, Matrix Q, Matrix K, Matrix V, Row slopes,
                       MutableMatrix O);
}

#endif
