/// @file
/// Lesson 07, the numbers of its page and of its quiz.

#include "docs/numbers.hpp"

#include <array>
#include <cmath>
#include <set>
#include <vector>

#include "docs/bias_profile.hpp"
#include "reference/kerple.hpp"

using namespace qkoan;

namespace {

double logarithmic(double r1, double r2, int d) {
  return reference::kerple_log<double>(r1, r2, d) + 0.0;
}

double power(double r1, double r2, int d) {
  return reference::kerple_power<double>(r1, r2, d) + 0.0;
}

/// Both forms at a few distances, term by term.
std::string by_hand() {
  std::string text = "```text\nlog, r1 = 2, r2 = 1/2\nd             ";
  std::string argument = "1 + r2·d      ", bias = "bias          ", factor = "e^bias        ";
  for (const int d : {0, 1, 2, 6}) {
    text += format("%9d", d);
    argument += format("%9.4g", 1 + 0.5 * d);
    bias += format("%9.4f", logarithmic(2, 0.5, d));
    factor += format("%9.4f", std::exp(logarithmic(2, 0.5, d)));
  }
  text += "\n" + argument + "\n" + bias + "\n" + factor + "    = 1/(1 + d/2)²\n\n";
  text += "power, r1 = 1/2, r2 = 3/2\nd             ";
  argument = "d^r2          ", bias = "bias          ", factor = "e^bias        ";
  for (const int d : {0, 1, 4, 9}) {
    text += format("%9d", d);
    argument += format("%9.4g", 0.0 - power(1, 1.5, d));
    bias += format("%9.4f", power(0.5, 1.5, d));
    factor += format("%9.4f", std::exp(power(0.5, 1.5, d)));
  }
  return text + "\n" + argument + "\n" + bias + "\n" + factor + "\n```\n";
}

const std::vector<Bias>& profiles() {
  static const std::vector<Bias> all{
      {"ALiBi 1/16", [](int i, int j) { return power(1. / 16, 1, i - j); }},
      {"log 2, 1/8", [](int i, int j) { return logarithmic(2, 1. / 8, i - j); }},
      {"log 1/2, 1", [](int i, int j) { return logarithmic(0.5, 1, i - j); }},
      {"power 1/2, 1/2", [](int i, int j) { return power(0.5, 0.5, i - j); }},
      {"power 1/256, 2", [](int i, int j) { return power(1. / 256, 2, i - j); }}};
  return all;
}

/// Σ x_i·b(|i − j|)·x_j of x = (1, −2, 1), in the power form with r1 = 1.
double quadratic_form(double r2) {
  constexpr std::array kX{1, -2, 1};
  double sum = 0;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) sum += kX[i] * kX[j] * power(1, r2, std::abs(i - j));
  }
  return sum;
}

std::string exponents_table() {
  std::string table = "| r2 | Σ x_i·B_ij·x_j |\n|---:|---:|\n";
  for (const double r2 : {0.5, 1.0, 1.5, 2.0, 2.5, 3.0})
    table += format("| %g | %.2f |\n", r2, quadratic_form(r2) + 0.0);
  return table;
}

/// The logarithmic form with r1·r2 = 1/16, and ALiBi with that slope.
std::string limit_table() {
  std::string table = "| distance |", rule = "|---:|";
  constexpr std::array kR2{1., 0.1, 0.01, 0.001, 0.0001};
  for (const double r2 : kR2) {
    table += format(" r1 = %g, r2 = %g |", 1 / 16. / r2, r2);
    rule += "---:|";
  }
  table += " ALiBi 1/16 |\n" + rule + "---:|\n";
  for (const int d : {1, 16, 256, 4096}) {
    table += format("| %d |", d);
    for (const double r2 : kR2) table += format(" %.4f |", logarithmic(1 / 16. / r2, r2, d));
    table += format(" %.4f |\n", power(1 / 16., 1, d));
  }
  return table;
}

// ---- What is lost in 1 + x ----------------------------------------------------------------------

float plain(float r1, float r2, int d) {
  const volatile float one_more = 1 + r2 * static_cast<float>(d);
  return -r1 * static_cast<float>(std::log(static_cast<double>(one_more)));
}

/// Attention of the newest of n keys with constant scores: the newest first.
template <class BiasOf>
std::vector<double> attention(int n, BiasOf bias) {
  std::vector<double> p(n);
  double sum = 0;
  for (int d = 0; d < n; ++d) sum += p[d] = std::exp(bias(d));
  for (double& x : p) x /= sum;
  return p;
}

