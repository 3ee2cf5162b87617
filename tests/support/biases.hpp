#ifndef QKOAN_TESTS_SUPPORT_BIASES_HPP
#define QKOAN_TESTS_SUPPORT_BIASES_HPP
/// @file
/// Properties that the matrices of biases have in common, B n_q × n_k.

#include "tests/support/case.hpp"

namespace qkoan {

/// The bias depends on the offset p(i) − j only: one step down and one to the right is the same pair.
/// @param c      where a failure is reported
/// @param B      n_q × n_k, as the implementation made it
/// @param exact  what B should be
void expect_offsets_only(Case& c, Matrix B, const Exact& exact);

/// Keys of the past, j ≤ p(i), have the same bias whether or not the future counts.
/// @param c             where a failure is reported
/// @param causal, both  matrices of the same size, without and with a future
/// @param exact         what the second should be
void expect_same_past(Case& c, Matrix causal, Matrix both, const Exact& exact);

}  // namespace qkoan

#endif
