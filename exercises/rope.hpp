#ifndef QKOAN_ROPE_HPP
#define QKOAN_ROPE_HPP
/// @file
/// Lesson 10, the contract: rotary position embedding. Pairs of elements are points of a plane; the
/// position turns them, and only the difference of two positions is left in a score.
///
///     θ_k = base^(−2k/r)          k = 0 … r/2 − 1
///     y0 = x0·cos(p·θ_k) − x1·sin(p·θ_k)
///     y1 = x0·sin(p·θ_k) + x1·cos(p·θ_k)
///
/// r is the number of elements that are rotated, the first r of each head. Pair k is (x[2k], x[2k+1])
/// in the interleaved layout, and (x[k], x[k + r/2]) in the half-split one.
///
/// Given are even r, 2 ≤ r ≤ 256, 100 ≤ base ≤ 10⁸, positions of magnitude at most 2²⁰, finite
/// elements whose sums of products do not overflow. Everywhere u = 2⁻²⁴.
/// A cosine may err by 8·u, in whatever way it is computed; its *angle* may not err like a float: at
/// position 1,000,000 a float angle is off by hundredths. Compute angles in double, or as fractions
/// of a turn in whole numbers. Position 0 changes nothing, not even the last bit.
///
/// Sources: Su et al., "RoFormer" (2021), section 3.4; meta-llama/llama, llama/model.py
/// (interleaved); EleutherAI/gpt-neox (half-split, and the first quarter of each head only).

#include "qkoan.hpp"

/// How heads are rotated.
struct Rope {
  int rotated;      ///< r, the first elements of a head; those behind stay as they are
  float base;       ///< the larger, the slower the slow pairs
  bool half_split;  ///< which elements are a pair
};

extern "C" {

/// Task 1. Cosines and sines of all pairs at one position.
/// @param position        p
/// @param base            of θ_k
/// @param cosines, sines  r/2 elements each, cos(p·θ_k) and sin(p·θ_k); error at most 8·u
void rope_table(int position, float base, MutableRow cosines, MutableRow sines);

/// Task 2. One head, rotated.
/// @param rope      how the head is rotated
/// @param position  p
/// @param x         d ≥ r elements
/// @param y         the same turned; d elements in other memory. Error of a rotated element at most
///                  10·u·(|x0| + |x1|) of its pair; elements from r on are copied
void rope(Rope rope, int position, Row x, MutableRow y);

/// Task 3. The score of a query at position t and a key at position s: both rotated (interleaved, all
/// elements), and multiplied. Not scaled. With pairs as complex numbers it is
///
///     Re Σ_k q_k·conj(k_k)·e^{i(t−s)θ_k}
///
/// @param q, k  d elements each, d even
/// @param base  of θ_k, with r = d
/// @param t, s  positions of query and key
/// @return      the score, error at most 2·(d + 6)·u·Σ (|q0| + |q1|)·(|k0| + |k1|) over the pairs;
///              pairs that add 0 to that sum do not count in d
float rope_score(Row q, Row k, float base, int t, int s);

/// Task 4. Weights that were trained with interleaved pairs, for code that splits heads in half: rows
/// of each head in another order, so that W·x comes out as half-split heads.
/// @param heads  how many heads W makes; a model may have fewer for keys than for queries
/// @param W      weights, (heads·d) × m, d even
/// @param P      the same rows, ordered; same shape, other memory
void half_split_rows(int heads, Matrix W, MutableMatrix P);

/// Task 5. All heads of a text with SIMD, in place.
/// @param rope       how each head is rotated
/// @param heads      how many heads stand in a row
/// @param positions  of the rows, n; in any order, also repeated
/// @param X          n × (heads·d); errors as in task 2
void rope_simd(Rope rope, int heads, Integers positions, MutableMatrix X);
}

#endif
