/// @file
/// Lesson 05, the suite. Contract: exercises/t5_buckets.hpp.

#include "exercises/t5_buckets.hpp"

#include <algorithm>
#include <cmath>

#include "reference/t5_buckets.hpp"
#include "tests/support/biases.hpp"
#include "tests/support/suite.hpp"

using namespace qkoan;

namespace {

/// The implementation on trial.
const struct {
  QKOAN_FUNCTION(t5_bucket);
  QKOAN_FUNCTION(book_bucket);
  QKOAN_FUNCTION(t5_first_distances);
  QKOAN_FUNCTION(t5_bias);
  QKOAN_FUNCTION(t5_scores);
  QKOAN_FUNCTION(t5_bias_simd);
} subject;

constexpr const char* kExact = "n^h ≥ D^k·h^(h−k) decides: whole numbers have one right answer";
constexpr const char* kCopied = "biases are copies of the table's numbers, or −∞";
constexpr const char* kScoreBound =
    "at least (d+1)·u·(Σ|q·k| + |B|), or (d+8)·u·(Σ|q·k| + |B|)/√d: any order of summation";

constexpr int kMostH = 160, kMostDistance = 1024;

/// Buckets of one direction, and the distance where they end.
struct Shape {
  int buckets, max_distance;
};

/// Sets of T5, WavLM and the book, with empty buckets (32, 20), and the smallest and largest sets.
constexpr Shape kShipped[] = {{16, 128}, {32, 128},  {64, 128},   {160, 800}, {320, 800},
                              {32, 20},  {16, 20},   {32, 1024},  {16, 64},   {2, 2},
                              {2, 1024}, {320, 161}, {320, 1024}, {4, 5}};

/// Sets where x is whole at some distance, or nearly. One or another way to round a logarithm fails
/// at each of them: in float, in double, the quotient first, the product first, with log₂, as a
/// difference of logarithms, or with too large a margin.
constexpr Shape kTies[] = {{8, 16},   {4, 32},   {16, 512}, {32, 256},  {64, 256},  {10, 160},
                           {20, 320}, {6, 375},  {24, 192}, {24, 300},  {54, 125},  {36, 338},
                           {6, 81},   {18, 243}, {36, 50},  {36, 392},  {16, 392},  {72, 100},
                           {72, 49},  {46, 164}, {58, 282}, {222, 316}, {132, 800}, {128, 1024}};

/// A shape of the contract's range: usual ones, small ones, any.
Shape any_shape(Case& c, int most_h = kMostH) {
  const int kind = c.integer(0, 3);
  if (kind == 0) return {32, c.integer(0, 1) ? 128 : 17 + c.integer(0, 111)};
  const int h = c.integer(1, kind == 1 ? std::min(most_h, 8) : most_h);
  return {2 * h, c.integer(h + 1, kind < 3 ? std::min(8 * h + 1, kMostDistance) : kMostDistance)};
}

std::vector<int> first_distances(Shape shape) {
  return reference::t5_first_distances(shape.buckets, shape.max_distance);
}

int all_buckets(Shape shape, bool bidirectional) {
  return bidirectional ? 2 * shape.buckets : shape.buckets;
}

void judge_buckets(Case& c, Shape shape, bool bidirectional, int low, int high) {
  const int buckets = all_buckets(shape, bidirectional);
  const std::vector<int> first = first_distances(shape);
  std::vector<int> expected, got;
  for (int offset = low; offset <= high; ++offset) {
    expected.push_back(reference::t5_bucket(offset, first, bidirectional));
    got.push_back(subject.t5_bucket(offset, buckets, shape.max_distance, bidirectional));
  }
  c.results_of_calls([=](int e) {
    return call("t5_bucket", low + e, buckets, shape.max_distance, bidirectional);
  });
  c.expect_whole("buckets", Integers{got.data(), static_cast<int>(got.size())}, expected, kExact);
}

void judge_book(Case& c, int n_b, int max_distance) {
  std::vector<int> expected, got;
  const std::vector<int> first =
      n_b % 2 ? reference::t5_first_distances(n_b + 1, max_distance) : std::vector<int>{};
  for (int offset = 0; offset <= max_distance + 3; ++offset) {
    expected.push_back(first.empty() ? -1 : reference::t5_bucket(offset, first));
    got.push_back(subject.book_bucket(offset, n_b, max_distance));
  }
  c.results_of_calls([=](int offset) { return call("book_bucket", offset, n_b, max_distance); });
  c.expect_whole("buckets", Integers{got.data(), static_cast<int>(got.size())}, expected, kExact);
}

void judge_first(Case& c, Shape shape) {
  c.argument("max_distance", shape.max_distance);
  c.argument("first.size", shape.buckets);
  const MutableIntegers first = c.output_integers("first", shape.buckets);
  subject.t5_first_distances(shape.max_distance, first);
  c.expect_whole("first", first, first_distances(shape), kExact);
}

Exact exact_bias(Row table, int max_distance, bool bidirectional, int n_q, int n_k) {
  return exact([=](auto real) {
    using Real = decltype(real);
    return reference::t5_bias<Real>(lift<Real>(table), max_distance, bidirectional, n_q, n_k);
  });
}

using Biases = Function<void(Row, int, bool, MutableMatrix)>;

void judge_bias(const Biases& biases, Case& c, Shape shape, bool bidirectional, int n_q, int n_k) {
  const Row table = c.row("table", all_buckets(shape, bidirectional));
  c.argument("max_distance", shape.max_distance);
  const MutableMatrix B = c.output_matrix("B", n_q, n_k);
  biases(table, shape.max_distance, bidirectional, B);
  c.expect("B", B, exact_bias(table, shape.max_distance, bidirectional, n_q, n_k), kCopied);
}

void any_biases(const Biases& biases, int most_queries, int most_keys) {
  for_all({{"n_q", 1, most_queries}, {"n_k", 1, most_keys}, {"bidirectional", 0, 1}}, [&](Case& c) {
    judge_bias(biases, c, any_shape(c, 24), c["bidirectional"] == 1, c["n_q"], c["n_k"]);
  });
}

/// Sizes that no block divides, ends of the buckets inside and outside of the matrix.
void large_biases(const Biases& biases) {
  for (const bool bidirectional : {false, true}) {
    example([&](Case& c) { judge_bias(biases, c, {32, 128}, bidirectional, 2, 20011); });
    example([&](Case& c) { judge_bias(biases, c, {16, 128}, bidirectional, 150, 131); });
    example([&](Case& c) { judge_bias(biases, c, {160, 800}, bidirectional, 3, 1037); });
    example([&](Case& c) { judge_bias(biases, c, {32, 20}, bidirectional, 70, 19); });
  }
}

Exact exact_scores(Matrix Q, Matrix K, Row table, int max_distance, bool bidirectional,
                   bool scaled) {
  return exact([=](auto real) {
    using Real = decltype(real);
    const auto B =
        reference::t5_bias<Real>(lift<Real>(table), max_distance, bidirectional, Q.rows, K.rows);
    return reference::t5_scores<Real>(lift<Real>(Q), lift<Real>(K), B, scaled);
  });
}

void judge_scores(Case& c, Matrix Q, Matrix K, Row table, int max_distance, bool bidirectional,
                  bool scaled) {
  c.argument("max_distance", max_distance);
  c.argument("bidirectional", bidirectional);
  c.argument("scaled", scaled);
  const MutableMatrix S = c.output_matrix("S", Q.rows, K.rows);
  subject.t5_scores(Q, K, table, max_distance, bidirectional, scaled, S);
  c.expect("S", S, exact_scores(Q, K, table, max_distance, bidirectional, scaled), kScoreBound);
}

}  // namespace

