/// @file
/// Lesson 03, the numbers of its page and of its quiz.

#include "docs/numbers.hpp"

#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "reference/attention_weights.hpp"

using namespace qkoan;

namespace {

constexpr double kUnit = 0x1p-24;   // u, half the distance from 1 to the next float
constexpr int kRows = 500;          // samples of one row of scores
constexpr int kKeys = 64;           // scores in a row
constexpr int kArguments = 200000;  // of the exponential, per interval

// ---- Float arithmetic that is the same on every machine -----------------------------------------

/// Rounds once: results of exp and ln are half an ulp off, whatever the library.
float exp_float(float x) { return static_cast<float>(std::exp(static_cast<double>(x))); }
float log_float(float x) { return static_cast<float>(std::log(static_cast<double>(x))); }

/// Products of floats are exact in double. Through it, no compiler fuses them with a sum.
float product(float a, float b) { return static_cast<float>(static_cast<double>(a) * b); }

/// |got − exact| in floats of the size of `exact`.
double ulps(float got, double exact) {
  const int exponent = std::max(std::ilogb(exact), -126);
  return std::fabs(got - exact) / std::ldexp(1.0, exponent - 23);
}

std::string text_block(const std::string& text) { return "```text\n" + text + "```\n"; }

/// A number as people write it, with −∞.
std::string people(double x, const char* pattern = "%.4f") {
  if (std::isinf(x)) return x < 0 ? "-∞" : "∞";
  return std::isnan(x) ? "NaN" : format(pattern, x);
}

// ---- Three scores by hand -----------------------------------------------------------------------

const Eigen::VectorXf kScores{{1, 3, 2}};
const Eigen::MatrixXd kValues{{10}, {20}, {30}};

/// One line of numbers behind a name of 12 columns.
std::string line(const char* name, const Eigen::VectorXd& numbers, const char* pattern = "%9.4f") {
  std::string text = name;
  for (const double x : numbers) text += format(pattern, x);
  return text;
}

std::string by_hand() {
  const Eigen::VectorXd e = reference::shifted_exponentials<double>(kScores);
  const Eigen::VectorXd p = reference::softmax<double>(kScores), s = kScores.cast<double>();
  const double m = s.maxCoeff();
  const Eigen::VectorXd shifted = s.array() - m;
  return text_block(line("s          ", s, "%9g") + format("     m = %g\n", m) +
                    line("s − m      ", shifted, "%9g") + "\n" + line("e^(s − m)  ", e) +
                    format("     sum %.4f     ln Σ e^s = %g + ln %.4f = %.4f\n", e.sum(), m,
                           e.sum(), reference::log_sum_exp<double>(kScores)) +
                    line("p          ", p) + format("     sum %.4f\n", p.sum()));
}

/// The state after the first n keys, in front of it what the last step multiplied with.
std::string online_row(int n) {
  const Eigen::VectorXf seen = kScores.head(n);
  const auto state = reference::partial<double>(seen, kValues.topRows(n));
  const double max = seen.maxCoeff();
  const double before = n > 1 ? seen.head(n - 1).maxCoeff() : -HUGE_VAL;
  return format("| %g | %g | %g | %.4f | %.4f | %.4f | %.4f |\n", seen(n - 1), kValues(n - 1, 0),
                max, std::exp(before - max), std::exp(seen(n - 1) - max), state.sum,
                state.output(0));
}

std::string online() {
  std::string table =
      "| score | value | max | keep = e^(old − max) | weight = e^(score − max) | sum | output |\n"
      "|---:|---:|---:|---:|---:|---:|---:|\n"
      "| | | -∞ | | | 0 | 0 |\n";
  for (int n = 1; n <= kScores.size(); ++n) table += online_row(n);
  return table;
}

/// The first two keys and the last one, summarised apart and merged.
std::string merged() {
  const Eigen::VectorXf first = kScores.head(2), last = kScores.tail(1);
  const auto a = reference::partial<double>(first, kValues.topRows(2));
  const auto b = reference::partial<double>(last, kValues.bottomRows(1));
  const auto all = reference::merge<double>(first.maxCoeff(), a, last.maxCoeff(), b);
  const double max = kScores.maxCoeff();
  const double keep = std::exp(first.maxCoeff() - max), join = std::exp(last.maxCoeff() - max);
  return text_block(
      format("keys 0, 1   max %g   sum %.4f   output %.4f\n", first.maxCoeff(), a.sum,
             a.output(0)) +
      format("key 2       max %g   sum %.4f   output %.4f\n", last.maxCoeff(), b.sum, b.output(0)) +
      format(
          "together    max %g   sum %.4f·%g + %g·%.4f = %.4f   output %.4f·%g + %g·%.4f = %.4f\n",
          max, a.sum, keep, b.sum, join, all.sum, a.output(0), keep, b.output(0), join,
          all.output(0)) +
      format("attention   output / sum = %.4f\n", all.output(0) / all.sum));
}

// ---- Why the maximum is subtracted --------------------------------------------------------------

/// What becomes of the row [s, s − 1] in float without a shift.
std::string overflow() {
  std::string table =
      "| s | e^s as a float | p[0] by e^s / Σ e^s | p[0] with the shift |\n"
      "|---:|---:|---:|---:|\n";
  for (const float s : {1.f, 88.f, 89.f, -101.f, -104.f}) {
    const float e = exp_float(s), sum = e + exp_float(s - 1);
    const float shifted = 1 / (1 + exp_float(-1));
    table += format("| %g | %s | %s | %.6f |\n", s, people(e, "%.4g").c_str(),
                    people(e / sum, "%.6f").c_str(), shifted);
  }
  return table;
}

// ---- How an offset hurts ------------------------------------------------------------------------

/// Largest errors of three ways to compute the same weights.
struct Forms {
  double quotient = 0, minus_lse = 0, minus_both = 0;  ///< in ulp
  double beyond = 0;                                   ///< of minus_lse, in units of the bound

