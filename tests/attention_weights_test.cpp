/// @file
/// Lesson 03, the suite. Contract: exercises/attention_weights.hpp.

#include "exercises/attention_weights.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "reference/attention_weights.hpp"
#include "tests/support/suite.hpp"

using namespace qkoan;

namespace {

/// The implementation on trial.
const struct {
  QKOAN_FUNCTION(softmax);
  QKOAN_FUNCTION(log_sum_exp);
  QKOAN_FUNCTION(accumulate);
  QKOAN_FUNCTION(merge);
  QKOAN_FUNCTION(exp_simd);
  QKOAN_FUNCTION(softmax_simd);
} subject;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr const char* kSoftmaxBound =
    "at least u·(3·t + 3·T + n + 17)·p: any order, e^x or 2^(x·log₂e)";
constexpr const char* kLogBound = "at least u·(n + 3·T + 6 + 10·ln Σ e^(s−m) + |result|)";
constexpr const char* kPartialBound = "as softmax, and ten roundings for every rise of the maximum";
constexpr const char* kExpBound = "4 ulp, and flush to zero below 2⁻¹²⁶";
constexpr const char* kMaximum = "a maximum is one of the scores: nothing is rounded";
constexpr const char* kEqual = "equal scores have equal weights, the float nearest to 1/n";
constexpr const char* kOutputStays = "the output was replaced by another row: write its elements";
constexpr const char* kNothing = "masked keys have no weight at all";

/// Scores of a row, the simpler the simpler the case: small numbers; some masked; large and offset;
/// of any magnitude.
std::vector<float> any_scores(Case& c, int n) {
  static constexpr float kScales[] = {1, 10, 40}, kOffsets[] = {0, -300, 1000, -1e4};
  const bool natural = c.values() == Values::kNormal;
  const float scale = natural ? kScales[c.integer(0, 2)] : 1;
  const float offset = natural ? kOffsets[c.integer(0, 3)] : 0;
  const int masks = c.values() == Values::kWhole ? 0 : c.integer(0, 3);  // in ten
  std::vector<float> s;
  for (int j = 0; j < n; ++j) {
    const float score = offset + scale * c.number();
    s.push_back(c.integer(0, 9) < masks ? -kInfinity : score);
  }
  if (*std::max_element(s.begin(), s.end()) == -kInfinity) s[c.integer(0, n - 1)] = offset;
  return s;
}

Exact exact_softmax(Row s) {
  return exact([=](auto real) { return reference::softmax<decltype(real)>(eigen(s)); });
}

using SoftmaxFunction = Function<void(Row, MutableRow)>;

void judge_softmax(const SoftmaxFunction& softmax, Case& c, const std::vector<float>& scores) {
  const Row s = c.row("scores", scores);
  const MutableRow p = c.output_row("weights", s.size);
  softmax(s, p);
  c.expect("weights", p, exact_softmax(s), kSoftmaxBound);
}

void any_rows(const SoftmaxFunction& softmax, int most) {
  for_all({{"n", 1, most}}, [&](Case& c) { judge_softmax(softmax, c, ::any_scores(c, c["n"])); });
}

/// Rows longer than any buffer, and masked keys beside scores far below any finite stand-in for −∞.
void long_rows(const SoftmaxFunction& softmax) {
  for (const float offset : {0.0f, -30000.0f}) {
    example([&](Case& c) {
      std::vector<float> s;
      for (int j = 0; j < 1031; ++j) s.push_back(offset + 3 * Case::normal(c.random()));
      for (int j = 5; j < 1031; j += 7) s[j] = -kInfinity;
      judge_softmax(softmax, c, s);
    });
  }
}

/// Scores so far apart that their difference is no float.
void opposite_ends(const SoftmaxFunction& softmax) {
  for_all({{"n", 1, 40}}, [&](Case& c) {
    const int ends = c.integer(0, 2);  // low, high, both
    std::vector<float> s;
    for (int j = 0; j < c["n"]; ++j) {
      const int end = ends == 2 ? c.integer(0, 1) : ends;
      s.push_back(end == 1 ? 3.3e38f : -3.3e38f);
    }
    judge_softmax(softmax, c, s);
  });
}

/// In ascending order every score is a new maximum: the hardest row for the online algorithm.
void rising_scores(const SoftmaxFunction& softmax) {
  for_all({{"n", 1, 300}}, [&](Case& c) {
    std::vector<float> s = ::any_scores(c, c["n"]);
    std::sort(s.begin(), s.end());
    judge_softmax(softmax, c, s);
  });
}

void equal_scores(const SoftmaxFunction& softmax) {
  for_all({{"n", 1, 150}}, [&](Case& c) {
    const int n = c["n"];
    const Row s = c.row("scores", std::vector<float>(n, 7 * c.number()));
    const MutableRow p = c.output_row("weights", n);
    softmax(s, p);
    c.expect_exactly("weights", p, std::vector<float>(n, 1.0f / static_cast<float>(n)), kEqual);
  });
}

void everything_masked(const SoftmaxFunction& softmax) {
  for_all({{"n", 1, 70}}, [&](Case& c) {
    const Row s = c.row("scores", std::vector<float>(c["n"], -kInfinity));
    const MutableRow p = c.output_row("weights", s.size);
    softmax(s, p);
    c.expect("weights", p, exact_softmax(s), kNothing);
  });
}

/// Weights of the scores, and the float bounds of each.
struct Weights {
  MutableRow p;
  Exact exact;
};

Weights weights_of(const SoftmaxFunction& softmax, Case& c, const char* name,
                   const std::vector<float>& scores) {
  const Row s = c.row(name, scores);
  const MutableRow p = c.output_row((std::string("weights of ") + name).c_str(), s.size);
  softmax(s, p);
  return {p, exact_softmax(s)};
}

void sum_is_one(const SoftmaxFunction& softmax) {
  for_all({{"n", 1, 150}}, [&](Case& c) {
    const Weights w = weights_of(softmax, c, "scores", ::any_scores(c, c["n"]));
    double sum = 0, tolerance = 0x1p-40;  // of the sum in double
    for (const float p : w.p) sum += p;
    for (const double t : w.exact.tolerated().tolerance) tolerance += t;
    c.expect_that(std::fabs(sum - 1) <= tolerance, "the weights do not add up to 1");
  });
}

/// Whole scores and whole constants: their sums are floats, and nothing is rounded before softmax.
void constant_changes_nothing(const SoftmaxFunction& softmax) {
  for_all({{"n", 1, 60}, {"constant", -100000, 100000}}, [&](Case& c) {
    std::vector<float> s, moved;
    for (int j = 0; j < c["n"]; ++j) {
      s.push_back(static_cast<float>(c.integer(-20, 20)));
      moved.push_back(s.back() + static_cast<float>(c["constant"]));
    }
    const Weights a = weights_of(softmax, c, "s", s);
    const Weights b = weights_of(softmax, c, "moved", moved);
    c.expect_equal({a.p.data, 1, a.p.size}, {b.p.data, 1, b.p.size},
                   both_tolerances(a.exact, b.exact),
                   "a constant added to all scores changes the weights");
  });
}

void order_of_keys(const SoftmaxFunction& softmax) {
  for_all({{"n", 1, 150}}, [&](Case& c) {
    const std::vector<float> s = ::any_scores(c, c["n"]);
    const Weights a = weights_of(softmax, c, "s", s);
    const Weights b = weights_of(softmax, c, "reversed", {s.rbegin(), s.rend()});
    std::reverse(b.p.begin(), b.p.end());
    c.expect_equal({a.p.data, 1, a.p.size}, {b.p.data, 1, b.p.size}, a.exact,
                   "a weight depends on where its key stands");
  });
}

void judge_log_sum_exp(Case& c, const std::vector<float>& scores) {
  const Row s = c.row("scores", scores);
  const Exact expected =
      exact([=](auto real) { return reference::log_sum_exp<decltype(real)>(eigen(s)); });
  c.expect("result", subject.log_sum_exp(s), expected, kLogBound);
}

/// A partial row in the memory of a case.
struct GuardedPartial {
  PartialRow row;
  GuardedPartial(Case& c, const char* name, float max, float sum, const std::vector<float>& output)
      : row{max, sum, c.inout_row(name, {output.data(), static_cast<int>(output.size())})} {}
};

/// Judges a partial row against the exact one of scores s and values V.
void judge_partial(Case& c, const PartialRow& row, const std::vector<float>& s, Matrix V) {
  const Eigen::VectorXf scores = eigen(Row{s.data(), static_cast<int>(s.size())});
  const auto part = [=](auto real) { return reference::partial(scores, lift<decltype(real)>(V)); };
  c.expect_exactly("state.max", row.max, scores.maxCoeff(), kMaximum);
  c.expect("state.sum", row.sum, exact([=](auto real) { return part(real).sum; }), kPartialBound);
  c.expect("state.output", row.output, exact([=](auto real) { return part(real).output; }),
           kPartialBound);
}

/// Feeds scores and values key by key into an empty state, which it judges after the last.
void judge_accumulation(Case& c, const std::vector<float>& scores, int d_v) {
  const int n = static_cast<int>(scores.size());
  const Row s = c.row("scores", scores);
  const Matrix V = c.matrix("V", n, d_v);
  GuardedPartial state(c, "state.output", -kInfinity, 0, std::vector<float>(d_v, 0));
  const float* const output = state.row.output.data;
  for (int j = 0; j < n; ++j) subject.accumulate(state.row, s[j], V[j]);
  c.expect_that(state.row.output.data == output && state.row.output.size == d_v, kOutputStays);
  judge_partial(c, state.row, scores, V);
}

/// What is known of some keys: maximum, and sum and output as floats.
struct Known {
  float max, sum;
  std::vector<float> output;
};

Known any_known(Case& c, int d_v) {
  const std::vector<float> s = ::any_scores(c, c.integer(1, 9));
  Known known{*std::max_element(s.begin(), s.end()), 0, std::vector<float>(d_v)};
  for (const float x : s) known.sum += std::exp(x - known.max);
  for (float& o : known.output) o = known.sum * c.number();
  return known;
}

Known nothing_known(int d_v) { return {-kInfinity, 0, std::vector<float>(d_v, 0)}; }

template <class Real>
reference::Partial<Real> lifted(const Known& known) {
  const int d_v = static_cast<int>(known.output.size());
  return {Real(known.sum), lift<Real>(Row{known.output.data(), d_v})};
}

void judge_merge(Case& c, const Known& a, const Known& b) {
  c.row("into: max, sum", {a.max, a.sum});
  c.row("into.output", a.output);
  c.row("from: max, sum", {b.max, b.sum});
  const Row from_output = c.row("from.output", b.output);
  GuardedPartial into(c, "into.output", a.max, a.sum, a.output);
  const PartialRow from{b.max, b.sum, {const_cast<float*>(from_output.data), from_output.size}};
  const float* const output = into.row.output.data;
  subject.merge(into.row, from);
  c.expect_that(into.row.output.data == output, kOutputStays);
  c.expect_that(from.max == b.max && from.sum == b.sum, "`from` was changed: it is only read");
  const auto merged = [=](auto real) {
    using Real = decltype(real);
    return reference::merge(a.max, lifted<Real>(a), b.max, lifted<Real>(b));
  };
  c.expect_exactly("into.max", into.row.max, std::max(a.max, b.max), kMaximum);
  c.expect("into.sum", into.row.sum, exact([=](auto real) { return merged(real).sum; }),
           kPartialBound);
  c.expect("into.output", into.row.output, exact([=](auto real) { return merged(real).output; }),
           kPartialBound);
}

void judge_exponentials(Case& c, const std::vector<float>& numbers) {
  const Row x = c.row("x", numbers);
  const MutableRow y = c.output_row("y", x.size);
  subject.exp_simd(x, y);
  const Exact expected =
      exact([=](auto real) { return reference::exponentials<decltype(real)>(eigen(x)); });
  c.expect("y", y, within_ulps(4, expected), kExpBound);
}

/// A number ≤ 0: of the case's values, evenly down to −104, tiny, or far out.
float any_exponent(Case& c) {
  if (c.values() == Values::kWhole || c.values() == Values::kEighths) return -std::fabs(c.number());
  switch (c.integer(0, 7)) {
    case 0:
      return -std::fabs(c.number());
    case 1:
      return -std::ldexp(1.0f, c.integer(-149, 6));
    case 2:
      return -std::ldexp(1.0f, c.integer(7, 127));
    case 3:
      return -kInfinity;
  }
  return -104 * static_cast<float>(c.integer(0, 1 << 24)) * 0x1p-24f;
}

}  // namespace