namespace suite {

BOOST_AUTO_TEST_SUITE(t5_bucket)

BOOST_AUTO_TEST_CASE(usual_sets, *description("every distance, for the sets of real models")) {
  for (const Shape shape : kShipped) {
    for (const bool bidirectional : {false, true}) {
      if (bidirectional && shape.buckets > kMostH) continue;
      example([&](Case& c) {
        judge_buckets(c, shape, bidirectional, -shape.max_distance - 2, shape.max_distance + 2);
      });
    }
  }
}

BOOST_AUTO_TEST_CASE(any_sets, *description("any h, any D, offsets on both sides")) {
  for_all({{"bidirectional", 0, 1}}, [](Case& c) {
    const Shape shape = any_shape(c);
    const int from = c.integer(-shape.max_distance - 40, shape.max_distance);
    judge_buckets(c, shape, c["bidirectional"] == 1, from, from + 40);
  });
}

BOOST_AUTO_TEST_CASE(ties, *description("sets where x is a whole number somewhere, or nearly so")) {
  for (const Shape shape : kTies) {
    example([&](Case& c) { judge_buckets(c, shape, false, 0, shape.max_distance); });
  }
}

BOOST_AUTO_TEST_CASE(far_offsets, *description("offsets to 2³⁰: the last bucket has no end")) {
  for_all({{"bits", 8, 30}, {"bidirectional", 0, 1}}, [](Case& c) {
    const int sign = c.integer(0, 1) ? 1 : -1, far = sign * (1 << c["bits"]);
    judge_buckets(c, any_shape(c), c["bidirectional"] == 1, std::min(far, far - 4 * sign),
                  std::max(far, far - 4 * sign));
  });
}

BOOST_AUTO_TEST_CASE(monotone,
                     *property* description("farther keys are never in an earlier bucket")) {
  for_all({{"bidirectional", 0, 1}}, [](Case& c) {
    const Shape shape = any_shape(c);
    const bool bidirectional = c["bidirectional"] == 1;
    const int buckets = all_buckets(shape, bidirectional);
    c.argument("buckets", buckets);
    c.argument("max_distance", shape.max_distance);
    const auto bucket = [&](int offset) {
      return subject.t5_bucket(offset, buckets, shape.max_distance, bidirectional);
    };
    bool grows = true;
    for (int n = c.integer(0, shape.max_distance), last = n + 30; n < last; ++n) {
      grows &= bucket(n) <= bucket(n + 1);
      grows &= bidirectional ? bucket(-n - 1) <= bucket(-n - 2) : bucket(-n - 1) == 0;
    }
    c.expect_that(grows, "a farther key has an earlier bucket, or the hidden future a bucket");
  });
}

BOOST_AUTO_TEST_CASE(directions_alike, *property* description("the future is 2h above the past")) {
  for_all({{"distance", 1, 1100}}, [](Case& c) {
    const Shape shape = any_shape(c);
    const int n = c["distance"];
    c.argument("buckets", 2 * shape.buckets);
    c.argument("max_distance", shape.max_distance);
    const auto bucket = [&](int offset) {
      return subject.t5_bucket(offset, 2 * shape.buckets, shape.max_distance, true);
    };
    const int causal = subject.t5_bucket(n, shape.buckets, shape.max_distance, false);
    c.expect_that(bucket(n) == causal && bucket(-n) == causal + shape.buckets,
                  "past and future of a bidirectional table have other buckets than a causal one");
  });
}

BOOST_AUTO_TEST_CASE(worked_example,
                     *description("8 buckets, D = 16; and the ties of T5's encoder")) {
  example([](Case& c) { judge_buckets(c, {8, 16}, false, 0, 17); });
  for (const int n : {16, 32, 64}) {
    example([&](Case& c) { judge_buckets(c, {16, 128}, true, n - 1, n); });
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(book_bucket, *depends_on("t5_bucket"))

BOOST_AUTO_TEST_CASE(usual_sets, *description("n_b = 31 and 32, 3, 1 and 319")) {
  for (const auto& [n_b, max_distance] :
       {Shape{31, 1024}, {32, 1024}, {31, 128}, {3, 5}, {1, 2}, {319, 800}, {30, 20}}) {
    example([&](Case& c) { judge_book(c, n_b, max_distance); });
  }
}

BOOST_AUTO_TEST_CASE(any_sets, *description("any n_b, odd or even")) {
  for_all({{"n_b", 1, 80}},
          [](Case& c) { judge_book(c, c["n_b"], (c["n_b"] + 1) / 2 + c.integer(1, 100)); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(t5_first_distances, *depends_on("t5_bucket"))

BOOST_AUTO_TEST_CASE(usual_sets, *description("the sets of real models, empty buckets included")) {
  for (const Shape shape : kShipped) example([&](Case& c) { judge_first(c, shape); });
}

BOOST_AUTO_TEST_CASE(ties,
                     *description("buckets that begin where x is a whole number, or nearly")) {
  for (const Shape shape : kTies) example([&](Case& c) { judge_first(c, shape); });
}

BOOST_AUTO_TEST_CASE(any_sets, *description("any h, any D")) {
  for_all({{"h", 1, 60}}, [](Case& c) {
    const int h = c["h"], room = c.integer(0, 1) ? h : kMostDistance - h;
    judge_first(c, {2 * h, h + c.integer(1, room)});
  });
}

BOOST_AUTO_TEST_CASE(
    tells_the_buckets,
    *property* description("a bucket begins at its first distance, and not before")) {
  for_all({{"h", 1, 60}}, [](Case& c) {
    const int h = c["h"], max_distance = h + c.integer(1, 300);
    c.argument("max_distance", max_distance);
    const MutableIntegers first = c.output_integers("first", 2 * h);
    subject.t5_first_distances(max_distance, first);
    bool tells = true;
    for (int b = 0; b < 2 * h; ++b) {
      const auto bucket = [&](int n) { return subject.t5_bucket(n, 2 * h, max_distance, false); };
      tells &= bucket(first[b]) >= b && (first[b] == 0 || bucket(first[b] - 1) < b);
    }
    c.expect_that(tells, "first[b] is not the first distance whose bucket is ≥ b");
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(t5_bias, *depends_on("t5_bucket"))

BOOST_AUTO_TEST_CASE(any_sizes, *description("for any buckets, n_q and n_k, also n_q > n_k")) {
  ::any_biases(subject.t5_bias, 40, 60);
}

BOOST_AUTO_TEST_CASE(large_sizes, *description("beyond the last bucket's beginning, to 20,010")) {
  ::large_biases(subject.t5_bias);
}

BOOST_AUTO_TEST_CASE(depends_on_offset_only,
                     *property* description("one step down and one to the right: the same bias")) {
  for_all({{"n_q", 2, 40}, {"n_k", 2, 40}, {"bidirectional", 0, 1}}, [](Case& c) {
    const Shape shape = any_shape(c, 12);
    const Row table = c.row("table", all_buckets(shape, c["bidirectional"] == 1));
    const MutableMatrix B = c.output_matrix("B", c["n_q"], c["n_k"]);
    subject.t5_bias(table, shape.max_distance, c["bidirectional"] == 1, B);
    expect_offsets_only(
        c, B, exact_bias(table, shape.max_distance, c["bidirectional"] == 1, B.rows, B.cols));
  });
}

BOOST_AUTO_TEST_CASE(flat_far_away, *property* description("from distance D on one bias for all")) {
  for_all({{"n", 1, 60}}, [](Case& c) {
    const Shape shape = any_shape(c, 12);
    const Row table = c.row("table", shape.buckets);
    const MutableMatrix B = c.output_matrix("B", 1, shape.max_distance + c["n"]);
    subject.t5_bias(table, shape.max_distance, false, B);
    bool flat = true;
    for (int j = 0; j < c["n"]; ++j) flat &= B[0][j] == table[shape.buckets - 1];
    c.expect_that(flat, "a key at distance D or farther has not the bias of the last bucket");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("T5's encoder in small: 8 buckets, D = 8")) {
  example([](Case& c) { judge_bias(subject.t5_bias, c, {4, 8}, true, 6, 6); });
  example([](Case& c) { judge_bias(subject.t5_bias, c, {4, 8}, false, 3, 8); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(t5_scores, *depends_on("t5_bias"))

BOOST_AUTO_TEST_CASE(any_matrices, *description("scaled and unscaled, any sizes")) {
  for_all({{"n_q", 1, 14}, {"n_k", 1, 14}, {"d", 1, 60}}, [](Case& c) {
    const Matrix Q = c.matrix("Q", c["n_q"], c["d"]), K = c.matrix("K", c["n_k"], c["d"]);
    const bool bidirectional = c.integer(0, 1) == 1, scaled = c.integer(0, 1) == 1;
    const Shape shape = any_shape(c, 6);
    const Row table = c.row("table", all_buckets(shape, bidirectional));
    judge_scores(c, Q, K, table, shape.max_distance, bidirectional, scaled);
  });
}

BOOST_AUTO_TEST_CASE(one_pair,
                     *description("both conventions, small d, where bounds are tightest")) {
  for (const bool scaled : {false, true}) {
    for_all({{"d", 1, 6}}, [scaled](Case& c) {
      const Matrix Q = c.matrix("Q", 1, c["d"]), K = c.matrix("K", 1, c["d"]);
      judge_scores(c, Q, K, c.row("table", 2), 2, false, scaled);
    });
  }
}

BOOST_AUTO_TEST_CASE(
    constant_cancels,
    *property* description("attention does not see a constant added to the table")) {
  for_all({{"n_k", 1, 40}, {"scaled", 0, 1}}, [](Case& c) {
    // Whole numbers: the raised table and the raised scores are exact, too.
    const auto whole = [&](Case::Random&) { return static_cast<float>(c.integer(-9, 9)); };
    const Matrix Q = c.matrix("Q", 1, 4, whole), K = c.matrix("K", c["n_k"], 4, whole);
    const Shape shape = any_shape(c, 6);
    const bool scaled = c["scaled"] == 1;
    const Row table = c.row("table", shape.buckets, whole);
    std::vector<float> higher(table.begin(), table.end());
    for (float& u : higher) u += 64;
    const Row raised = c.row("raised table", higher);
    const MutableMatrix a = c.output_matrix("S", 1, K.rows),
                        b = c.output_matrix("raised", 1, K.rows);
    subject.t5_scores(Q, K, table, shape.max_distance, false, scaled, a);
    subject.t5_scores(Q, K, raised, shape.max_distance, false, scaled, b);
    for (float& s : MutableRow{a.data, K.rows}) s += scaled ? 32 : 64;
    c.expect_equal(a, b, exact_scores(Q, K, raised, shape.max_distance, false, scaled),
                   "a row's scores do not rise by the same number");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("d = 4, two queries, three keys, h = 1")) {
  for (const bool scaled : {false, true}) {
    example([&](Case& c) {
      const Matrix Q = c.matrix("Q", {{2, 0.5, 1, -1.5}, {0, 1, 0, 2}});
      const Matrix K = c.matrix("K", {{1, 1, -0.5, 2}, {1, 0, 0, 0}, {0, 0, 4, 1}});
      judge_scores(c, Q, K, c.row("table", {0.5, -1}), 2, false, scaled);
    });
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(t5_bias_simd, *depends_on("t5_bias"))

BOOST_AUTO_TEST_CASE(any_sizes, *description("any sizes, tails included")) {
  ::any_biases(subject.t5_bias_simd, 60, 150);
}

BOOST_AUTO_TEST_CASE(large_sizes, *description("sizes beyond any block")) {
  ::large_biases(subject.t5_bias_simd);
}

BOOST_AUTO_TEST_CASE(agrees_with_task_4, *property* description("SIMD and scalar form agree")) {
  for_all({{"n_q", 1, 50}, {"n_k", 1, 90}, {"bidirectional", 0, 1}}, [](Case& c) {
    const Shape shape = any_shape(c, 20);
    const Row table = c.row("table", all_buckets(shape, c["bidirectional"] == 1));
    const MutableMatrix a = c.output_matrix("B", c["n_q"], c["n_k"]);
    const MutableMatrix b = c.output_matrix("B of SIMD", c["n_q"], c["n_k"]);
    subject.t5_bias(table, shape.max_distance, c["bidirectional"] == 1, a);
    subject.t5_bias_simd(table, shape.max_distance, c["bidirectional"] == 1, b);
    c.expect_that(std::equal(a.data, a.data + a.rows * a.cols, b.data),
                  "the SIMD form differs from the scalar form");
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace suite
