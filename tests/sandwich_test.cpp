/// @file
/// Lesson 08, the suite. Contract: exercises/sandwich.hpp.

#include "exercises/sandwich.hpp"

#include "reference/attention_weights.hpp"
#include "reference/sandwich.hpp"
#include "tests/support/biases.hpp"
#include "tests/support/suite.hpp"

using namespace qkoan;

namespace {

/// The implementation on trial.
const struct {
  QKOAN_FUNCTION(sinusoid);
  QKOAN_FUNCTION(sandwich);
  QKOAN_FUNCTION(sandwich_bias);
  QKOAN_FUNCTION(sandwich_penalty);
  QKOAN_FUNCTION(sandwich_line_simd);
} subject;

constexpr int kFarthest = 1 << 20;
constexpr const char* kSinusoidBound = "8·u: 4 ulp of 1, the angle as in double";
constexpr const char* kSumBound = "at least u·(h·(h + 6) + |b|), angles as in double";
constexpr const char* kPenaltyBound = "at least u·(2·h² + 12·h)/τ, angles as in double";
constexpr const char* kOnes = "cos 0 = 1: a sum of ones is not rounded";

Exact exact_sinusoid(int d, int position) {
  return exact([=](auto real) { return reference::sinusoid<decltype(real)>(d, position); });
}

Exact exact_bias_of(int d, int offset) {
  return exact([=](auto real) { return reference::sandwich<decltype(real)>(d, offset); });
}

Exact exact_bias(int d, bool bidirectional, int n_q, int n_k) {
  return exact([=](auto real) {
    return reference::sandwich_bias<decltype(real)>(d, bidirectional, n_q, n_k);
  });
}

/// b(0), b(1), …
Exact exact_line(int d, int n) {
  return exact([=](auto real) {
    using Real = decltype(real);
    Eigen::VectorX<Real> line(n);
    for (int o = 0; o < n; ++o) line(o) = reference::sandwich<Real>(d, o);
    return line;
  });
}

void judge_one(Case& c, int d, int offset) {
  c.argument("d", d);
  c.argument("offset", offset);
  c.expect("b", subject.sandwich(d, offset), exact_bias_of(d, offset), kSumBound);
}

void judge_bias(Case& c, int d, bool bidirectional, int n_q, int n_k) {
  c.argument("d", d);
  c.argument("n_q", n_q);
  c.argument("n_k", n_k);
  c.argument("bidirectional", bidirectional);
  const MutableMatrix B = c.output_matrix("B", n_q, n_k);
  subject.sandwich_bias(d, bidirectional, B);
  c.expect("B", B, exact_bias(d, bidirectional, n_q, n_k), kSumBound);
}

void judge_penalty(Case& c, int d, int heads, int head, int n) {
  c.argument("d", d);
  c.argument("heads", heads);
  c.argument("head", head);
  const MutableRow penalty = c.output_row("penalty", n);
  subject.sandwich_penalty(d, heads, head, penalty);
  c.expect("penalty", penalty, exact([=](auto real) {
             return reference::sandwich_penalty<decltype(real)>(d, heads, head, n);
           }),
           kPenaltyBound);
}

void judge_line(Case& c, int d, int n) {
  c.argument("d", d);
  c.argument("n", n);
  const MutableRow line = c.output_row("b", n);
  subject.sandwich_line_simd(d, line);
  c.expect("b", line, exact_line(d, n), kSumBound);
}

}  // namespace

