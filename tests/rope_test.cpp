/// @file
/// Lesson 10, the suite. Contract: exercises/rope.hpp.

#include "exercises/rope.hpp"

#include "reference/rope.hpp"
#include "tests/support/suite.hpp"

using namespace qkoan;

namespace {

/// The implementation on trial.
const struct {
  QKOAN_FUNCTION(rope_table);
  QKOAN_FUNCTION(rope);
  QKOAN_FUNCTION(rope_score);
  QKOAN_FUNCTION(half_split_rows);
  QKOAN_FUNCTION(rope_simd);
} subject;

constexpr int kFarthest = 1 << 20;
constexpr const char* kTableBound = "8·u: 4 ulp of 1, the angle as in double";
constexpr const char* kRopeBound = "at least 10·u·(|x0| + |x1|), angles as in double";
constexpr const char* kScoreBound = "at least 2·(d + 6)·u·Σ(|q0| + |q1|)·(|k0| + |k1|)";
constexpr const char* kCopied = "rows are copied, nothing is rounded";

/// Bases of models, and both ends of the range.
float any_base(Case& c) {
  static constexpr float kBases[] = {10000, 100, 500000, 1e8f, 20221.262f, 10000};
  return kBases[c.integer(0, 5)];
}

/// Near, far, and now and then 0.
int any_position(Case& c) {
  const int choice = c.integer(0, 7);
  if (choice == 0) return 0;
  return choice < 4 ? c.integer(-40, 200) : c.integer(-kFarthest, kFarthest);
}

struct Shape {
  Rope rope;
  int d;
};

/// Heads of d ≥ r elements, in any layout.
Shape any_shape(Case& c, int most_pairs) {
  const int rotated = 2 * c.integer(1, most_pairs);
  const int rest = c.integer(0, 2) == 0 ? 0 : c.integer(0, rotated);
  return {{rotated, any_base(c), c.integer(0, 1) == 1}, rotated + rest};
}

void tell(Case& c, Rope r) {
  c.argument("rotated", r.rotated);
  c.argument("base", r.base);
  c.argument("half_split", r.half_split);
}

Exact exact_rope(Rope r, int position, Row x) {
  return exact([=](auto real) {
    using Real = decltype(real);
    return reference::rope<Real>(r.rotated, r.base, r.half_split, position, lift<Real>(x));
  });
}

Exact exact_score(Row q, Row k, float base, int t, int s) {
  return exact([=](auto real) {
    using Real = decltype(real);
    return reference::rope_score<Real>(lift<Real>(q), lift<Real>(k), base, t, s);
  });
}

Exact exact_rows(Rope r, int heads, Integers positions, Matrix X) {
  const Eigen::VectorXi p = Eigen::Map<const Eigen::VectorXi>(positions.data, positions.size);
  return exact([=](auto real) {
    using Real = decltype(real);
    return reference::rope_rows<Real>(r.rotated, r.base, r.half_split, heads, p, lift<Real>(X));
  });
}

void judge_table(Case& c, int position, float base, int pairs) {
  c.argument("position", position);
  c.argument("base", base);
  const MutableMatrix table = c.output_matrix("cosines, sines", 2, pairs);
  c.results_of_calls(
      [=](int e) { return (e < pairs ? "cosines[" : "sines[") + std::to_string(e % pairs) + "]"; });
  subject.rope_table(position, base, table[0], table[1]);
  c.expect("cosines, sines", table, exact([=](auto real) {
             using Real = decltype(real);
             const auto columns = reference::rope_table<Real>(position, base, 2 * pairs);
             return Eigen::MatrixX<Real>(columns.transpose());
           }),
           kTableBound);
}

void judge_rope(Case& c, Rope r, int position, Row x) {
  tell(c, r);
  c.argument("position", position);
  const MutableRow y = c.output_row("y", x.size);
  subject.rope(r, position, x, y);
  c.expect("y", y, exact_rope(r, position, x), kRopeBound);
}

void judge_score(Case& c, Row q, Row k, float base, int t, int s) {
  c.argument("t", t);
  c.argument("s", s);
  c.argument("base", base);
  const float score = subject.rope_score(q, k, base, t, s);
  c.expect("score", score, exact_score(q, k, base, t, s), kScoreBound);
}

void judge_permutation(Case& c, int heads, int d, int m) {
  c.argument("heads", heads);
  const Matrix W = c.matrix("W", heads * d, m);
  const MutableMatrix P = c.output_matrix("P", W.rows, m);
  subject.half_split_rows(heads, W, P);
  std::vector<float> expected;
  for (int row = 0; row < W.rows; ++row) {
    const Row from = W[reference::interleaved_row(row, heads, W.rows)];
    expected.insert(expected.end(), from.begin(), from.end());
  }
  c.expect_exactly("P", P, expected, kCopied);
}

void judge_rows(Case& c, Shape shape, int heads, const std::vector<int>& positions) {
  const int n = static_cast<int>(positions.size());
  tell(c, shape.rope);
  c.argument("heads", heads);
  const Integers p = c.integers("positions", positions);
  std::vector<float> numbers(static_cast<std::size_t>(n) * heads * shape.d);
  for (float& x : numbers) x = c.number();
  const Matrix initial{numbers.data(), n, heads * shape.d};
  const MutableMatrix X = c.inout_matrix("X", initial);
  subject.rope_simd(shape.rope, heads, p, X);
  c.expect("X", X, exact_rows(shape.rope, heads, p, initial), kRopeBound);
}

/// Positions of n rows: any, in a row from somewhere, or those of a packed batch.
std::vector<int> any_positions(Case& c, int n) {
  std::vector<int> positions;
  const int kind = c.integer(0, 2), first = any_position(c) / 2;
  for (int i = 0; i < n; ++i) {
    positions.push_back(kind == 0 ? any_position(c) : kind == 1 ? first + i : i % 3);
  }
  return positions;
}

}  // namespace

