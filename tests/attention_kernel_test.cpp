/// @file
/// Lesson 16, the suite. Contract: exercises/attention_kernel.hpp.

#include "exercises/attention_kernel.hpp"

#include "reference/attention_kernel.hpp"
#include "tests/attention_checks.hpp"

using namespace qkoan;
using namespace qkoan::checks;

namespace {

/// The implementation on trial.
const struct {
  QKOAN_FUNCTION(fused_attention_simd);
  QKOAN_FUNCTION(biased_attention_simd);
  QKOAN_FUNCTION(fire_attention_simd);
} subject;

constexpr const char* kFireBound =
    "at least Σ p·|v|·(u·((d + 9)·S + 2·t + n + 8) + β), β the bias's of lesson 09";

// ---- Any bias by distance -----------------------------------------------------------------------

Exact exact_table(Inputs x, Row by_distance) {
  return exact([=](auto real) {
    return reference::biased_attention<decltype(real)>(eigen(x.Q), eigen(x.K), eigen(x.V),
                                                       by_distance);
  });
}

void judge_biased(Case& c, Inputs x, Row by_distance) {
  tell_sizes(c, x);
  const MutableMatrix O = c.output_matrix("O", x.Q.rows, x.V.cols);
  subject.biased_attention_simd(x.Q, x.K, x.V, by_distance, O);
  c.expect("O", O, exact_table(x, by_distance), kAttentionBound);
}

// ---- FIRE ---------------------------------------------------------------------------------------

/// Learned numbers of a case, legal in lesson 09: c and L anywhere in their ranges, L also behind
/// all positions. Weights are such that biases are about as large as scores; some are 0.
Fire any_fire(Case& c, int h, float longest) {
  static constexpr float kBends[] = {0x1p-6f, 0.1f, 1, 3.7f, 0x1p6f};
  const float bend = kBends[c.integer(0, 4)];
  const int quarters = static_cast<int>(4 * longest);
  const float L = c.integer(0, 2) == 0 ? 1 : static_cast<float>(c.integer(4, quarters)) / 4;
  const auto draw = [&](Case::Random&) {
    const float x = c.values() == Values::kWide ? Case::normal(c.random()) : c.number();
    return std::fabs(x) < 0x1p-10f ? 0.0f : x;
  };
  const auto small = [&](Case::Random& r) { return draw(r) / 4; };
  const Row w1 = c.row("w1", h, draw), b1 = c.row("b1", h, draw), w2 = c.row("w2", h, small);
  return {bend, L, w1, b1, w2, draw(c.random())};
}

Exact exact_fire(Inputs x, Fire fire) {
  return exact([=](auto real) {
    return reference::fire_attention<decltype(real)>(eigen(x.Q), eigen(x.K), eigen(x.V), fire);
  });
}

void tell_fire(Case& c, Fire fire) {
  c.argument("c", fire.c);
  c.argument("L", fire.L);
  c.argument("b2", fire.b2);
}

/// The outputs with FIRE, not judged.
MutableMatrix fire_outputs(Case& c, const char* name, Inputs x, Fire fire) {
  const MutableMatrix O = c.output_matrix(name, x.Q.rows, x.V.cols);
  subject.fire_attention_simd(x.Q, x.K, x.V, fire, O);
  return O;
}

void judge_fire(Case& c, Inputs x, Fire fire) {
  tell_sizes(c, x);
  tell_fire(c, fire);
  c.expect("O", fire_outputs(c, "O", x, fire), exact_fire(x, fire), kFireBound);
}

/// How far two answers may be apart whose exact values differ, too: those of a bias and of the same
/// bias rounded to float.
std::vector<double> tolerances_and_distance(const Exact& a, const Exact& b) {
  std::vector<double> sum = both_tolerances(a, b);
  const std::vector<double> first = a.tolerated().exact, second = b.tolerated().exact;
  for (std::size_t e = 0; e < sum.size(); ++e) sum[e] += std::fabs(first[e] - second[e]);
  return sum;
}

}  // namespace

