/// @file
/// The judge is judged: ulp distance, bounds, enclosures, certified rounding, comparison, guards.

#define BOOST_TEST_MODULE core
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "reference/attention_weights.hpp"
#include "reference/core/certified.hpp"
#include "reference/core/lift.hpp"
#include "reference/core/ulp.hpp"
#include "reference/scaled_scores.hpp"
#include "tests/support/judgement.hpp"
#include "tests/support/memory.hpp"

using namespace qkoan;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr double kUnit = 0x1p-24;

/// 336 bits of another library: a second opinion.
using Second = boost::multiprecision::number<
    boost::multiprecision::cpp_bin_float<336, boost::multiprecision::digit_base_2>,
    boost::multiprecision::et_off>;

std::vector<float> random_row(std::mt19937& random, int n, float scale) {
  std::normal_distribution<float> normal(0, scale);
  std::vector<float> row(n);
  for (float& x : row) x = normal(random);
  return row;
}

Row view(const std::vector<float>& row) { return {row.data(), static_cast<int>(row.size())}; }

auto dot_of(const std::vector<float>& q, const std::vector<float>& k) {
  return [=](auto real) {
    using Real = decltype(real);
    return reference::dot<Real>(lift<Real>(view(q)), lift<Real>(view(k)));
  };
}

auto softmax_of(const std::vector<float>& s) {
  return [=](auto real) { return reference::softmax<decltype(real)>(eigen(view(s))); };
}

/// The largest |computed − exact| in units of the tolerance.
double worst(const std::vector<float>& computed, const Tolerated& expected) {
  double largest = 0;
  for (std::size_t e = 0; e < computed.size(); ++e) {
    const double error = std::fabs(computed[e] - expected.exact[e]);
    largest = std::fmax(largest, error / expected.tolerance[e]);
  }
  return largest;
}