namespace suite {

BOOST_AUTO_TEST_SUITE(rope_table)

BOOST_AUTO_TEST_CASE(near_positions, *description("positions up to 200, any base")) {
  for_all({{"pairs", 1, 64}}, [](Case& c) {
    const int position = c.integer(-40, 200);
    judge_table(c, position, any_base(c), c["pairs"]);
  });
}

BOOST_AUTO_TEST_CASE(far_positions, *description("positions to a million: angles as in double")) {
  for_all({{"pairs", 1, 128}}, [](Case& c) {
    const int position = c.integer(-kFarthest, kFarthest);
    judge_table(c, position, any_base(c), c["pairs"]);
  });
  for (const float base : {100.0f, 10000.0f, 1e8f}) {
    example([=](Case& c) { judge_table(c, kFarthest, base, 64); });
    example([=](Case& c) { judge_table(c, -kFarthest, base, 64); });
  }
}

BOOST_AUTO_TEST_CASE(position_0, *description("cosines are exactly 1, sines exactly 0")) {
  for_all({{"pairs", 1, 64}}, [](Case& c) { judge_table(c, 0, any_base(c), c["pairs"]); });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("r = 4, base 10000, position 3")) {
  example([](Case& c) { judge_table(c, 3, 10000, 2); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(rope, *depends_on("rope_table"))

BOOST_AUTO_TEST_CASE(any_heads, *description("both layouts, all or the first r elements")) {
  for_all({{"_most_pairs", 1, 24}}, [](Case& c) {
    const Shape shape = any_shape(c, c["_most_pairs"]);
    const int position = any_position(c);
    judge_rope(c, shape.rope, position, c.row("x", shape.d));
  });
}

BOOST_AUTO_TEST_CASE(of_models,
                     *description("d = 64, 80, 128 and 256, a quarter, 2/5 or all of it")) {
  for (const bool half_split : {false, true}) {
    example([=](Case& c) { judge_rope(c, {64, 10000, half_split}, 2047, c.row("x", 64)); });
    example([=](Case& c) { judge_rope(c, {32, 10000, half_split}, 511, c.row("x", 80)); });
    example([=](Case& c) { judge_rope(c, {32, 10000, half_split}, 777777, c.row("x", 128)); });
    example([=](Case& c) { judge_rope(c, {256, 1e6f, half_split}, -70001, c.row("x", 256)); });
  }
}

BOOST_AUTO_TEST_CASE(keeps_lengths, *property* description("a turned pair is as long as before")) {
  for_all({{"_most_pairs", 1, 16}}, [](Case& c) {
    const Shape shape = any_shape(c, c["_most_pairs"]);
    tell(c, shape.rope);
    const Row x = c.row("x", shape.d, [](Case::Random& r) { return Case::normal(r); });
    const int position = any_position(c);
    c.argument("position", position);
    const MutableRow y = c.output_row("y", x.size);
    subject.rope(shape.rope, position, x, y);
    bool same = true;
    for (int k = 0; k < shape.rope.rotated / 2; ++k) {
      const auto [a, b] = reference::pair_of(k, shape.rope.rotated, shape.rope.half_split);
      const double before = std::hypot(x[a], x[b]), after = std::hypot(y[a], y[b]);
      same &=
          std::fabs(before - after) <= 2 * 10.01 * 0x1p-24 * (std::fabs(x[a]) + std::fabs(x[b]));
    }
    c.expect_that(same, "a pair has another length than before");
  });
}

BOOST_AUTO_TEST_CASE(turns_add_up, *property* description("turned by a, then by b, is by a + b")) {
  for_all({{"_most_pairs", 1, 16}}, [](Case& c) {
    const Shape shape = any_shape(c, c["_most_pairs"]);
    tell(c, shape.rope);
    const Row x = c.row("x", shape.d, [](Case::Random& r) { return Case::normal(r); });
    const int a = any_position(c) / 2, b = any_position(c) / 2;
    c.argument("a", a);
    c.argument("b", b);
    const MutableRow once = c.output_row("by a", x.size),
                     twice = c.output_row("by a, then b", x.size),
                     together = c.output_row("by a + b", x.size);
    subject.rope(shape.rope, a, x, once);
    subject.rope(shape.rope, b, once, twice);
    subject.rope(shape.rope, a + b, x, together);
    // 10·u·A of both elements by the first turn, which the second carries over to each, 10·u·√2·A of
    // its own, and 10·u·A of the turn it is compared with; A = |x0| + |x1|.
    std::vector<double> tolerance(x.size);
    for (int k = 0; k < shape.rope.rotated / 2; ++k) {
      const auto [first, second] = reference::pair_of(k, shape.rope.rotated, shape.rope.half_split);
      tolerance[first] = tolerance[second] =
          45 * 0x1p-24 * (std::fabs(x[first]) + std::fabs(x[second]));
    }
    c.expect_equal({twice.data, 1, x.size}, {together.data, 1, x.size}, tolerance,
                   "two turns are not their sum");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("d = 4, position 3, both layouts")) {
  for (const bool half_split : {false, true}) {
    example([=](Case& c) { judge_rope(c, {4, 10000, half_split}, 3, c.row("x", {1, 0, 2, -1})); });
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(rope_score)

BOOST_AUTO_TEST_CASE(near_positions, *description("query and key within 200 positions")) {
  for_all({{"pairs", 1, 32}, {"t", 0, 200}, {"s", 0, 200}}, [](Case& c) {
    const int d = 2 * c["pairs"];
    const float base = any_base(c);
    judge_score(c, c.row("q", d), c.row("k", d), base, c["t"], c["s"]);
  });
}

BOOST_AUTO_TEST_CASE(far_positions, *description("positions to a million: angles as in double")) {
  for_all({{"pairs", 1, 32}, {"t", 0, kFarthest}, {"s", 0, kFarthest}}, [](Case& c) {
    const int d = 2 * c["pairs"];
    const float base = any_base(c);
    judge_score(c, c.row("q", d), c.row("k", d), base, c["t"], c["s"]);
  });
}

BOOST_AUTO_TEST_CASE(one_pair, *description("d = 2, where the bound is tightest")) {
  for_all({{"t", 0, 30}, {"s", 0, 30}},
          [](Case& c) { judge_score(c, c.row("q", 2), c.row("k", 2), 10000, c["t"], c["s"]); });
}

BOOST_AUTO_TEST_CASE(depends_on_offset_only,
                     *property* description("(5, 8) and (15, 18) agree, and so does every shift")) {
  for_all({{"pairs", 1, 32}, {"t", 0, 400000}, {"s", 0, 400000}, {"shift", 1, 600000}},
          [](Case& c) {
            const int d = 2 * c["pairs"], t = c["t"], s = c["s"], shift = c["shift"];
            const float base = any_base(c);
            const Row q = c.row("q", d), k = c.row("k", d);
            const float here = subject.rope_score(q, k, base, t, s);
            const float there = subject.rope_score(q, k, base, t + shift, s + shift);
            c.expect_equal({&here, 1, 1}, {&there, 1, 1},
                           both_tolerances(exact_score(q, k, base, t, s),
                                           exact_score(q, k, base, t + shift, s + shift)),
                           "the score changes when query and key are moved together");
          });
}

BOOST_AUTO_TEST_CASE(score_of_rotated_rows,
                     *property* description("the product of what task 2 makes is this score")) {
  for_all({{"pairs", 1, 24}}, [](Case& c) {
    const int d = 2 * c["pairs"], t = any_position(c), s = any_position(c);
    const Row q = c.row("q", d, [](Case::Random& r) { return Case::normal(r); });
    const Row k = c.row("k", d, [](Case::Random& r) { return Case::normal(r); });
    c.argument("t", t);
    c.argument("s", s);
    const MutableRow turned_q = c.output_row("q at t", d), turned_k = c.output_row("k at s", d);
    subject.rope({d, 10000, false}, t, q, turned_q);
    subject.rope({d, 10000, false}, s, k, turned_k);
    const float score = subject.rope_score(q, k, 10000, t, s);
    double product = 0, slack = 0;  // of two factors that are off by 10·u·A and 10·u·B
    for (int e = 0; e < d; ++e) {
      const double A = std::fabs(q[e]) + std::fabs(q[e ^ 1]),
                   B = std::fabs(k[e]) + std::fabs(k[e ^ 1]);
      product += static_cast<double>(turned_q[e]) * turned_k[e];
      slack += 20.01 * 0x1p-24 * A * B;
    }
    slack += exact_score(q, k, 10000, t, s).tolerated().tolerance[0];
    c.expect_that(std::fabs(product - score) <= slack,
                  "rotated by task 2 and multiplied, q and k have another score");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("d = 4, positions (5, 8) and (15, 18)")) {
  for (const int shift : {0, 10}) {
    example([=](Case& c) {
      judge_score(c, c.row("q", {1, 2, 0.5, -1}), c.row("k", {2, -1, 1, 3}), 10000, 5 + shift,
                  8 + shift);
    });
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(half_split_rows)

BOOST_AUTO_TEST_CASE(any_weights, *description("any number of heads, from one")) {
  for_all({{"heads", 1, 9}, {"half", 1, 12}, {"m", 1, 9}},
          [](Case& c) { judge_permutation(c, c["heads"], 2 * c["half"], c["m"]); });
}

BOOST_AUTO_TEST_CASE(fewer_key_heads, *description("32 heads for queries, 8 for keys")) {
  example([](Case& c) { judge_permutation(c, 32, 16, 3); });
  example([](Case& c) { judge_permutation(c, 8, 16, 3); });
}

BOOST_AUTO_TEST_CASE(
    layouts_agree, *property* description("ordered weights, split in half, make the same scores")) {
  for_all({{"heads", 1, 3}, {"half", 1, 6}, {"position", 0, 1000}}, [](Case& c) {
    const int heads = c["heads"], d = 2 * c["half"], position = c["position"];
    const Matrix x = c.matrix("x", heads * d, 1);  // what W makes of a token, one column
    const MutableMatrix ordered = c.output_matrix("ordered", heads * d, 1);
    subject.half_split_rows(heads, x, ordered);
    const MutableMatrix a = c.output_matrix("interleaved", heads, d),
                        b = c.output_matrix("half-split", heads, d);
    const MutableMatrix back = c.output_matrix("interleaved, ordered", heads * d, 1);
    for (int head = 0; head < heads; ++head) {
      subject.rope({d, 10000, false}, position, {x.data + head * d, d}, a[head]);
      subject.rope({d, 10000, true}, position, {ordered.data + head * d, d}, b[head]);
    }
    subject.half_split_rows(heads, {a.data, heads * d, 1}, back);
    std::vector<double> tolerance;
    for (int head = 0; head < heads; ++head) {
      const Row half{ordered.data + head * d, d};
      const auto of_head = exact_rope({d, 10000, true}, position, half).tolerated().tolerance;
      for (const double t : of_head) tolerance.push_back(2 * t);
    }
    c.expect_equal({back.data, 1, heads * d}, {b.data, 1, heads * d}, tolerance,
                   "rotated in its own layout, an ordered head is another one");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("2 heads of 4 rows")) {
  example([](Case& c) { judge_permutation(c, 2, 4, 1); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(rope_simd, *depends_on("rope"))

BOOST_AUTO_TEST_CASE(any_rows, *description("any heads, positions in any order")) {
  for_all({{"_most_pairs", 1, 20}, {"heads", 1, 4}, {"n", 1, 6}}, [](Case& c) {
    const Shape shape = any_shape(c, c["_most_pairs"]);
    judge_rows(c, shape, c["heads"], any_positions(c, c["n"]));
  });
}

BOOST_AUTO_TEST_CASE(of_models,
                     *description("8 heads of 128, and 3 of 80 of which 32 are rotated")) {
  for (const bool half_split : {false, true}) {
    example([=](Case& c) {
      judge_rows(c, {{128, 500000, half_split}, 128}, 8, {4095, 131071, 0, 1048576});
    });
    example([=](Case& c) { judge_rows(c, {{32, 10000, half_split}, 80}, 3, {5, 2047, 70001}); });
  }
}

BOOST_AUTO_TEST_CASE(agrees_with_task_2, *property* description("SIMD and scalar form agree")) {
  for_all({{"_most_pairs", 1, 16}, {"heads", 1, 3}}, [](Case& c) {
    const Shape shape = any_shape(c, c["_most_pairs"]);
    tell(c, shape.rope);
    const int heads = c["heads"];
    const Integers positions = c.integers("positions", {any_position(c)});
    const Matrix initial = c.matrix("initial", 1, heads * shape.d);
    const MutableMatrix X = c.inout_matrix("X", initial);
    const MutableMatrix twin = c.output_matrix("X_scalar", 1, heads * shape.d);
    subject.rope_simd(shape.rope, heads, positions, X);
    for (int h = 0; h < heads; ++h) {
      subject.rope(shape.rope, positions[0], {initial.data + h * shape.d, shape.d},
                   {twin.data + h * shape.d, shape.d});
    }
    c.expect_equal(X, twin, exact_rows(shape.rope, heads, positions, initial),
                   "the SIMD form differs from the scalar form");
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace suite