namespace suite {

BOOST_AUTO_TEST_SUITE(softmax)

BOOST_AUTO_TEST_CASE(any_rows, *description("any scores: masked, offset, of any magnitude")) {
  ::any_rows(subject.softmax, 150);
}

BOOST_AUTO_TEST_CASE(opposite_ends, *description("scores at both ends of the floats")) {
  ::opposite_ends(subject.softmax);
}

BOOST_AUTO_TEST_CASE(rising_scores, *description("every score is a new maximum")) {
  ::rising_scores(subject.softmax);
}

BOOST_AUTO_TEST_CASE(long_rows, *description("1031 scores, some masked")) {
  ::long_rows(subject.softmax);
}

BOOST_AUTO_TEST_CASE(equal_scores, *description("n equal scores: every weight is 1/n")) {
  ::equal_scores(subject.softmax);
}

BOOST_AUTO_TEST_CASE(sum_is_one, *property* description("the weights of a row add up to 1")) {
  ::sum_is_one(subject.softmax);
}

BOOST_AUTO_TEST_CASE(constant_changes_nothing,
                     *property* description("a constant added to all scores changes nothing")) {
  ::constant_changes_nothing(subject.softmax);
}

BOOST_AUTO_TEST_CASE(order_of_keys,
                     *property* description("keys in reverse order: weights in reverse order")) {
  ::order_of_keys(subject.softmax);
}

BOOST_AUTO_TEST_CASE(everything_masked, *description("a row of masked keys is zero")) {
  ::everything_masked(subject.softmax);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(log_sum_exp)

BOOST_AUTO_TEST_CASE(any_rows, *description("any scores: masked, offset, of any magnitude")) {
  for_all({{"n", 1, 150}}, [](Case& c) { judge_log_sum_exp(c, ::any_scores(c, c["n"])); });
}

BOOST_AUTO_TEST_CASE(offset_rows,
                     *description("long rows far from zero: one rounding of the offset")) {
  for (const float offset : {-1e4f, -5e3f, -2e3f, 0.0f, 2e3f, 5e3f, 1e4f, -3.3e38f, 3.3e38f}) {
    example([&](Case& c) {
      std::vector<float> s;
      for (int j = 0; j < 400; ++j) s.push_back(offset + Case::normal(c.random()));
      judge_log_sum_exp(c, s);
    });
  }
}

BOOST_AUTO_TEST_CASE(many_small_terms,
                     *description("each key adds less than half an ulp of a result near 10,000")) {
  example([](Case& c) {
    std::vector<float> s;
    for (int j = 0; j < 6000; ++j) s.push_back(1e4f + Case::normal(c.random()) / 8);
    judge_log_sum_exp(c, s);
  });
}

BOOST_AUTO_TEST_CASE(everything_masked, *description("the logarithm of nothing is −∞")) {
  for_all({{"n", 1, 20}}, [](Case& c) {
    const Row s = c.row("scores", std::vector<float>(c["n"], -kInfinity));
    c.expect_exactly("result", subject.log_sum_exp(s), -kInfinity, "ln 0 = −∞");
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(accumulate)

BOOST_AUTO_TEST_CASE(any_rows, *description("key by key, from nothing to the whole row")) {
  for_all({{"n", 1, 40}, {"d_v", 1, 40}},
          [](Case& c) { judge_accumulation(c, ::any_scores(c, c["n"]), c["d_v"]); });
}

BOOST_AUTO_TEST_CASE(rising_scores, *description("every key raises the maximum")) {
  for_all({{"n", 1, 60}, {"d_v", 1, 4}}, [](Case& c) {
    std::vector<float> s = ::any_scores(c, c["n"]);
    std::sort(s.begin(), s.end());
    judge_accumulation(c, s, c["d_v"]);
  });
}

BOOST_AUTO_TEST_CASE(masked_first, *description("masked keys before the first visible one")) {
  for_all({{"masked", 1, 5}, {"n", 1, 5}, {"d_v", 1, 5}}, [](Case& c) {
    std::vector<float> s = ::any_scores(c, c["n"]);
    s.insert(s.begin(), c["masked"], -kInfinity);
    judge_accumulation(c, s, c["d_v"]);
  });
}

BOOST_AUTO_TEST_CASE(everything_masked, *description("masked keys leave the empty state empty")) {
  for_all({{"n", 1, 4}, {"d_v", 1, 20}}, [](Case& c) {
    GuardedPartial state(c, "state.output", -kInfinity, 0, std::vector<float>(c["d_v"], 0));
    const Matrix V = c.matrix("V", c["n"], c["d_v"]);
    for (int j = 0; j < c["n"]; ++j) subject.accumulate(state.row, -kInfinity, V[j]);
    c.expect_exactly("state.max", state.row.max, -kInfinity, kMaximum);
    c.expect_exactly("state.sum", state.row.sum + 0.0f, 0, kNothing);
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(merge)

BOOST_AUTO_TEST_CASE(any_parts, *description("two parts, whichever has the larger maximum")) {
  for_all({{"d_v", 1, 40}}, [](Case& c) {
    const Known a = any_known(c, c["d_v"]);
    judge_merge(c, a, any_known(c, c["d_v"]));
  });
}

BOOST_AUTO_TEST_CASE(equal_maxima, *description("two parts with the same maximum")) {
  for_all({{"d_v", 1, 20}}, [](Case& c) {
    const Known a = any_known(c, c["d_v"]);
    Known b = any_known(c, c["d_v"]);
    b.max = a.max;
    judge_merge(c, a, b);
  });
}

BOOST_AUTO_TEST_CASE(empty_parts, *description("one part, or both, know nothing")) {
  for_all({{"d_v", 1, 20}}, [](Case& c) {
    const Known some = any_known(c, c["d_v"]), none = nothing_known(c["d_v"]);
    judge_merge(c, some, none);
    judge_merge(c, none, some);
    judge_merge(c, none, none);
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(exp_simd)

BOOST_AUTO_TEST_CASE(any_numbers, *description("e^x for any x ≤ 0, within 4 ulp")) {
  for_all({{"n", 1, 400}}, [](Case& c) {
    std::vector<float> x;
    for (int j = 0; j < c["n"]; ++j) x.push_back(any_exponent(c));
    judge_exponentials(c, x);
  });
}

BOOST_AUTO_TEST_CASE(zero, *description("e^0 is exactly 1")) {
  for_all({{"n", 1, 40}}, [](Case& c) {
    const Row x = c.row("x", std::vector<float>(c["n"], c.integer(0, 1) ? 0.0f : -0.0f));
    const MutableRow y = c.output_row("y", x.size);
    subject.exp_simd(x, y);
    c.expect_exactly("y", y, std::vector<float>(x.size, 1), "e^0 = 1");
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(softmax_simd, *depends_on("softmax") * depends_on("exp_simd"))

BOOST_AUTO_TEST_CASE(any_rows, *description("any scores, any length, tails included")) {
  ::any_rows(subject.softmax_simd, 300);
}

BOOST_AUTO_TEST_CASE(opposite_ends, *description("scores at both ends of the floats")) {
  ::opposite_ends(subject.softmax_simd);
}

BOOST_AUTO_TEST_CASE(rising_scores, *description("every score is a new maximum")) {
  ::rising_scores(subject.softmax_simd);
}

BOOST_AUTO_TEST_CASE(long_rows, *description("1031 scores, some masked")) {
  ::long_rows(subject.softmax_simd);
}

BOOST_AUTO_TEST_CASE(equal_scores, *description("n equal scores: every weight is 1/n")) {
  ::equal_scores(subject.softmax_simd);
}

BOOST_AUTO_TEST_CASE(sum_is_one, *property* description("the weights of a row add up to 1")) {
  ::sum_is_one(subject.softmax_simd);
}

BOOST_AUTO_TEST_CASE(constant_changes_nothing,
                     *property* description("a constant added to all scores changes nothing")) {
  ::constant_changes_nothing(subject.softmax_simd);
}

BOOST_AUTO_TEST_CASE(order_of_keys,
                     *property* description("keys in reverse order: weights in reverse order")) {
  ::order_of_keys(subject.softmax_simd);
}

BOOST_AUTO_TEST_CASE(everything_masked, *description("a row of masked keys is zero")) {
  ::everything_masked(subject.softmax_simd);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace suite
