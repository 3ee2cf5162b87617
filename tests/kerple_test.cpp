/// @file
/// Lesson 07, the suite. Contract: exercises/kerple.hpp.

#include "exercises/kerple.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "reference/kerple.hpp"
#include "tests/support/biases.hpp"
#include "tests/support/suite.hpp"

using namespace qkoan;

namespace {

/// The implementation on trial.
const struct {
  QKOAN_FUNCTION(kerple_project);
  QKOAN_FUNCTION(kerple_log);
  QKOAN_FUNCTION(kerple_power);
  QKOAN_FUNCTION(kerple_bias);
  QKOAN_FUNCTION(kerple_scores);
  QKOAN_FUNCTION(kerple_log_bias_simd);
} subject;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr const char* kNearest = "the nearest legal number is a float: nothing is rounded";
constexpr const char* kLogBound = "at least 11·u·|b|: relative, as log1p has it; 0 at distance 0";
constexpr const char* kPowerBound = "at least (9 + 10·r2·ln d)·u·|b|: any pow; 0 at distance 0";
constexpr const char* kScoreBound = "at least u·(6·|q·k|/√d + 17·|b|), b as it reaches softmax";

struct Parameters {
  float r1, r2;
};

/// A float in [2^low, 2^high], any order of magnitude; now and then an end.
float any_magnitude(Case& c, int low, int high) {
  const int choice = c.integer(0, 9);
  if (choice < 2) return std::ldexp(1.0f, choice == 0 ? low : high);
  return std::ldexp(1 + 0x1p-23f * static_cast<float>(c.integer(0, (1 << 23) - 1)),
                    c.integer(low, high - 1));
}

/// Parameters as simple as the case wants them: whole, eighths, as trained, and of any size that is
/// legal.
Parameters any_parameters(Case& c, bool power) {
  switch (c.values()) {
    case Values::kWhole:
      return {static_cast<float>(c.integer(1, 3)), static_cast<float>(c.integer(1, power ? 2 : 3))};
    case Values::kEighths:
      return {0.125f * static_cast<float>(c.integer(1, 16)),
              0.125f * static_cast<float>(c.integer(1, 16))};
    case Values::kNormal:
      return {std::fmax(0.01f, std::fabs(c.number())),
              std::fmin(2.0f, std::fmax(0.01f, std::fabs(c.number())))};
    case Values::kWide:
      return {any_magnitude(c, -24, 30), any_magnitude(c, -30, power ? 1 : 24)};
  }
  return {1, 1};
}

/// Nearly ALiBi: r2 is tiny, and r1·r2 a slope.
Parameters nearly_alibi(Case& c) {
  const float r2 = any_magnitude(c, -30, -7);
  return {std::ldexp(1.0f, -c.integer(1, 8)) / r2, r2};
}

int any_distance(Case& c) {
  switch (c.integer(0, 3)) {
    case 0:
      return c.integer(0, 3);
    case 1:
      return c.integer(4, 300);
    case 2:
      return c.integer(301, 70000);
  }
  return c.integer(70001, (1 << 24) - 1);
}

void show(Case& c, Parameters r) { c.row("r1, r2", {r.r1, r.r2}); }

template <class Real>
Real bias_in(bool power, Parameters r, int distance) {
  return power ? reference::kerple_power<Real>(Real(r.r1), Real(r.r2), distance)
               : reference::kerple_log<Real>(Real(r.r1), Real(r.r2), distance);
}

Exact exact_bias_of(bool power, Parameters r, int distance) {
  return exact([=](auto real) { return bias_in<decltype(real)>(power, r, distance); });
}

float bias_of(bool power, Parameters r, int distance) {
  return power ? subject.kerple_power(r.r1, r.r2, distance)
               : subject.kerple_log(r.r1, r.r2, distance);
}

/// Judges many calls, each with parameters and a distance of its own, at once.
struct Call {
  Parameters r;
  int distance;
};

void judge_calls(Case& c, bool power, const std::vector<Call>& calls) {
  c.results_of_calls([=](int n) {
    const auto& [r, distance] = calls[n];
    return call(power ? "kerple_power" : "kerple_log", r.r1, r.r2, distance);
  });
  const int count = static_cast<int>(calls.size());
  const MutableRow biases = c.output_row("bias", count);
  for (int n = 0; n < count; ++n) biases[n] = bias_of(power, calls[n].r, calls[n].distance);
  const Exact expected = exact([=](auto real) {
    using Real = decltype(real);
    Eigen::VectorX<Real> b(count);
    for (int n = 0; n < count; ++n) b(n) = bias_in<Real>(power, calls[n].r, calls[n].distance);
    return b;
  });
  c.expect("bias", biases, expected, power ? kPowerBound : kLogBound);
}

/// Calls that `draw` makes one by one.
template <class Draw>
void for_all_calls(bool power, Draw draw) {
  for_all({{"_calls", 1, 40}}, [&](Case& c) {
    std::vector<Call> calls;
    for (int n = 0; n < c["_calls"]; ++n) calls.push_back(draw(c));
    judge_calls(c, power, calls);
  });
}

void any_distances(bool power) {
  for_all_calls(power, [=](Case& c) { return Call{any_parameters(c, power), any_distance(c)}; });
}

void own_key(bool power) {
  for_all_calls(power, [=](Case& c) { return Call{any_parameters(c, power), 0}; });
}

/// A key further away never has a larger bias than what both may be off.
void penalty_grows(bool power) {
  for_all({{"nearer", 0, 300}, {"further", 1, 3000}}, [&](Case& c) {
    const Parameters r = any_parameters(c, power);
    const int near = c["nearer"], far = near + c["further"];
    show(c, r);
    const double slack = exact_bias_of(power, r, near).tolerated().tolerance[0] +
                         exact_bias_of(power, r, far).tolerated().tolerance[0];
    const double nearer = bias_of(power, r, near), further = bias_of(power, r, far);
    c.expect_that(further <= nearer + slack, "a key further away has a larger bias");
  });
}

using BiasMatrix = std::function<void(Parameters, bool, MutableMatrix)>;

BiasMatrix scalar_bias(bool power) {
  return [=](Parameters r, bool bidirectional, MutableMatrix B) {
    subject.kerple_bias(power, r.r1, r.r2, bidirectional, B);
  };
}

void simd_bias(Parameters r, bool bidirectional, MutableMatrix B) {
  subject.kerple_log_bias_simd(r.r1, r.r2, bidirectional, B);
}

Exact exact_bias(bool power, Parameters r, bool bidirectional, int n_q, int n_k) {
  return exact([=](auto real) {
    using Real = decltype(real);
    return reference::kerple_bias<Real>(power, Real(r.r1), Real(r.r2), bidirectional, n_q, n_k);
  });
}

void judge_bias(Case& c, const BiasMatrix& bias, bool power, Parameters r, bool bidirectional,
                int n_q, int n_k) {
  show(c, r);
  const MutableMatrix B = c.output_matrix("B", n_q, n_k);
  bias(r, bidirectional, B);
  c.expect("B", B, exact_bias(power, r, bidirectional, n_q, n_k), power ? kPowerBound : kLogBound);
}

/// Sizes that no block divides, and distances to 20,010.
void large_matrices(const BiasMatrix& bias, bool power) {
  for (const bool bidirectional : {false, true}) {
    example([&](Case& c) { judge_bias(c, bias, power, {0.7f, 1.3f}, bidirectional, 2, 20011); });
    example([&](Case& c) { judge_bias(c, bias, power, {3, 0.02f}, bidirectional, 131, 7); });
    example([&](Case& c) { judge_bias(c, bias, power, {1e4f, 3e-5f}, bidirectional, 5, 1037); });
  }
}

void judge_scores(Case& c, Parameters r, int d, bool inside, int n_q, int n_k) {
  static constexpr float kWorse[] = {NAN, kInfinity, -kInfinity};
  show(c, r);
  std::vector<float> products(static_cast<std::size_t>(n_q) * n_k);
  for (int e = 0; e < n_q * n_k; ++e) {
    const bool hidden = e % n_k > e / n_k + n_k - n_q;
    const int odd = c.integer(0, 9);
    products[e] = hidden && odd < 3 ? kWorse[odd] : c.number();
  }
  const Matrix before{products.data(), n_q, n_k};
  const MutableMatrix S = c.inout_matrix("S", before);
  subject.kerple_scores(r.r1, r.r2, d, inside, S);
  const Eigen::MatrixXf s = eigen(before);
  const Exact expected = exact([=](auto real) {
    using Real = decltype(real);
    return reference::kerple_scores<Real>(Real(r.r1), Real(r.r2), d, inside, s);
  });
  c.expect("S", S, expected, kScoreBound);
}

std::vector<double> tolerances(const Exact& expected) { return expected.tolerated().tolerance; }

}  // namespace

