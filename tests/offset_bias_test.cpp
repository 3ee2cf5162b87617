/// @file
/// Lesson 04, the suite. Contract: exercises/offset_bias.hpp.

#include "exercises/offset_bias.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "reference/offset_bias.hpp"
#include "tests/support/biases.hpp"
#include "tests/support/suite.hpp"

using namespace qkoan;

namespace {

/// The implementation on trial.
const struct {
  QKOAN_FUNCTION(offset_index);
  QKOAN_FUNCTION(offset_bias);
  QKOAN_FUNCTION(biased_scores);
  QKOAN_FUNCTION(move_table);
  QKOAN_FUNCTION(offset_gradient);
  QKOAN_FUNCTION(offset_bias_simd);
} subject;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr const char* kCopied = "biases are copies of the table's numbers, or −∞";
constexpr const char* kIndex = "an index is a whole number";
constexpr const char* kScoreBound =
    "at least (d+8)·u·(Σ|q·k|/√d + |b|): any order of summation, scale anywhere";
constexpr const char* kMovedBound = "at least 10·u·|moved|: one root, one product or quotient";
constexpr const char* kGradientBound = "at least (n−1)·u·Σ|G| over n pairs: any order of summation";

int parameters_of(int length, bool bidirectional) {
  return bidirectional ? 2 * length - 1 : length;
}

void judge_index(Case& c, int offset, int length, bool bidirectional) {
  c.argument("offset", offset);
  c.argument("length", length);
  c.expect_whole("index", subject.offset_index(offset, length, bidirectional),
                 reference::offset_index(offset, length, bidirectional), kIndex);
}

Exact exact_bias(Row table, bool bidirectional, int n_q, int n_k) {
  return exact([=](auto real) {
    using Real = decltype(real);
    return reference::offset_bias<Real>(lift<Real>(table), bidirectional, n_q, n_k);
  });
}

using Biases = Function<void(Row, bool, MutableMatrix)>;

void judge_bias(const Biases& biases, Case& c, int length, bool bidirectional, int n_q, int n_k) {
  const Row table = c.row("table", parameters_of(length, bidirectional));
  const MutableMatrix B = c.output_matrix("B", n_q, n_k);
  biases(table, bidirectional, B);
  c.expect("B", B, exact_bias(table, bidirectional, n_q, n_k), kCopied);
}

void any_biases(const Biases& biases, int most_queries, int most_keys) {
  for_all(
      {{"length", 1, 50}, {"n_q", 1, most_queries}, {"n_k", 1, most_keys}, {"bidirectional", 0, 1}},
      [&](Case& c) {
        judge_bias(biases, c, c["length"], c["bidirectional"] == 1, c["n_q"], c["n_k"]);
      });
}

/// Sizes that no block divides, tables that end early and tables that reach far.
void large_biases(const Biases& biases) {
  for (const bool bidirectional : {false, true}) {
    example([&](Case& c) { judge_bias(biases, c, 20005, bidirectional, 2, 20011); });
    example([&](Case& c) { judge_bias(biases, c, 3, bidirectional, 2, 20011); });
    example([&](Case& c) { judge_bias(biases, c, 300, bidirectional, 131, 67); });
    example([&](Case& c) { judge_bias(biases, c, 41, bidirectional, 70, 139); });
  }
}

Exact exact_scores(Matrix Q, Matrix K, Row table, bool bidirectional, bool inside) {
  return exact([=](auto real) {
    using Real = decltype(real);
    const auto B = reference::offset_bias<Real>(lift<Real>(table), bidirectional, Q.rows, K.rows);
    return reference::biased_scores<Real>(lift<Real>(Q), lift<Real>(K), B, inside);
  });
}

void judge_scores(Case& c, Matrix Q, Matrix K, Row table, bool bidirectional, bool inside) {
  const MutableMatrix S = c.output_matrix("S", Q.rows, K.rows);
  subject.biased_scores(Q, K, table, bidirectional, inside, S);
  c.expect("S", S, exact_scores(Q, K, table, bidirectional, inside), kScoreBound);
}

Exact exact_moved(Row table, int d, bool inward) {
  return exact([=](auto real) {
    using Real = decltype(real);
    return reference::move_table<Real>(lift<Real>(table), d, inward);
  });
}

void judge_moved(Case& c, Row table, int d, bool inward) {
  c.argument("d", d);
  const MutableRow moved = c.output_row("moved", table.size);
  subject.move_table(table, d, inward, moved);
  c.expect("moved", moved, exact_moved(table, d, inward), kMovedBound);
}

/// Gradients of every sort: finite where they count, worse where nobody may look.
std::vector<float> any_gradients(Case& c, bool bidirectional, int n_q, int n_k) {
  static constexpr float kWorse[] = {NAN, kInfinity, -kInfinity};
  std::vector<float> g(static_cast<std::size_t>(n_q) * n_k);
  for (int e = 0; e < n_q * n_k; ++e) {
    const bool hidden = !bidirectional && e % n_k > e / n_k + n_k - n_q;
    const int odd = c.integer(0, 5);
    g[e] = hidden && odd < 3 ? kWorse[odd] : c.number();
  }
  return g;
}

void judge_gradient(Case& c, int length, bool bidirectional, int n_q, int n_k) {
  const std::vector<float> values = any_gradients(c, bidirectional, n_q, n_k);
  const Matrix G{c.row("G", values).data, n_q, n_k};
  const int parameters = parameters_of(length, bidirectional);
  const MutableRow gradient = c.output_row("gradient", parameters);
  subject.offset_gradient(G, bidirectional, gradient);
  const Eigen::MatrixXf g = eigen(G);
  const Exact expected = exact([=](auto real) {
    return reference::offset_gradient<decltype(real)>(g, bidirectional, parameters);
  });
  c.expect("gradient", gradient, expected, kGradientBound);
}

/// Whether two numbers agree: both infinite, or not further apart than both may be off.
bool agree(double a, double b, double tolerance) { return a == b || std::fabs(a - b) <= tolerance; }

}  // namespace

