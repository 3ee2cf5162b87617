/// @file
/// Lesson 01, the suite. Contract: exercises/scaled_scores.hpp.

#include "exercises/scaled_scores.hpp"

#include "reference/scaled_scores.hpp"
#include "tests/support/suite.hpp"

using namespace qkoan;

namespace {

/// The implementation on trial.
const struct {
  QKOAN_FUNCTION(dot);
  QKOAN_FUNCTION(scaled_score);
  QKOAN_FUNCTION(scaled_scores);
  QKOAN_FUNCTION(scaled_scores_simd);
} subject;

constexpr const char* kDotBound =
    "at least d·u·Σ|q·k|: any order of summation, with or without FMA";
constexpr const char* kScoreBound =
    "at least (d+8)·u·Σ|q·k|/√d: any order of summation, scale anywhere";

Exact exact_dot(Row q, Row k) {
  return exact([=](auto real) {
    using Real = decltype(real);
    return reference::dot<Real>(lift<Real>(q), lift<Real>(k));
  });
}

Exact exact_score(Row q, Row k) {
  return exact([=](auto real) {
    using Real = decltype(real);
    return reference::scaled_score<Real>(lift<Real>(q), lift<Real>(k));
  });
}

Exact exact_scores(Matrix Q, Matrix K) {
  return exact([=](auto real) {
    using Real = decltype(real);
    return reference::scaled_scores<Real>(lift<Real>(Q), lift<Real>(K));
  });
}

/// 1, then 2⁻²⁴ as often as it takes: in sequence every addition rounds the small term away, in
/// pairs none does. No correct order of summation may be rejected.
std::vector<float> stagnating(int d) {
  std::vector<float> row(d, 0x1p-24f);
  row[0] = 1;
  return row;
}

using ScoreMatrix = Function<void(Matrix, Matrix, MutableMatrix)>;

/// Judges a score matrix of the case's sizes.
void judge_matrix(const ScoreMatrix& scores, Case& c, int n_q, int n_k, int d) {
  const Matrix Q = c.matrix("Q", n_q, d), K = c.matrix("K", n_k, d);
  const MutableMatrix S = c.output_matrix("S", n_q, n_k);
  scores(Q, K, S);
  c.expect("S", S, exact_scores(Q, K), kScoreBound);
}

void any_matrices(const ScoreMatrix& scores, int most_rows, int most_columns) {
  for_all({{"n_q", 1, most_rows}, {"n_k", 1, most_rows}, {"d", 1, most_columns}},
          [&](Case& c) { judge_matrix(scores, c, c["n_q"], c["n_k"], c["d"]); });
}

/// Sizes that no block of a solution divides, each beyond the usual block.
void large_matrices(const ScoreMatrix& scores) {
  example([&](Case& c) { judge_matrix(scores, c, 3, 131, 67); });
  example([&](Case& c) { judge_matrix(scores, c, 133, 5, 19); });
  example([&](Case& c) { judge_matrix(scores, c, 2, 3, 1031); });
}

}  // namespace