namespace suite {

BOOST_AUTO_TEST_SUITE(kerple_project)

BOOST_AUTO_TEST_CASE(any_parameters, *description("the nearest legal parameters, of all heads")) {
  for_all({{"heads", 1, 40}, {"power", 0, 1}}, [](Case& c) {
    const bool power = c["power"] == 1;
    const Row r1 = c.row("r1 before", c["heads"]), r2 = c.row("r2 before", c["heads"]);
    std::vector<float> want_r1, want_r2;
    for (const float r : r1) want_r1.push_back(reference::project_r1(r));
    for (const float r : r2) want_r2.push_back(reference::project_r2(power, r));
    const MutableRow got_r1 = c.inout_row("r1", r1), got_r2 = c.inout_row("r2", r2);
    subject.kerple_project(power, got_r1, got_r2);
    c.expect_exactly("r1", got_r1, want_r1, kNearest);
    c.expect_exactly("r2", got_r2, want_r2, kNearest);
  });
}

BOOST_AUTO_TEST_CASE(at_the_ends, *description("legal parameters stay, their neighbours move")) {
  const float least = 0.01f, below = std::nextafter(least, 0.0f),
              above = std::nextafter(2.0f, 3.0f);
  for (const bool power : {false, true}) {
    example([&](Case& c) {
      const std::vector<float> r{below, least, -least, 2, above, 1e30f, -1e30f, 0, 0.02f};
      std::vector<float> want_r1, want_r2;
      for (const float x : r) want_r1.push_back(reference::project_r1(x));
      for (const float x : r) want_r2.push_back(reference::project_r2(power, x));
      const Row before = c.row("before", r);
      const MutableRow r1 = c.inout_row("r1", before), r2 = c.inout_row("r2", before);
      subject.kerple_project(power, r1, r2);
      c.expect_exactly("r1", r1, want_r1, kNearest);
      c.expect_exactly("r2", r2, want_r2, kNearest);
    });
  }
}

BOOST_AUTO_TEST_CASE(twice_is_once, *property* description("legal parameters are left alone")) {
  for_all({{"heads", 1, 40}, {"power", 0, 1}}, [](Case& c) {
    const MutableRow r1 = c.inout_row("r1", c.row("initial r1", c["heads"]));
    const MutableRow r2 = c.inout_row("r2", c.row("initial r2", c["heads"]));
    subject.kerple_project(c["power"] == 1, r1, r2);
    const std::vector<float> once_r1(r1.begin(), r1.end()), once_r2(r2.begin(), r2.end());
    subject.kerple_project(c["power"] == 1, r1, r2);
    c.expect_exactly("r1", r1, once_r1, "a second projection changes nothing");
    c.expect_exactly("r2", r2, once_r2, "a second projection changes nothing");
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(kerple_log)

BOOST_AUTO_TEST_CASE(any_distances, *description("−r1·ln(1 + r2·d), parameters of any size")) {
  ::any_distances(false);
}

BOOST_AUTO_TEST_CASE(nearly_alibi, *description("tiny r2, where 1 + r2·d has lost r2·d")) {
  for_all_calls(false, [](Case& c) { return Call{::nearly_alibi(c), c.integer(1, 3000)}; });
}

BOOST_AUTO_TEST_CASE(own_key, *description("distance 0 has no penalty")) { ::own_key(false); }

BOOST_AUTO_TEST_CASE(penalty_grows,
                     *property* description("a key further away has a larger penalty")) {
  ::penalty_grows(false);
}

BOOST_AUTO_TEST_CASE(alibi_is_the_limit,
                     *property* description("r1·r2·d is never reached, by (r2·d)²/2 at most")) {
  for_all({{"d", 1, 3000}}, [](Case& c) {
    const Parameters r = ::nearly_alibi(c);
    show(c, r);
    const int d = c["d"];
    const double slack = tolerances(exact_bias_of(false, r, d))[0];
    const double z = double(r.r2) * d, linear = r.r1 * z;
    const double penalty = -subject.kerple_log(r.r1, r.r2, d);
    c.expect_that(penalty <= linear + slack && penalty >= linear - r.r1 * z * z / 2 - slack,
                  "for small r2 the penalty is not close to r1·r2·d");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("r1 = 2, r2 = 0.5, distances 0, 1, 2, 6")) {
  constexpr Parameters kR{2, 0.5f};
  example([=](Case& c) { judge_calls(c, false, {{kR, 0}, {kR, 1}, {kR, 2}, {kR, 6}}); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(kerple_power)

BOOST_AUTO_TEST_CASE(any_distances, *description("−r1·d^r2, parameters of any size")) {
  ::any_distances(true);
}

BOOST_AUTO_TEST_CASE(ends_of_the_exponent, *description("r2 = 2, 1 and 2⁻³⁰")) {
  for_all_calls(true, [](Case& c) {
    static constexpr float kExponents[] = {2, 1, 0x1p-30f};
    return Call{{any_parameters(c, true).r1, kExponents[c.integer(0, 2)]}, any_distance(c)};
  });
}

BOOST_AUTO_TEST_CASE(own_key, *description("distance 0 has no penalty")) { ::own_key(true); }

BOOST_AUTO_TEST_CASE(penalty_grows,
                     *property* description("a key further away has a larger penalty")) {
  ::penalty_grows(true);
}

BOOST_AUTO_TEST_CASE(exponent_1_is_alibi,
                     *property* description("r2 = 1 is the bias of lesson 06")) {
  for_all({}, [](Case& c) {
    const Parameters r{any_parameters(c, true).r1, 1};
    const int d = any_distance(c);
    show(c, r);
    const double slack = tolerances(exact_bias_of(true, r, d))[0];
    const double penalty = -subject.kerple_power(r.r1, 1, d);
    c.expect_that(std::fabs(penalty - double(r.r1) * d) <= slack, "r1·d is meant, for r2 = 1");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("r1 = 0.5, r2 = 1.5, distances 0, 1, 4, 9")) {
  constexpr Parameters kR{0.5f, 1.5f};
  example([=](Case& c) { judge_calls(c, true, {{kR, 0}, {kR, 1}, {kR, 4}, {kR, 9}}); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(kerple_bias, *depends_on("kerple_log") * depends_on("kerple_power"))

BOOST_AUTO_TEST_CASE(any_sizes, *description("for any n_q and n_k, also more queries than keys")) {
  for_all({{"n_q", 1, 25}, {"n_k", 1, 25}, {"power", 0, 1}, {"bidirectional", 0, 1}}, [](Case& c) {
    const bool power = c["power"] == 1;
    judge_bias(c, scalar_bias(power), power, any_parameters(c, power), c["bidirectional"] == 1,
               c["n_q"], c["n_k"]);
  });
}

BOOST_AUTO_TEST_CASE(large_matrices, *description("distances to 20,010, and many queries")) {
  ::large_matrices(scalar_bias(false), false);
  ::large_matrices(scalar_bias(true), true);
}

BOOST_AUTO_TEST_CASE(depends_on_offset_only,
                     *property* description("one step down and one to the right: the same bias")) {
  for_all({{"n_q", 2, 20}, {"n_k", 2, 20}, {"power", 0, 1}, {"bidirectional", 0, 1}}, [](Case& c) {
    const bool power = c["power"] == 1, bidirectional = c["bidirectional"] == 1;
    const int n_q = c["n_q"], n_k = c["n_k"];
    const Parameters r = any_parameters(c, power);
    const MutableMatrix B = c.output_matrix("B", n_q, n_k);
    scalar_bias(power)(r, bidirectional, B);
    expect_offsets_only(c, B, exact_bias(power, r, bidirectional, n_q, n_k));
  });
}

BOOST_AUTO_TEST_CASE(directions_agree_on_the_past,
                     *property* description("whether the future counts is no matter to the past")) {
  for_all({{"n", 1, 20}, {"power", 0, 1}}, [](Case& c) {
    const bool power = c["power"] == 1;
    const int n = c["n"];
    const Parameters r = any_parameters(c, power);
    const MutableMatrix causal = c.output_matrix("causal", n, n),
                        both = c.output_matrix("both", n, n);
    scalar_bias(power)(r, false, causal);
    scalar_bias(power)(r, true, both);
    expect_same_past(c, causal, both, exact_bias(power, r, true, n, n));
  });
}

BOOST_AUTO_TEST_CASE(conditionally_positive,
                     *property* description("Σ x_i·B_ij·x_j ≥ 0 for all x that sum up to 0")) {
  for_all({{"n", 2, 20}, {"power", 0, 1}}, [](Case& c) {
    const bool power = c["power"] == 1;
    const int n = c["n"];
    const Parameters r = any_parameters(c, power);
    const MutableMatrix B = c.output_matrix("B", n, n);
    scalar_bias(power)(r, true, B);
    const auto tolerance = tolerances(exact_bias(power, r, true, n, n));
    std::vector<int> x(n);  // whole numbers: their sum is exactly 0
    for (int i = 1; i < n; ++i) x[0] -= x[i] = c.integer(-9, 9);
    double sum = 0, slack = 0;
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < n; ++j) {
        sum += static_cast<double>(x[i]) * x[j] * B[i][j];
        slack += std::abs(x[i] * x[j]) * (tolerance[i * n + j] + 1e-12 * std::fabs(B[i][j]));
      }
    }
    c.expect_that(sum >= -slack, "the bias is no kernel: a quadratic form of it is negative");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("two queries at the end of four keys")) {
  example([](Case& c) { judge_bias(c, scalar_bias(false), false, {2, 0.5f}, false, 2, 4); });
  example([](Case& c) { judge_bias(c, scalar_bias(true), true, {0.5f, 1.5f}, true, 2, 4); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(kerple_scores, *depends_on("kerple_log"))

BOOST_AUTO_TEST_CASE(any_sizes, *description("inside or outside the scale, the future hidden")) {
  for_all({{"n_q", 1, 25}, {"n_k", 1, 25}, {"d", 1, 150}, {"inside", 0, 1}}, [](Case& c) {
    judge_scores(c, any_parameters(c, false), c["d"], c["inside"] == 1, c["n_q"], c["n_k"]);
  });
}

BOOST_AUTO_TEST_CASE(long_rows, *description("distances to 5,002")) {
  for (const bool inside : {false, true}) {
    example([&](Case& c) { judge_scores(c, {1.5f, 0.03f}, 80, inside, 2, 5003); });
  }
}

BOOST_AUTO_TEST_CASE(conventions_meet,
                     *property* description("r1·√d inside the scale is r1 outside")) {
  for_all({{"n", 1, 20}, {"_log2_root", 0, 4}}, [](Case& c) {
    const int n = c["n"], root = 1 << c["_log2_root"], d = root * root;
    c.argument("d", d);
    const Parameters r{std::fmin(any_parameters(c, false).r1, 1e6f), any_parameters(c, false).r2};
    const Matrix products = c.matrix("q·k", n, n);
    const MutableMatrix in = c.inout_matrix("inside", products);
    const MutableMatrix out = c.inout_matrix("outside", products);
    subject.kerple_scores(r.r1 * static_cast<float>(root), r.r2, d, true, in);
    subject.kerple_scores(r.r1, r.r2, d, false, out);
    const Exact expected = exact([=](auto real) {
      using Real = decltype(real);
      return reference::kerple_scores<Real>(Real(r.r1), Real(r.r2), d, false, eigen(products));
    });
    // A root of 2^n is exact, so that both are the same question; bounds differ by less than half.
    std::vector<double> tolerance = tolerances(expected);
    for (double& t : tolerance) t *= 3;
    c.expect_equal(in, out, tolerance, "(q·k + √d·b)/√d and q·k/√d + b differ");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("d = 4, products 3 and 1, r1 = 2, r2 = 0.5")) {
  for (const bool inside : {false, true}) {
    example([&](Case& c) { judge_scores(c, {2, 0.5f}, 4, inside, 1, 2); });
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(kerple_log_bias_simd, *depends_on("kerple_bias"))

BOOST_AUTO_TEST_CASE(any_sizes, *description("any sizes, tails included")) {
  for_all({{"n_q", 1, 30}, {"n_k", 1, 60}, {"bidirectional", 0, 1}}, [](Case& c) {
    judge_bias(c, simd_bias, false, any_parameters(c, false), c["bidirectional"] == 1, c["n_q"],
               c["n_k"]);
  });
}

BOOST_AUTO_TEST_CASE(long_rows, *description("your logarithm, for parameters of any size")) {
  for_all({{"n_k", 1, 700}}, [](Case& c) {
    const bool tiny = c.integer(0, 1) == 0;
    const Parameters r = tiny ? nearly_alibi(c) : any_parameters(c, false);
    judge_bias(c, simd_bias, false, r, false, 1, c["n_k"]);
  });
}

BOOST_AUTO_TEST_CASE(large_matrices, *description("distances to 20,010, and many queries")) {
  ::large_matrices(simd_bias, false);
}

BOOST_AUTO_TEST_CASE(agrees_with_task_4, *property* description("SIMD and scalar form agree")) {
  for_all({{"n_q", 1, 20}, {"n_k", 1, 40}, {"bidirectional", 0, 1}}, [](Case& c) {
    const bool bidirectional = c["bidirectional"] == 1;
    const int n_q = c["n_q"], n_k = c["n_k"];
    const Parameters r = any_parameters(c, false);
    const MutableMatrix a = c.output_matrix("B", n_q, n_k);
    const MutableMatrix b = c.output_matrix("B of SIMD", n_q, n_k);
    scalar_bias(false)(r, bidirectional, a);
    simd_bias(r, bidirectional, b);
    c.expect_equal(a, b, exact_bias(false, r, bidirectional, n_q, n_k),
                   "the SIMD form differs from the scalar form");
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace suite
