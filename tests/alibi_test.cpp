/// @file
/// Lesson 06, the suite. Contract: exercises/alibi.hpp.

#include "exercises/alibi.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "reference/alibi.hpp"
#include "tests/support/biases.hpp"
#include "tests/support/suite.hpp"

using namespace qkoan;

namespace {

/// The implementation on trial.
const struct {
  QKOAN_FUNCTION(alibi_slopes);
  QKOAN_FUNCTION(alibi_row);
  QKOAN_FUNCTION(alibi_bias);
  QKOAN_FUNCTION(alibi_key_only);
  QKOAN_FUNCTION(add_alibi);
  QKOAN_FUNCTION(add_alibi_simd);
} subject;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr const char* kSlopeBound =
    "a power of two is exact; else at least (8 + e)·u·2^−e, 4 ulp and two roundings of the "
    "exponent";
constexpr const char* kBiasBound = "u·|b|, one rounding: distances are whole numbers";
constexpr const char* kSumBound = "u·(|b| + |s + b|), fused or not; what is masked is −∞";

/// One slope: a power of two, one of a model of many heads, any float; now and then an end of the
/// range, or 0.
float any_slope(Case& c) {
  if (c.values() == Values::kWhole) return std::ldexp(1.0f, -c.integer(0, 8));
  if (c.values() == Values::kEighths) return reference::alibi_slope<float>(c.integer(0, 47), 48);
  static constexpr float kEnds[] = {0, 0x1p-100f, 1};
  const int choice = c.integer(0, 11);
  if (choice < 3) return kEnds[choice];
  return std::ldexp(0.5f + 0x1p-25f * static_cast<float>(c.integer(1, 1 << 24)), -c.integer(0, 12));
}

void judge_slopes(Case& c, int heads, int first, int count) {
  c.argument("heads", heads);
  c.argument("first", first);
  const MutableRow slopes = c.output_row("slopes", count);
  subject.alibi_slopes(heads, first, slopes);
  const Exact expected = exact(
      [=](auto real) { return reference::alibi_slopes<decltype(real)>(heads, first, count); });
  c.expect("slopes", slopes, expected, kSlopeBound);
}

Exact exact_row(float slope, int p, bool bidirectional, int n) {
  return exact([=](auto real) {
    using Real = decltype(real);
    return reference::alibi_row<Real>(Real(slope), p, bidirectional, n);
  });
}

void judge_row(Case& c, float slope, int p, bool bidirectional, int n) {
  c.argument("slope", slope);
  c.argument("position", p);
  const MutableRow bias = c.output_row("bias", n);
  subject.alibi_row(slope, p, bidirectional, bias);
  c.expect("bias", bias, exact_row(slope, p, bidirectional, n), kBiasBound);
}

Exact exact_bias(float slope, bool bidirectional, int n_q, int n_k) {
  return exact([=](auto real) {
    using Real = decltype(real);
    return reference::alibi_bias<Real>(Real(slope), bidirectional, n_q, n_k);
  });
}

void judge_bias(Case& c, float slope, bool bidirectional, int n_q, int n_k) {
  c.argument("slope", slope);
  const MutableMatrix B = c.output_matrix("B", n_q, n_k);
  subject.alibi_bias(slope, bidirectional, B);
  c.expect("B", B, exact_bias(slope, bidirectional, n_q, n_k), kBiasBound);
}

Exact exact_key_only(Row slopes, int n_k) {
  return exact([=](auto real) {
    using Real = decltype(real);
    return reference::alibi_key_only<Real>(lift<Real>(slopes), n_k);
  });
}

void judge_key_only(Case& c, int heads, int n_k) {
  const Row slopes = c.row("slopes", heads, [&](Case::Random&) { return any_slope(c); });
  const MutableMatrix K = c.output_matrix("K", heads, n_k);
  subject.alibi_key_only(slopes, K);
  c.expect("K", K, exact_key_only(slopes, n_k), kBiasBound);
}

/// Scores of every sort: finite where they count, now and then masked, and worse where only −∞ can
/// come out.
std::vector<float> any_scores(Case& c, bool bidirectional, int n_q, int n_k) {
  static constexpr float kWorse[] = {NAN, kInfinity, 3e38f};
  std::vector<float> s(static_cast<std::size_t>(n_q) * n_k);
  for (int e = 0; e < n_q * n_k; ++e) {
    const bool hidden = !bidirectional && e % n_k > e / n_k + n_k - n_q;
    const int odd = c.integer(0, 11);
    s[e] = hidden && odd < 3 ? kWorse[odd] : odd == 3 ? -kInfinity : c.number();
  }
  return s;
}

using Fused = Function<void(float, bool, MutableMatrix)>;

void judge_fused(const Fused& add, Case& c, float slope, bool bidirectional, int n_q, int n_k) {
  c.argument("slope", slope);
  const std::vector<float> scores = any_scores(c, bidirectional, n_q, n_k);
  const Matrix before{scores.data(), n_q, n_k};
  const MutableMatrix S = c.inout_matrix("S", before);
  add(slope, bidirectional, S);
  const Eigen::MatrixXf s = eigen(before);
  const Exact expected = exact([=](auto real) {
    using Real = decltype(real);
    return reference::add_alibi<Real>(Real(slope), bidirectional, s);
  });
  c.expect("S", S, expected, kSumBound);
}

void any_scores(const Fused& add, int most_queries, int most_keys) {
  for_all({{"n_q", 1, most_queries}, {"n_k", 1, most_keys}, {"bidirectional", 0, 1}}, [&](Case& c) {
    judge_fused(add, c, any_slope(c), c["bidirectional"] == 1, c["n_q"], c["n_k"]);
  });
}

/// Sizes that no block divides, and distances where every rounding of a distance shows.
void large_matrices(const Fused& add) {
  for (const bool bidirectional : {false, true}) {
    example([&](Case& c) { judge_fused(add, c, 0.70710677f, bidirectional, 3, 1037); });
    example([&](Case& c) { judge_fused(add, c, 0.3f, bidirectional, 75, 67); });
    example([&](Case& c) { judge_fused(add, c, 0.013f, bidirectional, 2, 20011); });
  }
}

/// Softmax in double of score + bias over the first n keys.
std::vector<double> attention(Row scores, Row bias, int n) {
  std::vector<double> p(n);
  double largest = -HUGE_VAL, sum = 0;
  for (int j = 0; j < n; ++j) largest = std::max(largest, p[j] = double(scores[j]) + bias[j]);
  for (double& x : p) sum += x = std::exp(x - largest);
  for (double& x : p) x /= sum;
  return p;
}

}  // namespace

