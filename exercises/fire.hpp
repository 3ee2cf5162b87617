#ifndef QKOAN_FIRE_HPP
#define QKOAN_FIRE_HPP
/// @file
/// Lesson 09, the contract: FIRE, a small network that reads how far back a key lies, as a share of
/// all that the query can see.
///
///     b(p, j) = f(z)      z = ψ(|p − j|) / ψ(max(L, p))      ψ(x) = ln(c·x + 1)
///     f(z) = Σ_k w2[k]·max(0, w1[k]·z + b1[k]) + b2
///
/// Query i stands at position p(i) = i + n_k − n_q (lesson 02); positions begin at 0, and the key's is
/// j. The bias is added to the scaled score. Everywhere u = 2⁻²⁴ and
/// G(z) = Σ_k |w2[k]|·(|w1[k]|·z + |b1[k]|) + |b2|, which is what f would be if nothing cancelled.
///
/// Given are 2⁻⁶ ≤ c ≤ 2⁶, 1 ≤ L ≤ 2²⁰, h ≥ 1 hidden units, positions and distances below 2²⁰, and
/// weights that are 0 or of magnitude 2⁻²⁰ … 2²⁰. The bounds allow ψ as it is written, with 1 + c·x
/// rounded, and f in pieces that are sums over all units, in any order.
///
/// Source: Li et al., "Functional Interpolation for Relative Positions improves Long Context
/// Transformers" (2024).

#include "qkoan.hpp"

/// What is learned: c, L and the network, whose rows have h elements each.
struct Fire {
  float c;   ///< how fast the logarithm bends
  float L;   ///< up to this position, distances are measured with one and the same rod
  Row w1;    ///< into the hidden units
  Row b1;    ///< added there
  Row w2;    ///< out of them
  float b2;  ///< added to every result
};

extern "C" {

/// Task 1. ψ(x) = ln(c·x + 1).
/// @param c  as above
/// @param x  a distance or a position, 0 ≤ x ≤ 2²⁰
/// @return   ψ(x), error at most u·(1 + 11·ψ(x)); ψ(0) is exactly 0
float log_distance(float c, float x);

/// Task 2. The distance of query and key as a share of what is behind the query:
/// z = ψ(p − j) / ψ(max(L, p)).
/// @param c, L  as above
/// @param p     position of the query
/// @param j     position of the key, 0 ≤ j ≤ p
/// @return      z in [0, 1], error at most δ(p, z) = u·((1 + z)/ψ(max(L, p)) + 24·z); 0 if j = p
float normalised_distance(float c, float L, int p, int j);

/// Task 3. The network: f(z).
/// @param fire  the network; c and L are of no use here
/// @param z     any number from 0 to 8
/// @return      f(z), error at most (2·h + 10)·u·G(z)
float network(Fire fire, float z);

/// Task 4. The bias of all queries and keys.
/// @param fire           all that is learned
/// @param bidirectional  whether keys of the future count; their distance is j − p(i). If false, they
///                       get exactly −∞, and so do all keys where p(i) < 0
/// @param B              biases, n_q × n_k; every element is written, with an error of at most
///                       δ·Σ|w2[k]·w1[k]| + (2·h + 10)·u·G(z), with δ as in task 2 (0 for the own
///                       key) and the sum over the units that are on, w1[k]·z + b1[k] > 0
void fire_bias(Fire fire, bool bidirectional, MutableMatrix B);

/// Task 5. The knots: where in (0, 1) the slope of f changes, because a hidden unit turns on or off.
/// Unit k does so at −b1[k]/w1[k], if w1[k]·b1[k] < 0 and |b1[k]| < |w1[k]|.
/// @param w1, b1  of the hidden units, h elements each
/// @param t       the knots in ascending order, one for each such unit; has h elements, of which those
///                behind the last knot are free to hold anything. Error of each at most 3·u·t
/// @return        the number of knots
int knots(Row w1, Row b1, MutableRow t);

/// Task 6. The matrix of task 4 with SIMD. Between two knots f is a straight line.
void fire_bias_simd(Fire fire, bool bidirectional, MutableMatrix B);
}

#endif