namespace suite {

BOOST_AUTO_TEST_SUITE(offset_index)

BOOST_AUTO_TEST_CASE(all_near_offsets, *description("every offset, to twice the table's length")) {
  for_all({{"length", 1, 40}, {"bidirectional", 0, 1}}, [](Case& c) {
    const int length = c["length"], lowest = -2 * length;
    const bool bidirectional = c["bidirectional"] == 1;
    std::vector<int> expected, got;
    for (int offset = lowest; offset <= -lowest; ++offset) {
      expected.push_back(reference::offset_index(offset, length, bidirectional));
      got.push_back(subject.offset_index(offset, length, bidirectional));
    }
    c.results_of_calls(
        [=](int e) { return call("offset_index", lowest + e, length, bidirectional); });
    c.expect_whole("index", Integers{got.data(), static_cast<int>(got.size())}, expected, kIndex);
  });
}

BOOST_AUTO_TEST_CASE(any_offsets, *description("any offset, any length")) {
  for_all({{"bits", 1, 30}, {"length", 1, 3000}, {"bidirectional", 0, 1}}, [](Case& c) {
    const int most = 1 << c["bits"];
    judge_index(c, c.integer(-most, most), c["length"], c["bidirectional"] == 1);
  });
}

BOOST_AUTO_TEST_CASE(ends, *description("offsets 0, ±1, L−1, L and ±2³⁰; lengths 1 and 2²⁴")) {
  for (const int length : {1, 2, 512, 1 << 24}) {
    for (const int offset :
         {0, 1, -1, length - 1, 1 - length, length, -length, 20011, -20011, 1 << 30, -(1 << 30)}) {
      for (const bool both : {false, true})
        example([&](Case& c) { judge_index(c, offset, length, both); });
    }
  }
}

BOOST_AUTO_TEST_CASE(mirrored, *property* description("offset and −offset: index and 2L−2−index")) {
  for_all({{"length", 1, 100}}, [](Case& c) {
    const int length = c["length"], offset = c.integer(-3 * length, 3 * length);
    c.argument("offset", offset);
    const int sum =
        subject.offset_index(offset, length, true) + subject.offset_index(-offset, length, true);
    c.expect_that(sum == 2 * length - 2, "the table's middle is not offset 0");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("query 8 and key 3: offset 5")) {
  example([](Case& c) { judge_index(c, 8 - 3, 16, false); });
  example([](Case& c) { judge_index(c, 8 - 3, 16, true); });
  example([](Case& c) { judge_index(c, 8 - 3, 4, false); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(offset_bias, *depends_on("offset_index"))

BOOST_AUTO_TEST_CASE(any_sizes, *description("for any table, n_q and n_k, also n_q > n_k")) {
  ::any_biases(subject.offset_bias, 40, 40);
}

BOOST_AUTO_TEST_CASE(large_sizes, *description("20,011 keys; tables that end long before")) {
  ::large_biases(subject.offset_bias);
}

BOOST_AUTO_TEST_CASE(depends_on_offset_only,
                     *property* description("one step down and one to the right: the same bias")) {
  for_all({{"length", 1, 40}, {"n_q", 2, 30}, {"n_k", 2, 30}, {"bidirectional", 0, 1}},
          [](Case& c) {
            const bool bidirectional = c["bidirectional"] == 1;
            const Row table = c.row("table", parameters_of(c["length"], bidirectional));
            const MutableMatrix B = c.output_matrix("B", c["n_q"], c["n_k"]);
            subject.offset_bias(table, bidirectional, B);
            expect_offsets_only(c, B, exact_bias(table, bidirectional, B.rows, B.cols));
          });
}

BOOST_AUTO_TEST_CASE(directions_agree_on_the_past,
                     *property* description("negative offsets are no matter to the past")) {
  for_all({{"length", 1, 40}, {"n_q", 1, 30}, {"n_k", 1, 30}}, [](Case& c) {
    const int n_q = c["n_q"], n_k = c["n_k"], length = c["length"];
    const Row both = c.row("table", 2 * length - 1);
    const Row past{both.data + length - 1, length};  // u[0] … u[L−1]
    const MutableMatrix causal = c.output_matrix("causal", n_q, n_k);
    const MutableMatrix all = c.output_matrix("bidirectional", n_q, n_k);
    subject.offset_bias(past, false, causal);
    subject.offset_bias(both, true, all);
    expect_same_past(c, causal, all, exact_bias(both, true, n_q, n_k));
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("L = 3, three queries at the end of five keys")) {
  example([](Case& c) {
    const Row table = c.row("table", {0.5, 0, -1});
    const MutableMatrix B = c.output_matrix("B", 3, 5);
    subject.offset_bias(table, false, B);
    c.expect("B", B, exact_bias(table, false, 3, 5), kCopied);
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(biased_scores, *depends_on("offset_bias"))

BOOST_AUTO_TEST_CASE(any_matrices, *description("inside and outside the scale, any sizes")) {
  for_all({{"length", 1, 20}, {"n_q", 1, 14}, {"n_k", 1, 14}, {"d", 1, 60}}, [](Case& c) {
    const Matrix Q = c.matrix("Q", c["n_q"], c["d"]), K = c.matrix("K", c["n_k"], c["d"]);
    const bool bidirectional = c.integer(0, 1) == 1, inside = c.integer(0, 1) == 1;
    const Row table = c.row("table", parameters_of(c["length"], bidirectional));
    c.argument("bidirectional", bidirectional);
    c.argument("inside", inside);
    judge_scores(c, Q, K, table, bidirectional, inside);
  });
}

BOOST_AUTO_TEST_CASE(one_pair,
                     *description("both conventions, small d, where bounds are tightest")) {
  for (const bool inside : {false, true}) {
    for_all({{"d", 1, 6}}, [inside](Case& c) {
      const Matrix Q = c.matrix("Q", 1, c["d"]), K = c.matrix("K", 1, c["d"]);
      judge_scores(c, Q, K, c.row("table", 1), false, inside);
    });
  }
}

BOOST_AUTO_TEST_CASE(
    constant_cancels,
    *property* description("attention does not see a constant added to the table")) {
  for_all({{"length", 1, 30}, {"n_k", 1, 40}, {"inside", 0, 1}}, [](Case& c) {
    // Whole numbers, so that the raised table is exact, too.
    const auto whole = [&](Case::Random&) { return static_cast<float>(c.integer(-9, 9)); };
    const Matrix Q = c.matrix("Q", 1, 4, whole), K = c.matrix("K", c["n_k"], 4, whole);
    const Row table = c.row("table", c["length"], whole);
    std::vector<float> raised(table.begin(), table.end());
    for (float& u : raised) u += 64;
    const MutableMatrix a = c.output_matrix("S", 1, K.rows),
                        b = c.output_matrix("raised", 1, K.rows);
    subject.biased_scores(Q, K, table, false, c["inside"] == 1, a);
    subject.biased_scores(Q, K, c.row("raised table", raised), false, c["inside"] == 1, b);
    const Row higher{raised.data(), table.size};
    const auto low = exact_scores(Q, K, table, false, c["inside"] == 1).tolerated();
    const auto high = exact_scores(Q, K, higher, false, c["inside"] == 1).tolerated();
    bool constant = true;
    for (int j = 0; j < K.rows; ++j) {
      const double step = c["inside"] == 1 ? 32 : 64;
      constant &= agree(b.data[j], a.data[j] + step, low.tolerance[j] + high.tolerance[j]);
    }
    c.expect_that(constant, "a row's scores do not rise by the same number");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("d = 4, two queries, three keys")) {
  for (const bool inside : {false, true}) {
    example([&](Case& c) {
      const Matrix Q = c.matrix("Q", {{2, 0.5, 1, -1.5}, {0, 1, 0, 2}});
      const Matrix K = c.matrix("K", {{1, 1, -0.5, 2}, {1, 0, 0, 0}, {0, 0, 4, 1}});
      judge_scores(c, Q, K, c.row("table", {0.5, 0, -1}), false, inside);
    });
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(move_table, *depends_on("biased_scores"))

BOOST_AUTO_TEST_CASE(any_tables, *description("√d in or out, for any d")) {
  for_all({{"parameters", 1, 60}, {"d", 1, 300}, {"inward", 0, 1}}, [](Case& c) {
    judge_moved(c, c.row("table", c["parameters"]), c["d"], c["inward"] == 1);
  });
}

BOOST_AUTO_TEST_CASE(usual_heads, *description("d = 1, 32, 64, 80, 128, 256 and 4096")) {
  for (const int d : {1, 32, 64, 80, 128, 256, 4096}) {
    for (const bool inward : {false, true}) {
      example([&](Case& c) { judge_moved(c, c.row("table", {1, -0.5, 3, 0, -7.25}), d, inward); });
    }
  }
}

BOOST_AUTO_TEST_CASE(there_and_back, *property* description("in and out again is where it was")) {
  for_all({{"parameters", 1, 60}, {"d", 1, 300}}, [](Case& c) {
    const Row table = c.row("table", c["parameters"]);
    const MutableRow there = c.output_row("there", table.size),
                     back = c.output_row("back", table.size);
    subject.move_table(table, c["d"], true, there);
    subject.move_table(there, c["d"], false, back);
    bool same = true;
    for (int r = 0; r < table.size; ++r) {
      same &= agree(back[r], table[r], 32 * 0x1p-24 * std::fabs(table[r]));  // 12 + 15 roundings
    }
    c.expect_that(same, "what is moved inward and outward again differs");
  });
}

BOOST_AUTO_TEST_CASE(scores_are_the_same,
                     *property* description("a moved table makes the scores of the old one")) {
  for_all({{"length", 1, 20}, {"n_k", 1, 30}, {"d", 1, 80}, {"inward", 0, 1}}, [](Case& c) {
    const Matrix Q = c.matrix("Q", 2, c["d"]), K = c.matrix("K", c["n_k"], c["d"]);
    const Row table = c.row("table", c["length"]);
    const bool inward = c["inward"] == 1;
    const MutableRow moved = c.output_row("moved", table.size);
    subject.move_table(table, c["d"], inward, moved);
    const MutableMatrix a = c.output_matrix("before", 2, K.rows);
    const MutableMatrix b = c.output_matrix("after", 2, K.rows);
    subject.biased_scores(Q, K, table, false, !inward, a);
    subject.biased_scores(Q, K, moved, false, inward, b);
    const auto before = exact_scores(Q, K, table, false, !inward).tolerated();
    const auto after = exact_scores(Q, K, moved, false, inward).tolerated();
    bool same = true;
    for (int e = 0; e < 2 * K.rows; ++e) {
      const int r = reference::parameter_of(e / K.rows, e % K.rows, 2, K.rows, table.size, false);
      const double b_outside = r < 0 ? 0 : table[r] / (inward ? 1 : std::sqrt(c["d"]));
      const double by_table = 16 * 0x1p-24 * std::fabs(b_outside);  // what the move may cost
      same &= agree(a.data[e], b.data[e], before.tolerance[e] + after.tolerance[e] + by_table);
    }
    c.expect_that(same, "the scores of the moved table differ");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("d = 64: eight times as large inside")) {
  example([](Case& c) { judge_moved(c, c.row("table", {0.5, 0, -1}), 64, true); });
  example([](Case& c) { judge_moved(c, c.row("table", {0.5, 0, -1}), 64, false); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(offset_gradient, *depends_on("offset_index"))

BOOST_AUTO_TEST_CASE(any_sizes,
                     *description("sums over pairs that share; hidden ones are not read")) {
  for_all(
      {{"length", 1, 50}, {"n_q", 1, 30}, {"n_k", 1, 30}, {"bidirectional", 0, 1}},
      [](Case& c) { judge_gradient(c, c["length"], c["bidirectional"] == 1, c["n_q"], c["n_k"]); });
}

BOOST_AUTO_TEST_CASE(long_rows, *description("20,011 keys, tables that end long before")) {
  for (const bool bidirectional : {false, true}) {
    example([&](Case& c) { judge_gradient(c, 7, bidirectional, 2, 20011); });
    example([&](Case& c) { judge_gradient(c, 20020, bidirectional, 1, 20011); });
  }
}

BOOST_AUTO_TEST_CASE(pairs_are_counted,
                     *property* description("gradients of 1: each pair counts once")) {
  for_all({{"length", 1, 40}, {"n_q", 1, 30}, {"n_k", 1, 30}}, [](Case& c) {
    const Matrix G = c.matrix("G", c["n_q"], c["n_k"], [](Case::Random&) { return 1.0f; });
    const MutableRow gradient = c.output_row("gradient", 2 * c["length"] - 1);
    subject.offset_gradient(G, true, gradient);
    float pairs = 0;
    for (const float g : gradient) pairs += g;
    c.expect_that(pairs == static_cast<float>(G.rows * G.cols),
                  "the gradients of 1 do not add up to the number of pairs");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("L = 3, four queries, four keys")) {
  example([](Case& c) {
    const Matrix G = c.matrix("G", {{1, 0, 0, 0}, {2, 3, 0, 0}, {4, 5, 6, 0}, {7, 8, 9, 10}});
    const MutableRow gradient = c.output_row("gradient", 3);
    subject.offset_gradient(G, false, gradient);
    c.expect_exactly("gradient", gradient, {1 + 3 + 6 + 10, 2 + 5 + 9, 4 + 8 + 7},
                     "whole numbers: nothing is rounded");
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(offset_bias_simd, *depends_on("offset_bias"))

BOOST_AUTO_TEST_CASE(any_sizes, *description("any sizes, tails included")) {
  ::any_biases(subject.offset_bias_simd, 50, 90);
}

BOOST_AUTO_TEST_CASE(large_sizes, *description("sizes beyond any block")) {
  ::large_biases(subject.offset_bias_simd);
}

BOOST_AUTO_TEST_CASE(agrees_with_task_2, *property* description("SIMD and scalar form agree")) {
  for_all({{"length", 1, 60}, {"n_q", 1, 40}, {"n_k", 1, 80}, {"bidirectional", 0, 1}},
          [](Case& c) {
            const bool bidirectional = c["bidirectional"] == 1;
            const Row table = c.row("table", parameters_of(c["length"], bidirectional));
            const MutableMatrix a = c.output_matrix("B", c["n_q"], c["n_k"]);
            const MutableMatrix b = c.output_matrix("B of SIMD", c["n_q"], c["n_k"]);
            subject.offset_bias(table, bidirectional, a);
            subject.offset_bias_simd(table, bidirectional, b);
            c.expect_that(std::equal(a.data, a.data + a.rows * a.cols, b.data),
                          "the SIMD form differs from the scalar form");
          });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace suite