namespace suite {

BOOST_AUTO_TEST_SUITE(alibi_slopes)

BOOST_AUTO_TEST_CASE(powers_of_two, *description("1, 2, 4, 8, … heads: one geometric sequence")) {
  for_all({{"_log2_heads", 0, 9}}, [](Case& c) {
    const int heads = 1 << c["_log2_heads"];
    judge_slopes(c, heads, 0, heads);
  });
}

BOOST_AUTO_TEST_CASE(any_heads, *description("any number of heads, all of them")) {
  for_all({{"heads", 1, 200}}, [](Case& c) { judge_slopes(c, c["heads"], 0, c["heads"]); });
}

BOOST_AUTO_TEST_CASE(shipped_models, *description("12, 16, 20, 32, 40, 71, 112 and 1000 heads")) {
  for (const int heads : {12, 16, 20, 32, 40, 71, 112, 1000}) {
    example([&](Case& c) { judge_slopes(c, heads, 0, heads); });
  }
}

BOOST_AUTO_TEST_CASE(parts_of_heads, *description("some of the heads, from any first one")) {
  for_all({{"heads", 1, 130}}, [](Case& c) {
    const int first = c.integer(0, c["heads"] - 1);
    judge_slopes(c, c["heads"], first, c.integer(1, c["heads"] - first));
  });
}

BOOST_AUTO_TEST_CASE(second_of_two_machines, *description("heads 8 … 15 of 16, and 6 … 11 of 12")) {
  example([](Case& c) { judge_slopes(c, 16, 8, 8); });
  example([](Case& c) { judge_slopes(c, 12, 6, 6); });
}

BOOST_AUTO_TEST_CASE(parts_make_the_whole,
                     *property* description("a head's slope is the same on every machine")) {
  for_all({{"heads", 2, 130}}, [](Case& c) {
    const int heads = c["heads"], cut = c.integer(1, heads - 1);
    const MutableRow whole = c.output_row("slopes", heads), parts = c.output_row("parts", heads);
    subject.alibi_slopes(heads, 0, whole);
    subject.alibi_slopes(heads, 0, {parts.data, cut});
    subject.alibi_slopes(heads, cut, {parts.data + cut, heads - cut});
    const Exact expected =
        exact([=](auto real) { return reference::alibi_slopes<decltype(real)>(heads, 0, heads); });
    c.expect_equal({whole.data, 1, heads}, {parts.data, 1, heads}, expected,
                   "the slope of a head depends on which heads are asked for with it");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("8 heads: ½, ¼, … 1/256")) {
  example([](Case& c) { judge_slopes(c, 8, 0, 8); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(alibi_row)

BOOST_AUTO_TEST_CASE(any_rows, *description("−m·|p − j|, the query among, before or behind keys")) {
  for_all({{"n", 1, 100}, {"bidirectional", 0, 1}}, [](Case& c) {
    const int n = c["n"];
    judge_row(c, any_slope(c), c.integer(-n, 2 * n), c["bidirectional"] == 1, n);
  });
}

BOOST_AUTO_TEST_CASE(far_positions, *description("positions to 16 million, near keys included")) {
  for_all({{"n", 1, 50}, {"bidirectional", 0, 1}}, [](Case& c) {
    const int far = c.integer(0, 1) ? c.integer(2049, 70000) : c.integer(70001, 16'000'000);
    const bool before = c.integer(0, 3) == 0;
    judge_row(c, any_slope(c), before ? -far : far, c["bidirectional"] == 1, c["n"]);
  });
}

BOOST_AUTO_TEST_CASE(long_rows, *description("21,001 keys: far and near in one row")) {
  for (const bool bidirectional : {false, true}) {
    example([&](Case& c) { judge_row(c, 0.70710677f, 20500, bidirectional, 21001); });
  }
}

BOOST_AUTO_TEST_CASE(penalty_grows,
                     *property* description("a key further away has a larger penalty")) {
  for_all({{"n", 2, 100}}, [](Case& c) {
    const float slope = std::fmax(any_slope(c), 0x1p-100f);
    const int p = c["n"] - 1 + c.integer(0, 30000);
    const MutableRow bias = c.output_row("bias", c["n"]);
    subject.alibi_row(slope, p, true, bias);
    bool grows = true;
    for (int j = 1; j < bias.size; ++j) grows &= bias[j - 1] < bias[j];
    c.expect_that(grows, "a key one step nearer does not have a larger bias");
  });
}

BOOST_AUTO_TEST_CASE(directions_agree_on_the_past,
                     *property* description("whether the future counts is no matter to the past")) {
  for_all({{"n", 1, 100}}, [](Case& c) {
    const int n = c["n"], p = c.integer(0, n - 1);
    const float slope = any_slope(c);
    const MutableRow causal = c.output_row("causal", n), both = c.output_row("both", n);
    subject.alibi_row(slope, p, false, causal);
    subject.alibi_row(slope, p, true, both);
    c.expect_equal({causal.data, 1, p + 1}, {both.data, 1, p + 1}, exact_row(slope, p, true, p + 1),
                   "keys of the past have another bias when the future counts");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("slope ½, position 4, six keys")) {
  example([](Case& c) { judge_row(c, 0.5f, 4, false, 6); });
  example([](Case& c) { judge_row(c, 0.5f, 4, true, 6); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(alibi_bias, *depends_on("alibi_row"))

BOOST_AUTO_TEST_CASE(any_sizes, *description("for any n_q and n_k, also more queries than keys")) {
  for_all({{"n_q", 1, 40}, {"n_k", 1, 40}, {"bidirectional", 0, 1}}, [](Case& c) {
    judge_bias(c, any_slope(c), c["bidirectional"] == 1, c["n_q"], c["n_k"]);
  });
}

BOOST_AUTO_TEST_CASE(decoding, *description("few queries at the end of many keys")) {
  for (const bool bidirectional : {false, true}) {
    example([&](Case& c) { judge_bias(c, 0.35355338f, bidirectional, 2, 20011); });
    example([&](Case& c) { judge_bias(c, 0.1f, bidirectional, 131, 7); });
  }
}

BOOST_AUTO_TEST_CASE(depends_on_offset_only,
                     *property* description("one step down and one to the right: the same bias")) {
  for_all({{"n_q", 2, 30}, {"n_k", 2, 30}, {"bidirectional", 0, 1}}, [](Case& c) {
    const int n_q = c["n_q"], n_k = c["n_k"];
    const bool bidirectional = c["bidirectional"] == 1;
    const float slope = any_slope(c);
    const MutableMatrix B = c.output_matrix("B", n_q, n_k);
    subject.alibi_bias(slope, bidirectional, B);
    expect_offsets_only(c, B, exact_bias(slope, bidirectional, n_q, n_k));
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("slope ½, two queries at the end of four keys")) {
  example([](Case& c) { judge_bias(c, 0.5f, false, 2, 4); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(alibi_key_only)

BOOST_AUTO_TEST_CASE(any_sizes, *description("m_h·j for any heads and keys")) {
  for_all({{"heads", 1, 20}, {"n_k", 1, 60}},
          [](Case& c) { judge_key_only(c, c["heads"], c["n_k"]); });
}

BOOST_AUTO_TEST_CASE(many_keys, *description("21,001 keys")) {
  example([](Case& c) { judge_key_only(c, 3, 21001); });
}

BOOST_AUTO_TEST_CASE(order_of_heads,
                     *property* description("heads in another order are rows in another order")) {
  for_all({{"heads", 2, 20}, {"n_k", 1, 40}}, [](Case& c) {
    const int heads = c["heads"], n_k = c["n_k"];
    const Row slopes = c.row("slopes", heads, [&](Case::Random&) { return any_slope(c); });
    const Row others =
        c.row("reversed", std::vector<float>(std::make_reverse_iterator(slopes.end()),
                                             std::make_reverse_iterator(slopes.begin())));
    const MutableMatrix K = c.output_matrix("K", heads, n_k),
                        back = c.output_matrix("back", heads, n_k);
    subject.alibi_key_only(slopes, K);
    subject.alibi_key_only(others, back);
    for (int h = 0; 2 * h < heads - 1; ++h)
      std::swap_ranges(back[h].begin(), back[h].end(), back[heads - 1 - h].begin());
    c.expect_equal(K, back, exact_key_only(slopes, n_k), "a head's biases depend on other heads");
  });
}

BOOST_AUTO_TEST_CASE(attention_is_that_of_the_row,
                     *property* description("softmax does not see what distinguishes both forms")) {
  for_all({{"n_k", 1, 60}}, [](Case& c) {
    const int n_k = c["n_k"], p = c.integer(0, n_k - 1);
    const Row slopes = c.row("slopes", std::vector<float>{any_slope(c)});
    const Row scores = c.row("scores", n_k, [](Case::Random& r) { return Case::normal(r); });
    const MutableMatrix K = c.output_matrix("K", 1, n_k);
    const MutableRow bias = c.output_row("bias", n_k);
    subject.alibi_key_only(slopes, K);
    subject.alibi_row(slopes[0], p, false, bias);
    const std::vector<double> by_key = attention(scores, K[0], p + 1);
    const std::vector<double> by_row = attention(scores, bias, p + 1);
    // Each form errs by at most u·m·n_k in any bias; a change of all biases by at most E changes a
    // weight by a factor of at most e^{2E}.
    const double change = 0x1p-24 * (slopes[0] * n_k) + 0x1p-120, factor = std::expm1(4 * change);
    bool same = true;
    for (int j = 0; j <= p; ++j) {
      same &= std::fabs(by_key[j] - by_row[j]) <= factor * by_row[j] + 1e-14;
    }
    c.expect_that(same, "the causal attention of m·j is not that of −m·(p − j)");
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(add_alibi, *depends_on("alibi_bias"))

BOOST_AUTO_TEST_CASE(any_scores, *description("S + B in place, masks kept, the future hidden")) {
  ::any_scores(subject.add_alibi, 30, 40);
}

BOOST_AUTO_TEST_CASE(large_matrices, *description("sizes beyond any block, distances to 20,010")) {
  ::large_matrices(subject.add_alibi);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(add_alibi_simd, *depends_on("add_alibi"))

BOOST_AUTO_TEST_CASE(any_scores, *description("any sizes, tails included")) {
  ::any_scores(subject.add_alibi_simd, 40, 90);
}

BOOST_AUTO_TEST_CASE(large_matrices, *description("sizes beyond any block, distances to 20,010")) {
  ::large_matrices(subject.add_alibi_simd);
}

BOOST_AUTO_TEST_CASE(agrees_with_task_5, *property* description("SIMD and scalar form agree")) {
  for_all({{"n_q", 1, 30}, {"n_k", 1, 60}, {"bidirectional", 0, 1}}, [](Case& c) {
    const int n_q = c["n_q"], n_k = c["n_k"];
    const bool bidirectional = c["bidirectional"] == 1;
    const float slope = any_slope(c);
    const Matrix scores = c.matrix("scores", n_q, n_k);
    const MutableMatrix a = c.inout_matrix("S", scores), b = c.inout_matrix("S of SIMD", scores);
    subject.add_alibi(slope, bidirectional, a);
    subject.add_alibi_simd(slope, bidirectional, b);
    const Exact expected = exact([=](auto real) {
      using Real = decltype(real);
      return reference::add_alibi<Real>(Real(slope), bidirectional, eigen(scores));
    });
    c.expect_equal(a, b, expected, "the SIMD form differs from the scalar form");
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace suite
