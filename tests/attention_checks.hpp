#ifndef QKOAN_TESTS_ATTENTION_CHECKS_HPP
#define QKOAN_TESTS_ATTENTION_CHECKS_HPP
/// @file
/// What the suites of lessons 12 and 16 share: inputs of attention, how much memory it takes, and the
/// checks of causal attention with ALiBi's bias, which lesson 12 writes plainly and lesson 16 with SIMD.

#include <cmath>
#include <string>
#include <vector>

#include "reference/attention.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/suite.hpp"

namespace qkoan::checks {

inline constexpr const char* kAttentionBound = "at least u·Σ p·|v|·((d + 9)·S + 2·t + n + 8)";

struct Inputs {
  Matrix Q, K, V;
};

/// Numbers of the case; where those are wide, normal ones: scores of 10³⁰ leave one key with all the
/// weight.
inline Inputs any_inputs(Case& c, int n_q, int n_k, int d, int d_v) {
  const auto draw = [&](Case::Random& r) {
    return c.values() == Values::kWide ? 3 * Case::normal(r) : c.number();
  };
  return {c.matrix("Q", n_q, d, draw), c.matrix("K", n_k, d, draw), c.matrix("V", n_k, d_v, draw)};
}

/// Inputs with scores of hundreds, rising and falling, which exponentials do not survive unless the
/// maximum is subtracted. Q has few elements, so that a report shows it.
inline Inputs huge_inputs(Case& c, int n_k) {
  const auto draw = [](Case::Random& r) { return 20 * Case::normal(r); };
  return {c.matrix("Q", 2, 3, draw), c.matrix("K", n_k, 3, draw), c.matrix("V", n_k, 2)};
}

/// Counts what a call on so many queries, keys and values of d elements each takes by `new`.
template <class Call>
void expect_no_matrix(Case& c, int tokens, int d, Call call) {
  long taken = 0;
  {
    const AllocationMeter meter;
    call();
    taken = meter.peak();
  }
  const long limit = 65536 + 64L * (2 * tokens) * (2 * d);
  const std::string n = std::to_string(tokens);
  c.expect_that(taken <= limit, "took " + std::to_string(taken) + " bytes at a time, at most " +
                                    std::to_string(limit) + " are allowed: " + n + " × " + n +
                                    " scores are " + std::to_string(4L * tokens * tokens));
}

// ---- Causal, with ALiBi's bias ------------------------------------------------------------------

inline Exact exact_alibi(Inputs x, float slope) {
  return exact([=](auto real) {
    return reference::alibi_attention<decltype(real)>(eigen(x.Q), eigen(x.K), eigen(x.V), slope);
  });
}

inline float any_slope(Case& c) {
  static constexpr float kSlopes[] = {0, 0.5f, 0x1p-8f, 0.70710677f, 0.01f, 1};
  return kSlopes[c.integer(0, 5)];
}

using Fused = Function<void(Matrix, Matrix, Matrix, float, MutableMatrix)>;

/// Sizes that the parameters of a case do not tell.
inline void tell_sizes(Case& c, Inputs x) {
  c.argument("n_q", x.Q.rows);
  c.argument("n_k", x.K.rows);
  c.argument("d", x.Q.cols);
  c.argument("d_v", x.V.cols);
}

inline void judge_fused(const Fused& fused, Case& c, Inputs x, float slope) {
  tell_sizes(c, x);
  c.argument("slope", slope);
  const MutableMatrix O = c.output_matrix("O", x.Q.rows, x.V.cols);
  fused(x.Q, x.K, x.V, slope, O);
  c.expect("O", O, exact_alibi(x, slope), kAttentionBound);
}

inline void any_sizes(const Fused& fused) {
  for_all({{"n_q", 1, 14}, {"n_k", 1, 18}, {"d", 1, 12}, {"d_v", 1, 11}}, [&](Case& c) {
    judge_fused(fused, c, any_inputs(c, c["n_q"], c["n_k"], c["d"], c["d_v"]), any_slope(c));
  });
}

/// Beyond any block and tile, and not a multiple of it: n_q < n_k, n_q > n_k.
inline void large_sizes(const Fused& fused) {
  example([&](Case& c) { judge_fused(fused, c, any_inputs(c, 61, 203, 5, 9), 0.05f); });
  example([&](Case& c) { judge_fused(fused, c, any_inputs(c, 131, 67, 3, 2), 0.25f); });
}

inline void decoding(const Fused& fused) {
  for_all({{"n_k", 1, 900}}, [&](Case& c) {
    judge_fused(fused, c, any_inputs(c, 1, c["n_k"], 4, 3), c.integer(0, 1) == 0 ? 0 : 0x1p-8f);
  });
}

inline void huge_scores(const Fused& fused) {
  for_all({{"n_k", 1, 90}},
          [&](Case& c) { judge_fused(fused, c, huge_inputs(c, c["n_k"]), 0.5f); });
}

/// What comes after a query is no matter to it.
inline void future_changes_nothing(const Fused& fused) {
  for_all({{"n", 2, 40}, {"d", 1, 8}}, [&](Case& c) {
    const int n = c["n"], d = c["d"], past = c.integer(1, n - 1);
    const Inputs all = any_inputs(c, n, n, d, 3);
    const MutableMatrix O = c.output_matrix("O", n, 3),
                        first = c.output_matrix("O of the past", past, 3);
    fused(all.Q, all.K, all.V, 0.125f, O);
    const Inputs few{{all.Q.data, past, d}, {all.K.data, past, d}, {all.V.data, past, 3}};
    fused(few.Q, few.K, few.V, 0.125f, first);
    c.expect_equal({O.data, past, 3}, first, exact_alibi(few, 0.125f),
                   "an output changes with tokens that come later");
  });
}

/// Outputs are means: if all values are alike, so is the output.
inline void mean_of_equal_values(const Fused& fused) {
  for_all({{"n_q", 1, 9}, {"n_k", 1, 40}}, [&](Case& c) {
    const int n_q = c["n_q"], n_k = c["n_k"];
    const Matrix Q = c.matrix("Q", n_q, 5), K = c.matrix("K", n_k, 5);
    const Matrix V = c.matrix("V", n_k, 2, [](Case::Random&) { return 1.0f; });
    const MutableMatrix O = c.output_matrix("O", n_q, 2);
    fused(Q, K, V, 0.5f, O);
    const auto tolerance = exact_alibi({Q, K, V}, 0.5f).tolerated().tolerance;
    bool same = true;
    for (int e = 0; e < O.rows * O.cols; ++e) {
      const bool sees = e / O.cols + n_k - n_q >= 0;
      same &= std::fabs(O.data[e] - (sees ? 1.0 : 0.0)) <= tolerance[e];
    }
    c.expect_that(same, "the weights do not add up to 1");
  });
}

/// No matrix of scores is stored, for so many queries and keys, more than in any other check.
inline constexpr int kMemoryTokens = 700;

inline void memory(const Fused& fused) {
  example([&](Case& c) {
    constexpr int n = kMemoryTokens, d = 2;
    const Matrix x = c.matrix("x", n, d);
    const MutableMatrix O = c.output_matrix("O", n, d);
    expect_no_matrix(c, n, d, [&] { fused(x, x, x, 0.5f, O); });
  });
}

}  // namespace qkoan::checks

#endif