  void add(const Eigen::VectorXf& s) {
    const Eigen::VectorXd exact = reference::softmax<double>(s);
    const float m = s.maxCoeff();
    float sum = 0;
    for (const float x : s) sum += exp_float(x - m);
    const float lse = m + log_float(sum);
    const double T = exact.dot((m - s.cast<double>().array()).matrix());
    for (int j = 0; j < s.size(); ++j) {
      const double rho = kUnit * (3 * (m - s(j)) + 3 * T + static_cast<double>(s.size()) + 17);
      const float direct = exp_float(s(j) - lse);
      quotient = std::max(quotient, ulps(exp_float(s(j) - m) / sum, exact(j)));
      minus_both = std::max(minus_both, ulps(exp_float(s(j) - m - log_float(sum)), exact(j)));
      minus_lse = std::max(minus_lse, ulps(direct, exact(j)));
      beyond = std::max(beyond, std::fabs(direct - exact(j)) / (rho * exact(j)));
    }
  }
};

Forms forms(float offset) {
  std::mt19937_64 random(3);
  boost::random::normal_distribution<float> draw;
  Forms worst;
  for (int row = 0; row < kRows; ++row) {
    Eigen::VectorXf s(kKeys);
    for (float& x : s) x = offset + draw(random);
    worst.add(s);
  }
  return worst;
}

std::string offsets() {
  std::string table =
      "| offset | e^(s−m) / Σ | e^((s−m)−ln Σ) | e^(s−lse) | e^(s−lse), bound = 1 |\n"
      "|---:|---:|---:|---:|---:|\n";
  for (const float offset : {0.f, 10.f, 100.f, 1000.f, 10000.f}) {
    const Forms worst = forms(offset);
    table += format("| %.0f | %.1f | %.1f | %.1f | %.2f |\n", offset, worst.quotient,
                    worst.minus_both, worst.minus_lse, worst.beyond);
  }
  return table;
}

// ---- How tight the bound is ---------------------------------------------------------------------

float pairwise_sum(const Eigen::VectorXf& x) {
  const Eigen::Index half = x.size() / 2;
  return half == 0 ? x(0) : pairwise_sum(x.head(half)) + pairwise_sum(x.tail(x.size() - half));
}

/// One key, and n − 1 that are below it by just so much that each is lost in the sum.
std::string stagnation() {
  std::string table =
      "| n | bound ρ/u | error/u, sum from the left | in pairs |\n"
      "|---:|---:|---:|---:|\n";
  for (const int n : {4, 64, 1024, 16384}) {
    Eigen::VectorXf s = Eigen::VectorXf::Constant(n, -16.64f);
    s(0) = 0;
    const Eigen::VectorXf e = s.unaryExpr([](float x) { return exp_float(x); });
    float from_left = 0;
    for (const float x : e) from_left += x;
    const Eigen::VectorXd p = reference::softmax<double>(s);
    const auto error = [&](float sum) { return std::fabs(1 / sum - p(0)) / p(0) / kUnit; };
    table += format("| %d | %.1f | %.1f | %.1f |\n", n, 3 * p.dot(-s.cast<double>()) + n + 17,
                    error(from_left), error(pairwise_sum(e)));
  }
  return table;
}

// ---- An exponential of one's own ----------------------------------------------------------------

constexpr float kLog2E = 0x1.715476p0f;                           // 1/ln 2
constexpr float kLn2 = 0x1.62e43p-1f;                             // ln 2 in one float
constexpr float kUpper = 0x1.62e4p-1f, kLower = 0x1.7f7d1cp-20f;  // and in two

float taylor(float r, int degree) {
  float sum = 1;
  for (int k = degree; k > 0; --k) sum = 1 + product(r, sum) / static_cast<float>(k);
  return sum;
}

float by_power_of_two(float x) {
  return static_cast<float>(std::exp2(static_cast<double>(product(x, kLog2E))));
}

float by_one_step(float x) {
  const float n = std::nearbyint(product(x, kLog2E));
  return std::ldexp(taylor(x - product(n, kLn2), 7), static_cast<int>(n));
}

float by_two_steps(float x, int degree) {
  const float n = std::nearbyint(product(x, kLog2E));
  const float r = x - product(n, kUpper) - product(n, kLower);
  return std::ldexp(taylor(r, degree), static_cast<int>(n));
}

/// Largest error in ulp of an exponential between two whole numbers.
template <class Exponential>
double worst_error(int low, int high, Exponential exponential) {
  double worst = 0;
  for (int i = 0; i <= kArguments; ++i) {
    const auto x = static_cast<float>(low + (high - low) * (i / double(kArguments)));
    worst = std::max(worst, ulps(exponential(x), std::exp(static_cast<double>(x))));
  }
  return worst;
}

std::string exponentials() {
  std::string table =
      "| x | 2^(x·log₂e) | one step, degree 7 | two steps, degree 5 | degree 6 | degree 7 |\n"
      "|---|---:|---:|---:|---:|---:|\n";
  for (const auto& [low, high] : {std::pair{-1, 0}, {-10, -1}, {-87, -10}}) {
    table += format("| %d … %d | %.1f | %.1f |", low, high, worst_error(low, high, by_power_of_two),
                    worst_error(low, high, by_one_step));
    for (const int degree : {5, 6, 7}) {
      const auto two_steps = [=](float x) { return by_two_steps(x, degree); };
      table += format(" %.1f |", worst_error(low, high, two_steps));
    }
    table += "\n";
  }
  return table;
}

// ---- Sinks --------------------------------------------------------------------------------------

/// What all keys together get, when a key without value has the score 0.
std::string sinks() {
  std::string table =
      "| scores | softmax | Σ e^s / (1 + Σ e^s) | with the 1 after the shift |\n"
      "|---|---:|---:|---:|\n";
  for (const float offset : {4.f, 0.f, -4.f, -8.f}) {
    const Eigen::VectorXf s = kScores.array() + offset;
    const double all = reference::softmax<double>(s).sum();
    const double sum = reference::exponentials<double>(s).sum();
    const double shifted = reference::shifted_exponentials<double>(s).sum();
    table += format("| %g, %g, %g | %.4f | %.4f | %.4f |\n", s(0), s(1), s(2), all, sum / (1 + sum),
                    shifted / (1 + shifted));
  }
  return table;
}

}  // namespace

void qkoan::numbers(Page& page) {
  page.block("by_hand", by_hand());
  page.block("online", online() + "\n" + merged());
  page.block("overflow", overflow());
  page.block("offsets", offsets());
  page.block("stagnation", stagnation());
  page.block("exponentials", exponentials());
  page.block("sinks", sinks());

  // instructor only
  const Eigen::VectorXf equal = Eigen::VectorXf::Constant(4, 1000);
  page.answer("overflow", std::floor(std::log(std::numeric_limits<float>::max())));
  page.answer("merge", 1.2 + 1.5 * std::exp(1.0 - 3.0));
  page.answer("lse", reference::log_sum_exp<double>(equal));
  page.answer("spacing", 100 * std::expm1(0x1p-11));
  page.answer("sink", 0.5);
  // end of instructor only
}