namespace suite {

BOOST_AUTO_TEST_SUITE(fused_attention_simd)

BOOST_AUTO_TEST_CASE(any_sizes, *description("any sizes, tails included")) {
  checks::any_sizes(subject.fused_attention_simd);
}

BOOST_AUTO_TEST_CASE(large_sizes, *description("several blocks and tiles")) {
  checks::large_sizes(subject.fused_attention_simd);
}

BOOST_AUTO_TEST_CASE(decoding, *description("one query, up to 900 keys")) {
  checks::decoding(subject.fused_attention_simd);
}

BOOST_AUTO_TEST_CASE(huge_scores, *description("scores of hundreds")) {
  checks::huge_scores(subject.fused_attention_simd);
}

BOOST_AUTO_TEST_CASE(future_changes_nothing,
                     *property* description("tokens that come later change no output")) {
  checks::future_changes_nothing(subject.fused_attention_simd);
}

BOOST_AUTO_TEST_CASE(mean_of_equal_values,
                     *property* description("outputs of equal values are that value")) {
  checks::mean_of_equal_values(subject.fused_attention_simd);
}

BOOST_AUTO_TEST_CASE(memory, *description("no matrix of scores is stored")) {
  checks::memory(subject.fused_attention_simd);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(biased_attention_simd, *depends_on("fused_attention_simd"))

BOOST_AUTO_TEST_CASE(any_biases, *description("any bias of the distance, any sizes")) {
  for_all({{"n_q", 1, 20}, {"n_k", 1, 30}, {"d", 1, 12}, {"d_v", 1, 11}}, [](Case& c) {
    const Inputs x = any_inputs(c, c["n_q"], c["n_k"], c["d"], c["d_v"]);
    judge_biased(
        c, x, c.row("by_distance", c["n_k"], [](Case::Random& r) { return 2 * Case::normal(r); }));
  });
}

BOOST_AUTO_TEST_CASE(large_sizes, *description("several blocks and tiles")) {
  const auto judge = [](Case& c, int n_q, int n_k) {
    const Inputs x = any_inputs(c, n_q, n_k, 3, 9);
    judge_biased(c, x, c.row("by_distance", n_k, Case::normal));
  };
  example([&](Case& c) { judge(c, 61, 203); });
  example([&](Case& c) { judge(c, 131, 67); });
}

BOOST_AUTO_TEST_CASE(huge_scores, *description("scores of hundreds, rising and falling")) {
  for_all({{"n_k", 1, 90}}, [](Case& c) {
    judge_biased(c, huge_inputs(c, c["n_k"]), c.row("by_distance", c["n_k"]));
  });
}

BOOST_AUTO_TEST_CASE(alibi_by_distance,
                     *property* description("a straight line of biases is task 1")) {
  for_all({{"n_q", 1, 20}, {"n_k", 1, 40}, {"d", 1, 8}}, [](Case& c) {
    const Inputs x = any_inputs(c, c["n_q"], c["n_k"], c["d"], 3);
    std::vector<float> line;
    for (int n = 0; n < x.K.rows; ++n) line.push_back(-0.25f * static_cast<float>(n));
    const Row by_distance = c.row("by_distance", line);
    const MutableMatrix O = c.output_matrix("O", x.Q.rows, 3),
                        P = c.output_matrix("O by slope", x.Q.rows, 3);
    subject.biased_attention_simd(x.Q, x.K, x.V, by_distance, O);
    subject.fused_attention_simd(x.Q, x.K, x.V, 0.25f, P);
    c.expect_equal(O, P, exact_alibi(x, 0.25f), "the same bias makes another output");
  });
}

BOOST_AUTO_TEST_CASE(memory, *description("no matrix of scores or biases is stored")) {
  example([](Case& c) {
    constexpr int kTokens = kMemoryTokens + 100, kD = 2;  // a matrix kept from task 1 is too small
    const Matrix x = c.matrix("x", kTokens, kD);
    const Row by_distance = c.row("by_distance", kTokens);
    const MutableMatrix O = c.output_matrix("O", kTokens, kD);
    expect_no_matrix(c, kTokens, kD,
                     [&] { subject.biased_attention_simd(x, x, x, by_distance, O); });
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(fire_attention_simd, *depends_on("biased_attention_simd"))

BOOST_AUTO_TEST_CASE(any_sizes, *description("any sizes, also n_q > n_k; any c, L and weights")) {
  for_all({{"n_q", 1, 14}, {"n_k", 1, 18}, {"d", 1, 9}, {"d_v", 1, 7}, {"h", 1, 5}}, [](Case& c) {
    const Inputs x = any_inputs(c, c["n_q"], c["n_k"], c["d"], c["d_v"]);
    judge_fire(c, x, any_fire(c, c["h"], 30));
  });
}

BOOST_AUTO_TEST_CASE(large_sizes, *description("several blocks and tiles, knots in some of them")) {
  const auto judge = [](Case& c, int n_q, int n_k, float L) {
    const Inputs x = any_inputs(c, n_q, n_k, 3, 9);
    const Row w1 = c.row("w1", {8, -6, 4, -2, 5}), b1 = c.row("b1", {-1, 3, -3, 1.5f, 1}),
              w2 = c.row("w2", {0.5f, 1.25f, -2, 0.75f, 0.375f});
    judge_fire(c, x, {0.1f, L, w1, b1, w2, -0.5f});
  };
  example([&](Case& c) { judge(c, 61, 203, 20); });
  example([&](Case& c) { judge(c, 131, 67, 50); });
}

BOOST_AUTO_TEST_CASE(decoding, *description("one query, up to 300 keys")) {
  for_all({{"n_k", 1, 300}}, [](Case& c) {
    const Inputs x = any_inputs(c, 1, c["n_k"], 2, 3);
    judge_fire(c, x, any_fire(c, 3, 600));
  });
}

BOOST_AUTO_TEST_CASE(many_knots, *description("32 hidden units, each with a knot in (0, 1)")) {
  example([](Case& c) {
    const Inputs x = any_inputs(c, 9, 83, 3, 4);
    std::vector<float> in(32), off(32);
    for (int k = 0; k < 32; ++k) {
      in[k] = static_cast<float>(k % 2 == 0 ? 2 + k % 5 : -2 - k % 5);
      off[k] = -in[k] * static_cast<float>(k * 7 % 32 + 1) / 34;
    }
    const Row w1 = c.row("w1", in), b1 = c.row("b1", off), w2 = c.row("w2", 32, Case::normal);
    judge_fire(c, x, {1, 30, w1, b1, w2, 0.5f});
  });
}

BOOST_AUTO_TEST_CASE(no_knots,
                     *description("no knot in (0, 1): always on, always off, of weight 0")) {
  for_all({{"n_q", 1, 9}, {"n_k", 1, 40}}, [](Case& c) {
    const Inputs x = any_inputs(c, c["n_q"], c["n_k"], 3, 2);
    const Row w1 = c.row("w1", {2, -1, 0, 1, -3, 0, 3}),
              b1 = c.row("b1", {0.5f, 2, 1, -1, 0, -1, 0}),
              w2 = c.row("w2", {1, -2, 3, 8, 8, 8, -1});
    judge_fire(c, x, {1, static_cast<float>(c.integer(1, 50)), w1, b1, w2, 0});
  });
}

BOOST_AUTO_TEST_CASE(knots_on_distances,
                     *description("z is exactly that of a knot: c = 1, L = 15")) {
  for_all({{"n_q", 1, 16}, {"n_k", 1, 16}}, [](Case& c) {
    const Inputs x = any_inputs(c, c["n_q"], c["n_k"], 3, 2);
    // ψ(1), ψ(3), ψ(7) and ψ(15) are 1, 2, 3 and 4 times ln 2.
    const Row w1 = c.row("w1", {4, -4, 4, -2}), b1 = c.row("b1", {-1, 2, -3, 2}),
              w2 = c.row("w2", 4, Case::normal);
    judge_fire(c, x, {1, 15, w1, b1, w2, 0});
  });
}

BOOST_AUTO_TEST_CASE(short_rods, *description("small c and L: nothing is added to the rod")) {
  example([](Case& c) {
    const Inputs x{c.matrix("Q", {{1, -1}}), c.matrix("K", {{0.5f, 0}, {0, -0.5f}}),
                   c.matrix("V", {{1, 1}, {-1, 0}})};
    const Row w1 = c.row("w1", {2, 0}), b1 = c.row("b1", {0, 1}), w2 = c.row("w2", {-1, 1});
    judge_fire(c, x, {0x1p-6f, 1, w1, b1, w2, 0});
  });
}

BOOST_AUTO_TEST_CASE(huge_scores, *description("scores of hundreds, biases of hundreds")) {
  for_all({{"n_k", 1, 90}}, [](Case& c) {
    const Inputs x = huge_inputs(c, c["n_k"]);
    const Row w1 = c.row("w1", {40, -30, 2}), b1 = c.row("b1", {-10, 20, 1}),
              w2 = c.row("w2", {9, 8, -50});
    judge_fire(c, x, {0.1f, 40, w1, b1, w2, -300});
  });
}

BOOST_AUTO_TEST_CASE(b2_changes_nothing,
                     *property* description("b2 is a constant of the row: softmax ignores it")) {
  for_all({{"n_q", 1, 9}, {"n_k", 1, 30}, {"h", 1, 4}}, [](Case& c) {
    const Inputs x = any_inputs(c, c["n_q"], c["n_k"], 3, 2);
    const Fire fire = any_fire(c, c["h"], 40);
    Fire moved = fire;
    moved.b2 += 3;
    tell_fire(c, fire);
    c.expect_equal(fire_outputs(c, "O", x, fire), fire_outputs(c, "O of b2 + 3", x, moved),
                   both_tolerances(exact_fire(x, fire), exact_fire(x, moved)),
                   "the output changes with b2");
  });
}

BOOST_AUTO_TEST_CASE(future_changes_nothing,
                     *property* description("tokens that come later change no output")) {
  for_all({{"n", 2, 40}, {"d", 1, 8}, {"h", 1, 4}}, [](Case& c) {
    const int n = c["n"], d = c["d"], past = c.integer(1, n - 1);
    const Inputs all = any_inputs(c, n, n, d, 3);
    const Inputs few{{all.Q.data, past, d}, {all.K.data, past, d}, {all.V.data, past, 3}};
    const Fire fire = any_fire(c, c["h"], 50);
    tell_fire(c, fire);
    const MutableMatrix O = fire_outputs(c, "O", all, fire);
    c.expect_equal({O.data, past, 3}, fire_outputs(c, "O of the past", few, fire),
                   exact_fire(few, fire), "an output changes with tokens that come later");
  });
}

BOOST_AUTO_TEST_CASE(by_distance_up_to_L,
                     *property* description("while all positions are below L, it is task 2")) {
  for_all({{"n_q", 1, 20}, {"n_k", 1, 40}, {"h", 1, 4}}, [](Case& c) {
    const Inputs x = any_inputs(c, c["n_q"], c["n_k"], 3, 4);
    Fire fire = any_fire(c, c["h"], 40);
    fire.L = static_cast<float>(x.K.rows + c.integer(0, 20));
    tell_fire(c, fire);
    const Eigen::MatrixXd last = reference::fire_matrix<double>(fire, 1, x.K.rows);
    const int n_k = x.K.rows;
    std::vector<float> biases;
    for (int distance = 0; distance < n_k; ++distance)
      biases.push_back(static_cast<float>(last(0, n_k - 1 - distance)));
    const Row by_distance = c.row("by_distance", biases);
    const MutableMatrix O = c.output_matrix("O by distance", x.Q.rows, 4);
    subject.biased_attention_simd(x.Q, x.K, x.V, by_distance, O);
    c.expect_equal(fire_outputs(c, "O", x, fire), O,
                   tolerances_and_distance(exact_fire(x, fire), exact_table(x, by_distance)),
                   "the same biases by distance make another output");
  });
}

BOOST_AUTO_TEST_CASE(memory, *description("no matrix of scores or biases is stored")) {
  example([](Case& c) {
    constexpr int kTokens = kMemoryTokens + 200, kD = 2;  // as in task 2
    const Matrix x = c.matrix("x", kTokens, kD);
    const Fire fire = any_fire(c, 4, 1200);
    const MutableMatrix O = c.output_matrix("O", kTokens, kD);
    expect_no_matrix(c, kTokens, kD, [&] { subject.fire_attention_simd(x, x, x, fire, O); });
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace suite