/// r1·r2 = 1/2 with smaller and smaller r2, by the logarithm of a float 1 + x.
std::string lost_table() {
  constexpr int kKeys = 64;
  std::string table =
      "| r2 | r1 | bias at distance 1 | by ln of the float 1 + x | different biases among 64 | "
      "weight at wrong keys |\n|---:|---:|---:|---:|---:|---:|\n";
  for (const int exponent : {2, 8, 14, 18, 20, 22, 23}) {
    const float r2 = static_cast<float>(std::exp2(-exponent) / 3), r1 = 0.5f / r2;
    std::set<float> different;
    for (int d = 0; d < kKeys; ++d) different.insert(plain(r1, r2, d));
    const auto right = attention(kKeys, [=](int d) { return logarithmic(r1, r2, d); });
    const auto wrong = attention(kKeys, [=](int d) { return plain(r1, r2, d); });
    double variation = 0;
    for (int d = 0; d < kKeys; ++d) variation += std::fabs(right[d] - wrong[d]) / 2;
    table += format("| %.3g | %.3g | %.6f | %.6f | %d | %.3g |\n", r2, r1, logarithmic(r1, r2, 1),
                    plain(r1, r2, 1), static_cast<int>(different.size()), variation);
  }
  return table;
}

/// The nearest number with 8 bits of significand, ties to even.
double bfloat16(double x) {
  if (x == 0) return 0;
  const double spacing = std::ldexp(1, std::ilogb(x) - 7);
  return std::nearbyint(x / spacing) * spacing;
}

std::string bfloat16_table() {
  std::string table =
      "| keys | different distances in bf16 | distances that share the last one |\n"
      "|---:|---:|---:|\n";
  for (const int n : {256, 512, 1024, 4096, 16384}) {
    std::set<double> different;
    int shared = 0;
    for (int d = 0; d < n; ++d) {
      different.insert(bfloat16(d));
      shared += bfloat16(d) == bfloat16(n - 1);
    }
    table += format("| %d | %d | %d |\n", n, static_cast<int>(different.size()), shared);
  }
  return table;
}

/// Where the power form's penalty exceeds a mask of 10,000.
std::string masks_table() {
  std::string table =
      "| r1 | r2 | first distance with a bias below −10000 | bias at distance 16384 |\n"
      "|---:|---:|---:|---:|\n";
  for (const auto& [r1, r2] : {std::pair{1., 1.}, {1., 1.5}, {1., 2.}, {0.5, 2.}}) {
    int d = 0;
    while (power(r1, r2, d) >= -10000) ++d;
    table += format("| %g | %g | %d | %.3g |\n", r1, r2, d, power(r1, r2, 16384));
  }
  return table;
}

// ---- Quiz ---------------------------------------------------------------------------------------

// instructor only
/// How many of the newest keys have 90 % of the weight of constant scores.
int window(double r1, double r2, int n) {
  const auto p = attention(n, [=](int d) { return logarithmic(r1, r2, d); });
  double sum = 0;
  int keys = 0;
  while (sum < 0.9) sum += p[keys++];
  return keys;
}

/// Which choice tells when windows stop growing with the text.
int settles() {
  constexpr int kShort = 20000, kLong = 320000;
  const auto grows = [](double r1, double r2) {
    return window(r1, r2, kLong) > 1.5 * window(r1, r2, kShort);
  };
  return grows(0.5, 1) && grows(0.5, 4) && !grows(2, 1) && !grows(2, 0.1) ? 1 : -1;
}

/// Which choice tells what a model does whose r2 is 0.
int never_trained() {
  bool zero = true;
  for (int d = 0; d < 1000; ++d) zero = zero && logarithmic(1.5, 0, d) == 0;
  return zero ? 2 : -1;
}

int first_seen_distance(float r2) {
  int d = 1;
  while (plain(1, r2, d) == 0) ++d;
  return d;
}
// end of instructor only

}  // namespace

void qkoan::numbers(Page& page) {
  page.block("by_hand", by_hand());
  page.block("exponents", exponents_table());
  page.block("biases", bias_table(profiles(), 1024));
  page.block("windows", window_table(profiles()));
  page.block("picture", attention_picture(profiles(), 63));
  page.block("limit", limit_table());
  page.block("lost", lost_table());
  page.block("bfloat16", bfloat16_table());
  page.block("masks", masks_table());

  // instructor only
  page.answer("weight_at_9", std::exp(logarithmic(1, 1, 9)));
  page.answer("first_step", -logarithmic(500, 0.001, 1));
  page.answer("paper_to_code", 0.7 * std::sqrt(64));
  page.answer("lost_distance", first_seen_distance(0x1p-27f));
  page.answer("above_two", quadratic_form(3));
  page.choice("settles", settles());
  page.choice("never_trained", never_trained());
  // end of instructor only
}
