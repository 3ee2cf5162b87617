/// @file
/// Lesson 09, the suite. Contract: exercises/fire.hpp.

#include "exercises/fire.hpp"

#include "reference/attention_weights.hpp"
#include "reference/fire.hpp"
#include "tests/support/biases.hpp"
#include "tests/support/suite.hpp"

using namespace qkoan;

namespace {

/// The implementation on trial.
const struct {
  QKOAN_FUNCTION(log_distance);
  QKOAN_FUNCTION(normalised_distance);
  QKOAN_FUNCTION(network);
  QKOAN_FUNCTION(fire_bias);
  QKOAN_FUNCTION(knots);
  QKOAN_FUNCTION(fire_bias_simd);
} subject;

constexpr const char* kPsiBound = "at least u·(1 + 11·ψ): 1 + c·x may be rounded";
constexpr const char* kShareBound = "at least u·((1 + z)/ψ(max(L, p)) + 24·z)";
constexpr const char* kNetworkBound =
    "at least (2·h + 10)·u·Σ|w2|·(|w1|·z + |b1|): f in any pieces";
constexpr const char* kBiasBound = "at least δ·Σ|w2·w1| + (2·h + 10)·u·G(z): f in any pieces";
constexpr const char* kKnotBound = "3·u·t: a quotient, or a product with a reciprocal";

/// Learned numbers of a case: c and L anywhere in their ranges, ends included, weights as the case has
/// them; in half of the cases some are zero.
Fire any_fire(Case& c, int h, float longest) {
  static constexpr float kBends[] = {0x1p-6f, 0.1f, 1, 3.7f, 0x1p6f};
  const float bend = kBends[c.integer(0, 4)];
  const float L = c.integer(0, 3) == 0
                      ? 1
                      : static_cast<float>(c.integer(4, 4 * static_cast<int>(longest))) / 4;
  const bool zeros = c.integer(0, 1) == 0;
  const auto draw = [&](Case::Random&) {
    if (zeros && c.integer(0, 4) == 0) return 0.0f;
    const float x = c.values() == Values::kWide ? Case::normal(c.random()) : c.number();
    return std::fabs(x) < 0x1p-20f ? 1.0f : x;
  };
  const Row w1 = c.row("w1", h, draw), b1 = c.row("b1", h, draw), w2 = c.row("w2", h, draw);
  const Fire fire{bend, L, w1, b1, w2, draw(c.random())};
  c.argument("c", fire.c);
  c.argument("L", fire.L);
  c.argument("b2", fire.b2);
  return fire;
}

template <class Real>
reference::FireOf<Real> lifted(const Fire& f) {
  return {Real(f.c), f.L, lift<Real>(f.w1), lift<Real>(f.b1), lift<Real>(f.w2), Real(f.b2)};
}

Exact exact_psi(float c, float x) {
  return exact([=](auto real) { return reference::log_distance(decltype(real)(c), x); });
}

Exact exact_share(float c, float L, int p, int j) {
  return exact(
      [=](auto real) { return reference::normalised_distance(decltype(real)(c), L, p, j); });
}

Exact exact_network(Fire fire, float z) {
  return exact([=](auto real) {
    using Real = decltype(real);
    return reference::network<Real>(lifted<Real>(fire), Real(z));
  });
}

Exact exact_bias(Fire fire, bool bidirectional, int n_q, int n_k) {
  return exact([=](auto real) {
    using Real = decltype(real);
    return reference::fire_bias<Real>(lifted<Real>(fire), bidirectional, n_q, n_k);
  });
}

using Bias = Function<void(Fire, bool, MutableMatrix)>;

void judge_bias(const Bias& bias, Case& c, Fire fire, bool bidirectional, int n_q, int n_k) {
  c.argument("n_q", n_q);
  c.argument("n_k", n_k);
  c.argument("bidirectional", bidirectional);
  const MutableMatrix B = c.output_matrix("B", n_q, n_k);
  bias(fire, bidirectional, B);
  c.expect("B", B, exact_bias(fire, bidirectional, n_q, n_k), kBiasBound);
}

/// Any sizes; L before, within and behind the positions.
void any_matrices(const Bias& bias) {
  for_all({{"n_q", 1, 14}, {"n_k", 1, 24}, {"h", 1, 9}, {"bidirectional", 0, 1}}, [&](Case& c) {
    const Fire fire = any_fire(c, c["h"], 40);
    judge_bias(bias, c, fire, c["bidirectional"] == 1, c["n_q"], c["n_k"]);
  });
}

/// The network of the authors has 32 hidden units.
void many_units(const Bias& bias) {
  for (const bool bidirectional : {false, true}) {
    example([&](Case& c) { judge_bias(bias, c, any_fire(c, 32, 90), bidirectional, 5, 67); });
    example([&](Case& c) { judge_bias(bias, c, any_fire(c, 32, 9), bidirectional, 37, 11); });
  }
}

/// Small c and L make the rod short: whatever is added to it shows.
void short_rods(const Bias& bias) {
  example([&](Case& c) {
    const Row w1 = c.row("w1", {1, -2}), b1 = c.row("b1", {0, 1}), w2 = c.row("w2", {-3, 1});
    judge_bias(bias, c, {0x1p-6f, 1, w1, b1, w2, 0.5f}, false, 5, 5);
  });
}

/// A few queries at the end of a long sequence.
void long_rows(const Bias& bias) {
  example([&](Case& c) { judge_bias(bias, c, any_fire(c, 6, 2000), false, 2, 3001); });
  example([&](Case& c) { judge_bias(bias, c, any_fire(c, 3, 50), true, 3, 2050); });
}

void judge_psi(Case& c, float bend, float x) {
  c.argument("c", bend);
  c.argument("x", x);
  c.expect("ψ", subject.log_distance(bend, x), exact_psi(bend, x), kPsiBound);
}

void judge_share(Case& c, float bend, float L, int p, int j) {
  c.argument("c", bend);
  c.argument("L", L);
  c.argument("p", p);
  c.argument("j", j);
  c.expect("z", subject.normalised_distance(bend, L, p, j), exact_share(bend, L, p, j),
           kShareBound);
}

/// What rounding may change in a number's logarithm: both errors together, the worst of the row.
double largest_tolerance(const Exact& a, const Exact& b) {
  const Tolerated first = a.tolerated(), second = b.tolerated();
  double largest = 0;
  for (std::size_t e = 0; e < first.tolerance.size(); ++e) {
    largest = std::max(largest, first.tolerance[e] + second.tolerance[e]);
  }
  return largest;
}

}  // namespace