float sum_in_order(const std::vector<float>& q, const std::vector<float>& k,
                   const std::vector<int>& order) {
  volatile float sum = 0;  // one rounding per operation
  for (const int c : order) sum = sum + q[c] * k[c];
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_CASE(ulp_distance_counts_floats) {
  BOOST_TEST(ulp_distance(1.0f, std::nextafter(1.0f, 2.0f)) == 1);
  BOOST_TEST(ulp_distance(0.0f, -0.0f) == 0);
  BOOST_TEST(ulp_distance(-0x1p-149f, 0x1p-149f) == 2);
  BOOST_TEST(ulp_distance(1.0f, 2.0f) == 1 << 23);
  BOOST_TEST(ulp_distance(std::numeric_limits<float>::max(), kInfinity) == 1);
  BOOST_TEST(ulp_distance(NAN, 1.0f) == std::numeric_limits<std::int64_t>::max());
  BOOST_TEST(same_encoding(NAN, -NAN));
  BOOST_TEST(!same_encoding(0.0f, -0.0f));
}

BOOST_AUTO_TEST_CASE(no_order_of_summation_leaves_the_bound) {
  std::mt19937 random(1);
  for (int d = 1; d < 80; ++d) {
    const auto q = random_row(random, d, 1), k = random_row(random, d, 30);
    const Tolerated expected = tolerated(dot_of(q, k));
    std::vector<int> order(d);
    std::iota(order.begin(), order.end(), 0);
    for (int shuffle = 0; shuffle < 10; ++shuffle) {
      BOOST_TEST(worst({sum_in_order(q, k, order)}, expected) <= 1);
      std::shuffle(order.begin(), order.end(), random);
    }
  }
}

BOOST_AUTO_TEST_CASE(stagnation_comes_close_to_the_bound) {
  // 1 + 2⁻²⁴ + 2⁻²⁴ + … in this order loses every small term: the bound cannot be much lower.
  for (const int d : {64, 256, 1024}) {
    std::vector<float> q(d, 0x1p-24f), ones(d, 1);
    q[0] = 1;
    std::vector<int> order(d);
    std::iota(order.begin(), order.end(), 0);
    const double ratio = worst({sum_in_order(q, ones, order)}, tolerated(dot_of(q, ones)));
    BOOST_TEST(ratio > 0.95);
    BOOST_TEST(ratio <= 1);
  }
}

BOOST_AUTO_TEST_CASE(bounds_keep_what_the_contracts_promise) {
  // Never tighter than the closed form that the contract states, and never much looser.
  std::mt19937 random(2);
  for (int n = 1; n < 200; n += 3) {
    const auto q = random_row(random, n, 1), k = random_row(random, n, 1);
    double magnitude = 0;
    for (int c = 0; c < n; ++c) magnitude += std::fabs(static_cast<double>(q[c]) * k[c]);
    const Tolerated dot = tolerated(dot_of(q, k));
    BOOST_TEST(dot.tolerance[0] >= n * kUnit * magnitude);
    BOOST_TEST(dot.tolerance[0] <= (n + 2) * kUnit * magnitude);

    const Tolerated score = tolerated([&](auto real) {
      using Real = decltype(real);
      return reference::scaled_score<Real>(lift<Real>(view(q)), lift<Real>(view(k)));
    });
    const double scaled = magnitude / std::sqrt(n);
    BOOST_TEST(score.tolerance[0] >= (n + 8) * kUnit * scaled);
    BOOST_TEST(score.tolerance[0] <= (n + 13) * kUnit * scaled);
  }
}

BOOST_AUTO_TEST_CASE(softmax_bound_is_that_of_the_contract) {
  std::mt19937 random(3);
  for (const float scale : {0.1f, 1.0f, 5.0f}) {
    for (int n = 1; n < 300; n += 7) {
      const auto s = random_row(random, n, scale);
      const Tolerated p = tolerated(softmax_of(s));
      const double m = *std::max_element(s.begin(), s.end());
      double mean = 0;
      for (int j = 0; j < n; ++j) mean += p.exact[j] * (m - s[j]);
      for (int j = 0; j < n; ++j) {
        const double rho = kUnit * (3 * (m - s[j]) + 3 * mean + n + 17);
        BOOST_TEST(p.tolerance[j] >= rho * p.exact[j]);
        BOOST_TEST(p.tolerance[j] <= 1.2 * rho * p.exact[j] + 3 * n * 0x1p-126);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(double_enclosures_hold_the_exact_value) {
  std::mt19937 random(4);
  const Precision precision(60);
  for (int repeat = 0; repeat < 200; ++repeat) {
    const auto row = random_row(random, 6, 4);
    const auto formula = [&](auto real) {
      using Real = decltype(real);
      const Real a(row[0]), b(row[1]), c(std::fabs(row[2]) + 0.1f), d(row[3]), e(row[4]), f(row[5]);
      return Real(log(Real(exp(a - b) + sqrt(c))) * d / c - e * f);
    };
    const Bounded<53> enclosure = formula(Bounded<53>());
    const auto exact = static_cast<double>(
        boost::multiprecision::median(Interval(formula(Interval()) - Interval(enclosure.value()))));
    BOOST_TEST(std::fabs(exact) <= enclosure.error());
    BOOST_TEST(enclosure.error() < 1e-12);
  }
}

BOOST_AUTO_TEST_CASE(functions_of_float_stay_within_their_bounds) {
  std::mt19937 random(6);
  std::uniform_real_distribution<float> draw(0, 3);
  const auto judge = [](const char* what, float computed, const auto& formula) {
    const Tolerated expected = tolerated(formula);
    BOOST_TEST_CONTEXT(what) BOOST_TEST(worst({computed}, expected) <= 1);
    BOOST_TEST(rounded(formula)[0] == static_cast<float>(expected.exact[0]));
    const Bounded<53> enclosure = formula(Bounded<53>());
    const Interval distance = formula(Interval()) - Interval(enclosure.value());
    const auto off = static_cast<double>(boost::multiprecision::median(distance));
    BOOST_TEST(std::fabs(off) <= enclosure.error());
  };
  const Precision precision(60);
  for (int repeat = 0; repeat < 200; ++repeat) {
    const float x = std::ldexp(draw(random), -repeat % 20), y = draw(random);
    judge("log1p", std::log1p(x), [x](auto real) { return log1p(decltype(real)(x)); });
    judge("pow", std::exp2(y * std::log2(x)),
          [x, y](auto real) { return pow(decltype(real)(x), decltype(real)(y)); });
    judge("cos", std::cos(40 * x), [x](auto real) {
      using Real = decltype(real);
      return Real(cos(Real(Real(40) * Real(x))));
    });
    judge("relu", std::fmax(x - y, 0.0f), [x, y](auto real) {
      using Real = decltype(real);
      return relu(Real(Real(x) - Real(y)));
    });
  }
}

BOOST_AUTO_TEST_CASE(what_is_computed_in_double_is_granted_next_to_nothing) {
  const auto angle = [](bool exactly) {
    return [=](auto real) {
      using Real = decltype(real);
      const Real product = Real(100003) * Real(0.7f);
      return exactly ? in_double(product) : product;
    };
  };
  BOOST_TEST(tolerated(angle(false)).tolerance[0] >= 100003 * 0.69 * kUnit);
  BOOST_TEST(tolerated(angle(true)).tolerance[0] <= 100003 * 0x1p-47);
}

BOOST_AUTO_TEST_CASE(masked_elements_have_one_encoding) {
  const auto masked = exact([](auto real) { return decltype(real)(-HUGE_VAL); });
  BOOST_TEST(masked.tolerated().tolerance[0] == 0);
  BOOST_TEST(masked.rounded()[0] == -kInfinity);
  BOOST_TEST(masked.decimals(0, 0, 20) == "-inf");
}

BOOST_AUTO_TEST_CASE(rounding_agrees_with_a_second_library) {
  std::mt19937 random(5);
  for (int repeat = 0; repeat < 40; ++repeat) {
    const auto s = random_row(random, 64, repeat % 2 ? 1.0f : 20.0f);
    const std::vector<float> first = rounded(softmax_of(s));
    const auto second = softmax_of(s)(Second());
    for (int j = 0; j < 64; ++j) BOOST_TEST(first[j] == static_cast<float>(second(j)));
  }
}

BOOST_AUTO_TEST_CASE(ties_and_near_ties_are_decided) {
  // 1 + 2⁻²⁴ lies half way between two floats; a term of 2⁻⁸⁰ tips it.
  BOOST_TEST(rounded(dot_of({1, 0x1p-24f}, {1, 1}))[0] == 1.0f);
  BOOST_TEST(rounded(dot_of({1, 0x1p-24f, 0x1p-80f}, {1, 1, 1}))[0] == 1 + 0x1p-23f);
  BOOST_TEST(rounded(dot_of({1, 0x1p-24f, 0x1p-80f}, {1, 1, -1}))[0] == 1.0f);
  BOOST_TEST(rounded(dot_of({0x1p100f, 1, 0x1p100f}, {1, 1, -1}))[0] == 1.0f);
}

BOOST_AUTO_TEST_CASE(an_undecidable_rounding_is_an_error) {
  const auto tie = [](auto real) {
    using Real = decltype(real);
    const Real root = sqrt(Real(2));
    return Real(root * root / Real(2) + Real(0x1p-24));
  };
  BOOST_CHECK_THROW(rounded(tie), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(decimals_are_those_of_the_exact_value) {
  const auto third = [](auto real) {
    return decltype(real)(decltype(real)(1) / decltype(real)(3));
  };
  BOOST_TEST(decimals(third, 0, 0, 20) == "0.33333333333333333333");
  const auto tiny = [](auto real) { return decltype(real)(exp(decltype(real)(-50))); };
  BOOST_TEST(decimals(tiny, 0, 0, 10) == "1.928749848e-22");
}

BOOST_AUTO_TEST_CASE(a_limit_in_ulps_is_that_of_the_float) {
  const auto constant = [](double x) {
    return exact([x](auto real) { return decltype(real)(exp(log(decltype(real)(x)))); });
  };
  BOOST_TEST(within_ulps(4, constant(1.5)).tolerated().tolerance[0] == 4 * 0x1p-23);
  BOOST_TEST(within_ulps(1, constant(0x1p-127)).tolerated().tolerance[0] >= 0x1p-127);
}

BOOST_AUTO_TEST_CASE(comparison_takes_nothing_for_right_that_is_wrong) {
  const Tolerated expected{1, 4, {1, 0, 2, -HUGE_VAL}, {1e-6, 0, 1e-6, 0}, false};
  const auto wrong = [&](std::vector<float> got) {
    return compare({got.data(), 1, 4}, expected).wrong_count;
  };
  BOOST_TEST(wrong({1, 0, 2, -kInfinity}) == 0);
  BOOST_TEST(wrong({1.0000005f, -0.0f, 2, -kInfinity}) == 0);
  BOOST_TEST(wrong({NAN, 0, 2, -kInfinity}) == 1);
  BOOST_TEST(wrong({1, 0x1p-149f, 2, -kInfinity}) == 1);
  BOOST_TEST(wrong({1, 0, kInfinity, -3e38f}) == 2);
  BOOST_TEST(wrong({1.000002f, NAN, NAN, NAN}) == 4);
}

BOOST_AUTO_TEST_CASE(comparison_tells_the_zeros_apart_where_encodings_count) {
  const Tolerated mask{1, 2, {0, -HUGE_VAL}, {0, 0}, true};
  const std::vector<float> right{0.0f, -kInfinity}, negative{-0.0f, -kInfinity};
  BOOST_TEST(compare({right.data(), 1, 2}, mask).wrong_count == 0);
  BOOST_TEST(compare({negative.data(), 1, 2}, mask).wrong_count == 1);
}

BOOST_AUTO_TEST_CASE(guards_notice_what_is_beside) {
  for (const bool flush_left : {false, true}) {
    GuardedMemory memory("row", 5, flush_left);
    auto* data = static_cast<float*>(memory.data());
    for (int i = 0; i < 5; ++i) data[i] = 1;
    BOOST_TEST(!memory.overwritten());
    const int beside = flush_left ? 5 : -1;
    BOOST_TEST(locate(data + beside).index == beside);
    BOOST_TEST(std::string(locate(data + 2).buffer) == "row");
    data[beside] = 0;
    BOOST_TEST((memory.overwritten() == beside));
  }
  BOOST_TEST(locate(nullptr).buffer == nullptr);
}
