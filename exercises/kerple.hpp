#ifndef QKOAN_KERPLE_HPP
#define QKOAN_KERPLE_HPP
/// @file
/// Lesson 07, the contract: kernelised biases, logarithmic and power.
///
///     log     b(d) = −r1·ln(1 + r2·d)          r1, r2 > 0
///     power   b(d) = −r1·d^r2                  r1 > 0, 0 < r2 ≤ 2
///     B[i][j] = b(|p(i) − j|)                  p(i) = i + n_k − n_q
///
/// r1 and r2 are learned, two numbers per head. Where `bidirectional` is false, keys of the future
/// (j > p(i)) have the bias −∞: bias and causal mask in one.
///
/// What is passed to tasks 2 to 6: 2⁻²⁴ ≤ r1 ≤ 2³⁰ and 2⁻³⁰ ≤ r2 ≤ 2²⁴, for the power form also
/// r2 ≤ 2; distances are below 2²⁴. At distance 0 the bias is exactly 0, of either sign. Everywhere
/// u = 2⁻²⁴, and encodings of −∞ are compared.
///
/// The error of the logarithmic form is *relative*, also where r2·d is small. A float 1 + r2·d has
/// lost the end of r2·d, or all of it: in float, use std::log1p. (In double, log(1 + x) will do.)
///
/// Source: Chi et al., "KERPLE: Kernelized Relative Positional Embedding for Length Extrapolation"
/// (2022), equation 1; the authors' code, chijames/KERPLE.

#include "qkoan.hpp"

extern "C" {

/// Task 1. After a step of training, parameters are moved back to where the kernel is one: r1 and
/// r2 to at least 0.01f, and in the power form r2 to at most 2. The nearest legal one.
/// @param power  whether the parameters are those of the power form
/// @param r1     r1 of all heads, any finite numbers, changed in place
/// @param r2     r2 of all heads, any finite numbers, changed in place
void kerple_project(bool power, MutableRow r1, MutableRow r2);

/// Task 2. The logarithmic form of one distance.
/// @param r1, r2    as above
/// @param distance  d ≥ 0
/// @return          −r1·ln(1 + r2·d) with an error of at most 11·u·|result|; 0 for d = 0
float kerple_log(float r1, float r2, int distance);

/// Task 3. The power form of one distance.
/// @param r1, r2    as above
/// @param distance  d ≥ 0
/// @return          −r1·d^r2 with an error of at most (9 + 10·r2·ln d)·u·|result|; 0 for d = 0
float kerple_power(float r1, float r2, int distance);

/// Task 4. The biases of all queries.
/// @param power          whether the power form is wanted
/// @param r1, r2         as above
/// @param bidirectional  whether keys of the future count
/// @param B              biases, n_q × n_k; every element is written; errors as in tasks 2 and 3
void kerple_bias(bool power, float r1, float r2, bool bidirectional, MutableMatrix B);

/// Task 5. What softmax takes, from products q·k and the logarithmic form: either as the paper has
/// it, (q·k + b)/√d, or as the authors' code has it, q·k/√d + b. Causal.
/// @param r1, r2  as above
/// @param d       elements of a query, ≥ 1
/// @param inside  whether the bias is inside the scale 1/√d
/// @param S       products, n_q × n_k, changed in place. Keys of the future become −∞, whatever was
///                there (also NaN); the others are finite. With b' the bias as it reaches softmax,
///                b/√d or b, the error is at most u·(6·|q·k|/√d + 17·|b'|)
void kerple_scores(float r1, float r2, int d, bool inside, MutableMatrix S);

/// Task 6. Task 4 for the logarithmic form, with SIMD and a logarithm of your own. Same bounds.
/// @param r1, r2         as above
/// @param bidirectional  whether keys of the future count
/// @param B              biases, n_q × n_k; every element is written
void kerple_log_bias_simd(float r1, float r2, bool bidirectional, MutableMatrix B);
}

#endif