namespace suite {

BOOST_AUTO_TEST_SUITE(sinusoid)

BOOST_AUTO_TEST_CASE(near_positions, *description("the first positions, and those before")) {
  for_all({{"h", 1, 40}, {"position", -20, 300}}, [](Case& c) {
    const MutableRow e = c.output_row("e", 2 * c["h"]);
    subject.sinusoid(c["position"], e);
    c.expect("e", e, exact_sinusoid(e.size, c["position"]), kSinusoidBound);
  });
}

BOOST_AUTO_TEST_CASE(far_positions, *description("positions to a million: angles as in double")) {
  for_all({{"h", 1, 40}, {"position", -kFarthest, kFarthest}}, [](Case& c) {
    const MutableRow e = c.output_row("e", 2 * c["h"]);
    subject.sinusoid(c["position"], e);
    c.expect("e", e, exact_sinusoid(e.size, c["position"]), kSinusoidBound);
  });
}

BOOST_AUTO_TEST_CASE(product_is_the_bias,
                     *property* description("e(p)·e(q) depends on p − q only: it is b(p − q)")) {
  for_all({{"h", 1, 30}, {"p", 0, 100000}, {"q", 0, 100000}}, [](Case& c) {
    const int d = 2 * c["h"];
    const MutableRow a = c.output_row("e(p)", d), b = c.output_row("e(q)", d);
    subject.sinusoid(c["p"], a);
    subject.sinusoid(c["q"], b);
    double product = 0;
    for (int e = 0; e < d; ++e) product += static_cast<double>(a[e]) * b[e];
    const double exact = reference::sandwich<double>(d, c["p"] - c["q"]);
    // Two factors of magnitude at most 1 + 8u, each off by 8·u, for each of d products.
    c.expect_that(std::fabs(product - exact) <= d * (2.001 * 8 * 0x1p-24),
                  "the product of two embeddings is not the bias of their offset");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("d = 4, position 3")) {
  example([](Case& c) {
    const MutableRow e = c.output_row("e", 4);
    subject.sinusoid(3, e);
    c.expect("e", e, exact_sinusoid(4, 3), kSinusoidBound);
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(sandwich)

BOOST_AUTO_TEST_CASE(near_offsets, *description("offsets up to 600 in both directions")) {
  for_all({{"h", 1, 128}, {"offset", -600, 600}},
          [](Case& c) { judge_one(c, 2 * c["h"], c["offset"]); });
}

BOOST_AUTO_TEST_CASE(far_offsets, *description("offsets to a million: angles as in double")) {
  for_all({{"h", 1, 128}, {"offset", -kFarthest, kFarthest}},
          [](Case& c) { judge_one(c, 2 * c["h"], c["offset"]); });
}

BOOST_AUTO_TEST_CASE(own_key, *description("b(0) is exactly d/2")) {
  for_all({{"h", 1, 128}}, [](Case& c) {
    c.expect_exactly("b", subject.sandwich(2 * c["h"], 0), static_cast<float>(c["h"]), kOnes);
  });
}

BOOST_AUTO_TEST_CASE(even, *property* description("b(−o) = b(o)")) {
  for_all({{"h", 1, 64}, {"offset", 0, 100000}}, [](Case& c) {
    const int d = 2 * c["h"], o = c["offset"];
    const float past = subject.sandwich(d, o), future = subject.sandwich(d, -o);
    const Exact exact = exact_bias_of(d, o);
    c.expect_equal({&past, 1, 1}, {&future, 1, 1}, exact, "the sign of the offset matters");
  });
}

BOOST_AUTO_TEST_CASE(own_key_is_liked_best, *property* description("b(o) ≤ b(0) = d/2")) {
  for_all({{"h", 1, 64}, {"offset", 1, 100000}}, [](Case& c) {
    const int d = 2 * c["h"], o = c["offset"];
    const double slack = exact_bias_of(d, o).tolerated().tolerance[0];
    c.expect_that(subject.sandwich(d, o) <= c["h"] + slack, "b(o) is larger than d/2");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("d = 4, offset 3: cos 0.03 + cos 0.0003")) {
  example([](Case& c) { judge_one(c, 4, 3); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(sandwich_bias, *depends_on("sandwich"))

BOOST_AUTO_TEST_CASE(any_sizes, *description("n_q ≠ n_k, one direction and both")) {
  for_all({{"h", 1, 20}, {"n_q", 1, 20}, {"n_k", 1, 30}, {"bidirectional", 0, 1}},
          [](Case& c) { judge_bias(c, 2 * c["h"], c["bidirectional"] == 1, c["n_q"], c["n_k"]); });
}

BOOST_AUTO_TEST_CASE(decoding, *description("one query at the end of thousands of keys")) {
  example([](Case& c) { judge_bias(c, 8, false, 1, 5003); });
  example([](Case& c) { judge_bias(c, 16, true, 131, 3); });
}

BOOST_AUTO_TEST_CASE(depends_on_offset_only,
                     *property* description("one step down and one to the right: the same bias")) {
  for_all({{"h", 1, 16}, {"n_q", 2, 20}, {"n_k", 2, 20}, {"bidirectional", 0, 1}}, [](Case& c) {
    const int d = 2 * c["h"], n_q = c["n_q"], n_k = c["n_k"];
    const bool bidirectional = c["bidirectional"] == 1;
    const MutableMatrix B = c.output_matrix("B", n_q, n_k);
    subject.sandwich_bias(d, bidirectional, B);
    expect_offsets_only(c, B, exact_bias(d, bidirectional, n_q, n_k));
  });
}

BOOST_AUTO_TEST_CASE(directions_agree_on_the_past,
                     *property* description("whether the future counts is no matter to the past")) {
  for_all({{"h", 1, 16}, {"n_q", 1, 12}, {"n_k", 1, 16}}, [](Case& c) {
    const int d = 2 * c["h"], n_q = c["n_q"], n_k = c["n_k"];
    const MutableMatrix causal = c.output_matrix("causal", n_q, n_k);
    const MutableMatrix both = c.output_matrix("bidirectional", n_q, n_k);
    subject.sandwich_bias(d, false, causal);
    subject.sandwich_bias(d, true, both);
    expect_same_past(c, causal, both, exact_bias(d, true, n_q, n_k));
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(sandwich_penalty, *depends_on("sandwich"))

BOOST_AUTO_TEST_CASE(any_head, *description("any head of any number of heads")) {
  for_all({{"h", 1, 40}, {"heads", 1, 33}, {"n", 1, 60}}, [](Case& c) {
    judge_penalty(c, 2 * c["h"], c["heads"], c.integer(0, c["heads"] - 1), c["n"]);
  });
}

BOOST_AUTO_TEST_CASE(all_heads, *description("8 heads and 12, from the sharpest to the flattest")) {
  for (const int heads : {8, 12}) {
    for (int head = 0; head < heads; ++head) {
      example([&](Case& c) { judge_penalty(c, 64, heads, head, 9); });
    }
  }
}

BOOST_AUTO_TEST_CASE(attention_is_that_of_the_bias,
                     *property* description("of τ = 1, softmax cannot tell penalty from bias")) {
  for_all({{"h", 1, 40}, {"n", 1, 60}}, [](Case& c) {
    const int d = 2 * c["h"], n = c["n"];
    const MutableRow penalty = c.output_row("penalty", n), bias = c.output_row("b", n);
    subject.sandwich_penalty(d, 8, 0, penalty);
    for (int o = 0; o < n; ++o) bias[o] = static_cast<float>(reference::sandwich<double>(d, o));
    const auto p = reference::softmax<double>(eigen(Row(penalty)));
    const auto q = reference::softmax<double>(eigen(Row(bias)));
    const double h = c["h"], error = 0x1p-24 * (3 * h * h + 30 * h);  // of both, in every element
    bool same = true;
    for (int o = 0; o < n; ++o) {
      same &= std::fabs(p(o) - q(o)) <= q(o) * std::expm1(2 * error) + 1e-14;
    }
    c.expect_that(same, "the first of 8 heads does not attend as the bias itself does");
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(sandwich_line_simd, *depends_on("sandwich"))

BOOST_AUTO_TEST_CASE(any_lines, *description("any length, tails included")) {
  for_all({{"h", 1, 64}, {"n", 1, 90}}, [](Case& c) { judge_line(c, 2 * c["h"], c["n"]); });
}

BOOST_AUTO_TEST_CASE(long_lines, *description("20,011 distances: angles do not drift")) {
  example([](Case& c) { judge_line(c, 12, 1009); });
  example([](Case& c) { judge_line(c, 2, 20011); });
}

BOOST_AUTO_TEST_CASE(all_lengths_of_embeddings, *description("d from 2 to 254")) {
  for (int d = 2; d <= 256; d += 14) {
    example([=](Case& c) { judge_line(c, d, 19); });
  }
}

BOOST_AUTO_TEST_CASE(agrees_with_task_2, *property* description("SIMD and scalar form agree")) {
  for_all({{"h", 1, 30}, {"n", 1, 60}}, [](Case& c) {
    const int d = 2 * c["h"], n = c["n"];
    const MutableRow line = c.output_row("b", n), twin = c.output_row("b_scalar", n);
    subject.sandwich_line_simd(d, line);
    for (int o = 0; o < n; ++o) twin[o] = subject.sandwich(d, o);
    const Exact exact = exact_line(d, n);
    c.expect_equal({line.data, 1, n}, {twin.data, 1, n}, exact,
                   "the SIMD form differs from the scalar form");
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace suite
