#ifndef QKOAN_BENCHMARKS_UNBIASED_ATTENTION_HPP
#define QKOAN_BENCHMARKS_UNBIASED_ATTENTION_HPP
/// @file
/// What the cost of a bias is measured against.

#include "exercises/qkoan.hpp"

namespace qkoan::bench {

/// Causal attention by our kernel of lesson 16, compiled without a bias. (A bias of zeros would cost
/// what any other costs.)
void unbiased_attention(Matrix Q, Matrix K, Matrix V, MutableMatrix O);

}  // namespace qkoan::bench

#endif