namespace suite {

BOOST_AUTO_TEST_SUITE(log_distance)

BOOST_AUTO_TEST_CASE(any_distance, *description("ψ(x) for any distance and any c")) {
  for_all({{"x", 0, 1 << 20}, {"_c64", 1, 4096}}, [](Case& c) {
    judge_psi(c, static_cast<float>(c["_c64"]) / 64, static_cast<float>(c["x"]));
  });
}

BOOST_AUTO_TEST_CASE(near, *description("small and fractional x, where c·x is far below 1")) {
  for_all({{"_x4", 0, 60}, {"_c64", 1, 200}}, [](Case& c) {
    judge_psi(c, static_cast<float>(c["_c64"]) / 64, static_cast<float>(c["_x4"]) / 4);
  });
}

BOOST_AUTO_TEST_CASE(zero, *description("ψ(0) is exactly 0")) {
  for (const float bend : {0x1p-6f, 0.1f, 1.0f, 0x1p6f}) {
    example([&](Case& c) {
      c.expect_exactly("ψ", subject.log_distance(bend, 0) + 0.0f, 0, "ln 1 = 0");
    });
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(normalised_distance, *depends_on("log_distance"))

BOOST_AUTO_TEST_CASE(any_pair, *description("any query, any key before it, L on either side")) {
  for_all({{"p", 0, 1 << 20}, {"_per_mille", 0, 1000}, {"L", 1, 1 << 20}}, [](Case& c) {
    static constexpr float kBends[] = {0x1p-6f, 0.1f, 1, 0x1p6f};
    const int p = c["p"], j = static_cast<int>(static_cast<long>(p) * c["_per_mille"] / 1000);
    const float bend = kBends[c.integer(0, 3)];
    judge_share(c, bend, c.integer(0, 1) == 0 ? 1 : static_cast<float>(c["L"]), p, j);
  });
}

BOOST_AUTO_TEST_CASE(near, *description("the first positions, a short L, a small c")) {
  for_all({{"p", 0, 12}, {"j", 0, 12}, {"_L4", 4, 40}}, [](Case& c) {
    const int p = std::max(c["p"], c["j"]), j = std::min(c["p"], c["j"]);
    const float bend = c.integer(0, 1) == 0 ? 0x1p-6f : 0.1f;
    judge_share(c, bend, static_cast<float>(c["_L4"]) / 4, p, j);
  });
}

BOOST_AUTO_TEST_CASE(grows_with_distance,
                     *property* description("a farther key has a larger z, within the bound")) {
  for_all({{"p", 1, 5000}, {"j", 0, 4999}, {"L", 1, 8000}}, [](Case& c) {
    const int p = c["p"], j = c["j"] % p;
    const auto L = static_cast<float>(c["L"]);
    const float near = subject.normalised_distance(0.1f, L, p, j + 1);
    const float far = subject.normalised_distance(0.1f, L, p, j);
    const double slack =
        largest_tolerance(exact_share(0.1f, L, p, j + 1), exact_share(0.1f, L, p, j));
    c.expect_that(far >= near - slack, "z falls from key j + 1 to key j, which is farther away");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("c = 1, L = 3: distance 3 of a query at 7")) {
  example([](Case& c) { judge_share(c, 1, 3, 7, 4); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(network)

BOOST_AUTO_TEST_CASE(any_network, *description("f(z) for any weights")) {
  for_all({{"h", 1, 40}, {"_z1000", 0, 8000}}, [](Case& c) {
    const Fire fire = any_fire(c, c["h"], 40);
    const float z = static_cast<float>(c["_z1000"]) / 1000;
    c.argument("z", z);
    c.expect("f", subject.network(fire, z), exact_network(fire, z), kNetworkBound);
  });
}

BOOST_AUTO_TEST_CASE(whole_numbers, *description("whole numbers leave nothing to round")) {
  for_all({{"h", 1, 40}, {"z", 0, 8}}, [](Case& c) {
    const auto draw = [&](Case::Random&) { return static_cast<float>(c.integer(-9, 9)); };
    const int h = c["h"], z = c["z"];
    const Row w1 = c.row("w1", h, draw), b1 = c.row("b1", h, draw), w2 = c.row("w2", h, draw);
    const float b2 = draw(c.random());
    c.argument("b2", b2);
    float sum = b2;
    for (int k = 0; k < h; ++k)
      sum += w2[k] * std::max(w1[k] * static_cast<float>(z) + b1[k], 0.0f);
    const float got = subject.network({1, 1, w1, b1, w2, b2}, static_cast<float>(z)) + 0.0f;
    c.expect_exactly("f", got, sum, "whole numbers: nothing is rounded");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("two units, one of them off")) {
  example([](Case& c) {
    const Row w1 = c.row("w1", {4, -2}), b1 = c.row("b1", {-1, 1}), w2 = c.row("w2", {-3, 1});
    const Fire fire{1, 1, w1, b1, w2, 0.5f};
    c.expect("f", subject.network(fire, 0.75f), exact_network(fire, 0.75f), kNetworkBound);
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(fire_bias, *depends_on("normalised_distance") * depends_on("network"))

BOOST_AUTO_TEST_CASE(any_matrices, *description("any sizes, any L, one direction and both")) {
  ::any_matrices(subject.fire_bias);
}

BOOST_AUTO_TEST_CASE(many_units, *description("32 hidden units")) {
  ::many_units(subject.fire_bias);
}

BOOST_AUTO_TEST_CASE(short_rods, *description("small c and L: nothing is added to the rod")) {
  ::short_rods(subject.fire_bias);
}

BOOST_AUTO_TEST_CASE(long_rows, *description("thousands of keys")) {
  ::long_rows(subject.fire_bias);
}

BOOST_AUTO_TEST_CASE(depends_on_offset_up_to_L,
                     *property* description("up to L, B depends on i − j only")) {
  for_all({{"n", 1, 12}, {"shift", 1, 12}, {"h", 1, 5}}, [](Case& c) {
    Fire fire = any_fire(c, c["h"], 40);
    const int n = c["n"], n_k = n + c["shift"];
    fire.L = static_cast<float>(n_k);
    const MutableMatrix B = c.output_matrix("B", n, n_k);
    subject.fire_bias(fire, false, B);
    const MutableMatrix near = c.output_matrix("B_shifted", n, n);
    for (int i = 0; i < n; ++i) std::copy_n(B[i].data + c["shift"], n, near[i].data);
    c.expect("B_shifted", near, exact_bias(fire, false, n, n), kBiasBound);
  });
}

BOOST_AUTO_TEST_CASE(
    farthest_key_is_one,
    *property* description("from L on, the first key's bias is f(1) in every row")) {
  for_all({{"n", 2, 30}, {"h", 1, 5}}, [](Case& c) {
    Fire fire = any_fire(c, c["h"], 40);
    fire.L = 1;
    const MutableMatrix B = c.output_matrix("B", c["n"], c["n"]);
    subject.fire_bias(fire, false, B);
    for (int p = 1; p < B.rows; ++p) {
      c.expect("B of key 0", B[p][0], exact([=](auto real) {
                 using Real = decltype(real);
                 const reference::FireOf<Real> f = lifted<Real>(fire);
                 const Real psi = reference::log_distance(f.c, p);
                 return reference::network<Real>(f, Real(psi / psi));
               }),
               kBiasBound);
    }
  });
}

BOOST_AUTO_TEST_CASE(directions_agree_on_the_past,
                     *property* description("both directions have the same biases for j ≤ p(i)")) {
  for_all({{"n_q", 1, 10}, {"n_k", 1, 16}, {"h", 1, 5}}, [](Case& c) {
    const Fire fire = any_fire(c, c["h"], 40);
    const MutableMatrix causal = c.output_matrix("causal", c["n_q"], c["n_k"]);
    const MutableMatrix both = c.output_matrix("bidirectional", c["n_q"], c["n_k"]);
    subject.fire_bias(fire, false, causal);
    subject.fire_bias(fire, true, both);
    expect_same_past(c, causal, both, exact_bias(fire, true, both.rows, both.cols));
  });
}

BOOST_AUTO_TEST_CASE(b2_changes_no_attention,
                     *property* description("b2 is a constant of the row: softmax ignores it")) {
  for_all({{"n", 1, 20}, {"h", 1, 5}}, [](Case& c) {
    const Fire fire = any_fire(c, c["h"], 40);
    Fire moved = fire;
    moved.b2 += 3;
    const int n = c["n"];
    const MutableMatrix B = c.output_matrix("B", 1, n), B_moved = c.output_matrix("B_moved", 1, n);
    subject.fire_bias(fire, false, B);
    subject.fire_bias(moved, false, B_moved);
    const double slack =
        largest_tolerance(exact_bias(fire, false, 1, n), exact_bias(moved, false, 1, n));
    const auto p = reference::softmax<double>(eigen(Row(B[0])));
    const auto p_moved = reference::softmax<double>(eigen(Row(B_moved[0])));
    for (int j = 0; j < n; ++j) {
      const double largest = std::max(p(j), p_moved(j)) * std::expm1(2 * slack) + 1e-14;
      c.expect_that(std::fabs(p(j) - p_moved(j)) <= largest,
                    "b2 + 3 changes the attention weights of the row");
    }
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("three positions, c = 1, L = 2")) {
  example([](Case& c) {
    const Row w1 = c.row("w1", {4, -2}), b1 = c.row("b1", {-1, 1}), w2 = c.row("w2", {-3, 1});
    judge_bias(subject.fire_bias, c, {1, 2, w1, b1, w2, 0.5f}, false, 3, 3);
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(knots)

BOOST_AUTO_TEST_CASE(any_units, *description("units with a knot in (0, 1), and without")) {
  for_all({{"h", 1, 40}}, [](Case& c) {
    const Fire fire = any_fire(c, c["h"], 40);
    const std::vector<float> w1(fire.w1.begin(), fire.w1.end()), b1(fire.b1.begin(), fire.b1.end());
    const MutableRow t = c.output_row("t", c["h"]);
    const int count = subject.knots(fire.w1, fire.b1, t);
    const int expected = static_cast<int>(reference::knots<double>(w1, b1).size());
    c.expect_whole("number of knots", count, expected, "the signs and sizes of w1 and b1 decide");
    if (count == 0 || count != expected) return;
    c.expect("t", Row{t.data, count},
             exact([=](auto real) { return reference::knots<decltype(real)>(w1, b1); }),
             kKnotBound);
  });
}

BOOST_AUTO_TEST_CASE(borders, *description("knots at 0 and at 1 do not count, those beside do")) {
  example([](Case& c) {
    const float below = std::nextafter(1.0f, 0.0f);
    const Row w1 = c.row("w1", {1, -1, 2, -2, 0, 0, 1, -1, 3, 0x1p-20f});
    const Row b1 = c.row("b1", {-1, 1, 0, 0, 1, -1, -below, below, 2, -0x1p-20f * below});
    const MutableRow t = c.output_row("t", w1.size);
    const int count = subject.knots(w1, b1, t);
    c.expect_whole("number of knots", count, 3, "only 0 < −b1/w1 < 1 counts");
    c.expect_exactly("t", Row{t.data, count}, {below, below, below}, "quotients that are floats");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("knots at 1/4 and 1/2")) {
  example([](Case& c) {
    const Row w1 = c.row("w1", {4, -2}), b1 = c.row("b1", {-1, 1});
    const MutableRow t = c.output_row("t", 2);
    c.expect_whole("number of knots", subject.knots(w1, b1, t), 2, "both lie in (0, 1)");
    c.expect_exactly("t", Row(t), {0.25f, 0.5f}, "powers of two: nothing is rounded");
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(fire_bias_simd, *depends_on("fire_bias"))

BOOST_AUTO_TEST_CASE(any_matrices, *description("any sizes, tails included")) {
  ::any_matrices(subject.fire_bias_simd);
}

BOOST_AUTO_TEST_CASE(many_units, *description("32 hidden units, more knots than lanes")) {
  ::many_units(subject.fire_bias_simd);
}

BOOST_AUTO_TEST_CASE(short_rods, *description("small c and L: nothing is added to the rod")) {
  ::short_rods(subject.fire_bias_simd);
}

BOOST_AUTO_TEST_CASE(long_rows, *description("thousands of keys")) {
  ::long_rows(subject.fire_bias_simd);
}

BOOST_AUTO_TEST_CASE(equals_the_scalar_form,
                     *property* description("both forms agree within their bounds")) {
  for_all({{"n_q", 1, 12}, {"n_k", 1, 40}, {"h", 1, 9}, {"bidirectional", 0, 1}}, [](Case& c) {
    const Fire fire = any_fire(c, c["h"], 40);
    const bool both = c["bidirectional"] == 1;
    const MutableMatrix B = c.output_matrix("B", c["n_q"], c["n_k"]);
    const MutableMatrix twin = c.output_matrix("B_scalar", c["n_q"], c["n_k"]);
    subject.fire_bias_simd(fire, both, B);
    subject.fire_bias(fire, both, twin);
    c.expect_equal(B, twin, exact_bias(fire, both, B.rows, B.cols),
                   "the SIMD form differs from the scalar form");
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace suite