namespace suite {

BOOST_AUTO_TEST_SUITE(dot)

BOOST_AUTO_TEST_CASE(any_vectors, *description("q·k for any vectors")) {
  for_all({{"d", 1, 150}}, [](Case& c) {
    const Row q = c.row("q", c["d"]), k = c.row("k", c["d"]);
    c.expect("q·k", subject.dot(q, k), exact_dot(q, k), kDotBound);
  });
}

BOOST_AUTO_TEST_CASE(whole_numbers,
                     *description("whole numbers below 2²⁴ leave nothing to round")) {
  for_all({{"d", 1, 150}}, [](Case& c) {
    const auto whole = [&](Case::Random&) { return static_cast<float>(c.integer(-9, 9)); };
    const Row q = c.row("q", c["d"], whole), k = c.row("k", c["d"], whole);
    long sum = 0;
    for (int i = 0; i < q.size; ++i) sum += std::lround(q[i]) * std::lround(k[i]);
    const float got = subject.dot(q, k) + 0.0f;  // −0 is as good as +0
    c.expect_exactly("q·k", got, static_cast<float>(sum), "whole numbers: nothing is rounded");
  });
}

BOOST_AUTO_TEST_CASE(stagnating_sum,
                     *description("1 + 2⁻²⁴ + 2⁻²⁴ + …: the worst order is legal")) {
  for_all({{"d", 1, 300}}, [](Case& c) {
    const Row q = c.row("q", stagnating(c["d"]));
    const Row k = c.row("k", std::vector<float>(c["d"], 1.0f));
    c.expect("q·k", subject.dot(q, k), exact_dot(q, k), kDotBound);
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("q = [2, 0.5, 1, −1.5], k = [1, 1, −0.5, 2]")) {
  example([](Case& c) {
    const Row q = c.row("q", {2, 0.5, 1, -1.5}), k = c.row("k", {1, 1, -0.5, 2});
    c.expect("q·k", subject.dot(q, k), exact_dot(q, k), kDotBound);
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(scaled_score, *depends_on("dot"))

BOOST_AUTO_TEST_CASE(few_elements, *description("small d, where the bound is tightest")) {
  for_all({{"d", 1, 6}}, [](Case& c) {
    const Row q = c.row("q", c["d"]), k = c.row("k", c["d"]);
    c.expect("score", subject.scaled_score(q, k), exact_score(q, k), kScoreBound);
  });
}

BOOST_AUTO_TEST_CASE(any_vectors, *description("q·k / √d for any vectors")) {
  for_all({{"d", 1, 150}}, [](Case& c) {
    const Row q = c.row("q", c["d"]), k = c.row("k", c["d"]);
    c.expect("score", subject.scaled_score(q, k), exact_score(q, k), kScoreBound);
  });
}

BOOST_AUTO_TEST_CASE(query_and_key_alike,
                     *property* description("query and key may be exchanged")) {
  for_all({{"d", 1, 100}}, [](Case& c) {
    const Row q = c.row("q", c["d"]), k = c.row("k", c["d"]);
    const float a = subject.scaled_score(q, k), b = subject.scaled_score(k, q);
    const Exact exact = exact_score(q, k);
    c.expect_equal({&a, 1, 1}, {&b, 1, 1}, exact, "the score of k for q is not that of q for k");
  });
}

BOOST_AUTO_TEST_CASE(doubled_query_doubles_the_score,
                     *property* description("twice the query, twice the score")) {
  for_all({{"d", 1, 100}}, [](Case& c) {
    const Row q = c.row("q", c["d"]), k = c.row("k", c["d"]);
    std::vector<float> twice;
    for (const float x : q) twice.push_back(2 * x);
    const Row q2 = c.row("2q", twice);
    const float a = 2 * subject.scaled_score(q, k), b = subject.scaled_score(q2, k);
    const Exact exact = exact_score(q2, k);  // twice the bound of q
    c.expect_equal({&a, 1, 1}, {&b, 1, 1}, exact, "the score of 2q is not twice that of q");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("q = [2, 0.5, 1, −1.5], k = [1, 1, −0.5, 2]")) {
  example([](Case& c) {
    const Row q = c.row("q", {2, 0.5, 1, -1.5}), k = c.row("k", {1, 1, -0.5, 2});
    c.expect("score", subject.scaled_score(q, k), exact_score(q, k), kScoreBound);
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(scaled_scores, *depends_on("scaled_score"))

BOOST_AUTO_TEST_CASE(any_matrices, *description("S = Q·Kᵀ / √d for any sizes")) {
  ::any_matrices(subject.scaled_scores, 20, 70);
}

BOOST_AUTO_TEST_CASE(large_matrices, *description("sizes beyond any block")) {
  ::large_matrices(subject.scaled_scores);
}

BOOST_AUTO_TEST_CASE(exchanged_keys_exchange_columns,
                     *property* description("keys in reverse order: columns in reverse order")) {
  for_all({{"n_q", 1, 10}, {"n_k", 1, 20}, {"d", 1, 40}}, [](Case& c) {
    const Matrix Q = c.matrix("Q", c["n_q"], c["d"]), K = c.matrix("K", c["n_k"], c["d"]);
    std::vector<std::vector<float>> backwards;
    for (int j = K.rows - 1; j >= 0; --j) backwards.emplace_back(K[j].begin(), K[j].end());
    const Matrix K_reversed = c.matrix("K_reversed", backwards);
    const MutableMatrix S = c.output_matrix("S", Q.rows, K.rows);
    const MutableMatrix S_reversed = c.output_matrix("S_reversed", Q.rows, K.rows);
    subject.scaled_scores(Q, K, S);
    subject.scaled_scores(Q, K_reversed, S_reversed);
    for (int i = 0; i < Q.rows; ++i) std::reverse(S_reversed[i].begin(), S_reversed[i].end());
    const Exact exact = exact_scores(Q, K);
    c.expect_equal(S, S_reversed, exact, "a score depends on where its key stands");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("two queries, three keys, d = 4")) {
  example([](Case& c) {
    const Matrix Q = c.matrix("Q", {{2, 0.5, 1, -1.5}, {0, 1, 0, 2}});
    const Matrix K = c.matrix("K", {{1, 1, -0.5, 2}, {1, 0, 0, 0}, {0, 0, 4, 1}});
    const MutableMatrix S = c.output_matrix("S", 2, 3);
    subject.scaled_scores(Q, K, S);
    c.expect("S", S, exact_scores(Q, K), kScoreBound);
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(scaled_scores_simd, *depends_on("scaled_scores"))

BOOST_AUTO_TEST_CASE(any_matrices, *description("S = Q·Kᵀ / √d for any sizes, tails included")) {
  ::any_matrices(subject.scaled_scores_simd, 40, 150);
}

BOOST_AUTO_TEST_CASE(large_matrices, *description("sizes beyond any block")) {
  ::large_matrices(subject.scaled_scores_simd);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace suite
