#ifndef QKOAN_UNIFORM_ATTENTION_HPP
#define QKOAN_UNIFORM_ATTENTION_HPP
/// @file
/// Lesson NN, the contract: attention that likes all keys equally.
///
///     o[c] = Σ_j V[j][c] / n_k
///
/// u = 2⁻²⁴, half the distance from 1 to the next float. The bound holds for any order of
/// summation, with or without fused multiply-add, whether the sum or the values are divided. Inputs
/// are finite, n_k ≥ 1, d_v ≥ 1, and no sum of magnitudes overflows; nothing else is ever passed.
///
/// Source: author, title (year), equation.

#include "qkoan.hpp"

extern "C" {

/// Task 1. The mean of all values.
/// @param V  values, n_k × d_v
/// @param o  output, d_v elements; every element is written, and nothing else. Its old content is
///           arbitrary. Error of each element at most (n_k+1)·u·Σ_j|V[j][c]|/n_k
void uniform_attention(Matrix V, MutableRow o);
}

#endif
