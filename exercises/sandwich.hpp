#ifndef QKOAN_SANDWICH_HPP
#define QKOAN_SANDWICH_HPP
/// @file
/// Lesson 08, the contract: Sandwich, a bias that nobody learns: what two sinusoidal embeddings say
/// about each other.
///
///     b(o) = Σ_{k=1}^{h} cos(o·θ_k)        θ_k = 10000^(−2k/d)        h = d/2
///
/// The offset is o = p(i) − j, query minus key, with p(i) = i + n_k − n_q (lesson 02). k counts from
/// 1; the embeddings of "Attention Is All You Need" count from 0. d is the length of the embeddings,
/// not of the queries.
///
/// Given are even d, 2 ≤ d ≤ 256, offsets and positions of magnitude at most 2²⁰. Everywhere u = 2⁻²⁴.
/// A cosine may err by 8·u, in whatever way it is computed; its *angle* may not err like a float: at
/// offset 20,000 a float angle is off by a thousandth. Compute angles in double, or as fractions of a
/// turn in whole numbers.
///
/// Source: Chi, Fan, Rudnicky & Ramadge, "Dissecting Transformer Length Extrapolation via the Lens
/// of Receptive Field Analysis" (2023).

#include "qkoan.hpp"

extern "C" {

/// Task 1. The embedding of a position: e = [sin(p·θ_1), cos(p·θ_1), sin(p·θ_2), cos(p·θ_2), …].
/// @param position  p, also negative
/// @param e         d elements; error of each at most 8·u
void sinusoid(int position, MutableRow e);

/// Task 2. The bias of one offset.
/// @param d       length of the embeddings
/// @param offset  o, positive in the past; the sign does not matter
/// @return        b(o), error at most u·(h·(h + 6) + |b(o)|); for o = 0 exactly h
float sandwich(int d, int offset);

/// Task 3. The biases of all queries.
/// @param d              length of the embeddings
/// @param bidirectional  whether keys of the future count; if not, they get exactly −∞
/// @param B              biases, n_q × n_k; every element is written; errors as in task 2
void sandwich_bias(int d, bool bidirectional, MutableMatrix B);

/// Task 4. A head's penalty for distances 0, 1, 2, …: (b(o) − h)/τ, with a temperature of its own for
/// every head, τ = 8·(head + 1)/heads. It is never positive, and the first head is the sharpest.
/// @param d        length of the embeddings
/// @param heads    number of heads, ≥ 1
/// @param head     this one, 0 ≤ head < heads
/// @param penalty  n numbers; error of each at most u·(2·h² + 12·h)/τ; 0 at distance 0
void sandwich_penalty(int d, int heads, int head, MutableRow penalty);

/// Task 5. The biases for distances 0, 1, 2, … with SIMD and a cosine of your own.
/// @param d     length of the embeddings
/// @param line  n numbers b(0), b(1), …, errors as in task 2
void sandwich_line_simd(int d, MutableRow line);
}

#endif
