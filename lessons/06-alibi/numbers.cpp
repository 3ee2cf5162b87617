/// @file
/// Lesson 06, the numbers of its page and of its quiz.

#include "docs/numbers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "docs/bias_profile.hpp"
#include "reference/alibi.hpp"
#include "reference/t5_buckets.hpp"

using namespace qkoan;

namespace {

/// A narrow floating-point format: how many bits its significands have, and its largest number.
struct Format {
  int bits;
  double largest;
  double least_step;  ///< distance of the numbers closest to 0

  /// The nearest number of the format, ties to even; infinite beyond the largest.
  double operator()(double x) const {
    const double step = x == 0 ? 1 : std::ldexp(1, std::ilogb(x) - bits + 1);
    const double spacing = std::max(step, least_step);
    const double rounded = std::nearbyint(x / spacing) * spacing;
    return std::fabs(rounded) > largest ? std::copysign(HUGE_VAL, x) : rounded;
  }
};

const Format kBfloat16{8, std::ldexp(255, 120), std::ldexp(1, -133)};
const Format kFloat16{11, 65504, std::ldexp(1, -24)};
const double kRoot = static_cast<float>(std::exp2(-0.5));  // the ninth slope of 12 heads

double alibi(double m, int i, int j) { return reference::alibi<double>(m, i, j, false) + 0.0; }

std::string slope_row(int heads) {
  std::string row;
  const Eigen::VectorXd m = reference::alibi_slopes<double>(heads, 0, heads);
  for (int h = 0; h < heads; ++h) row += format(" %.4f", m(h));
  return row;
}

/// Eight, twelve and 71 heads, and what the book's formula says for eight.
std::string slopes_text() {
  std::string book;
  for (int k = 1; k <= 8; ++k) book += format(" %.4f", std::exp2(-8. / k));
  const Eigen::VectorXd many = reference::alibi_slopes<double>(71, 0, 71);
  return "```text\n n                 slopes of heads 0, 1, 2, …\n 8                " +
         slope_row(8) + "\n12                " + slope_row(12) + "\n 8, as misprinted " + book +
         "\n```\n" +
         format(
             "\nA model of 71 heads has slopes from %.4f to %.4f, and those of heads 63 and 64 "
             "are %.4f and\n%.4f: slopes are not sorted.\n",
             many.maxCoeff(), many.minCoeff(), many(63), many(64));
}

/// Slope ½, query at position 4, with six keys; then the key-only form, and both softmax rows.
std::string by_hand() {
  constexpr double kSlope = 0.5;
  constexpr int kPosition = 4, kKeys = 6;
  std::string key = "key j           ", causal = "causal          ", both = "bidirectional   ";
  std::string key_only = "key-only, m·j   ", weight = "softmax of it   ";
  double sum = 0, sum_of_key_only = 0;
  for (int j = 0; j <= kPosition; ++j) {
    sum += std::exp(alibi(kSlope, kPosition, j));
    sum_of_key_only += std::exp(kSlope * j);
  }
  std::string same = "softmax of it   ";
  for (int j = 0; j < kKeys; ++j) {
    key += format("%8d", j);
    causal += j > kPosition ? "      -∞" : format("%8g", alibi(kSlope, kPosition, j));
    both += format("%8g", reference::alibi<double>(kSlope, kPosition, j, true) + 0.0);
    key_only += j > kPosition ? "      -∞" : format("%8g", kSlope * j);
    const bool seen = j <= kPosition;
    weight += format("%8.4f", seen ? std::exp(alibi(kSlope, kPosition, j)) / sum : 0);
    same += format("%8.4f", seen ? std::exp(kSlope * j) / sum_of_key_only : 0);
  }
  return "```text\nm = 1/2, p = 4, scores that are all alike\n" + key + "\n" + both + "\n\n" +
         causal + "\n" + weight + "\n\n" + key_only + "\n" + same + "\n```\n";
}

// ---- Beside T5 ----------------------------------------------------------------------------------

const std::vector<int> kFirst = reference::t5_first_distances(32, 128);

/// What T5 could learn if it wanted to be ALiBi: each bucket has the bias of its nearest key.
double t5(double m, int i, int j) { return -m * kFirst[reference::t5_bucket(i - j, kFirst)] + 0.0; }

const std::vector<Bias>& profiles() {
  static const std::vector<Bias> all{
      {"ALiBi 1/2", [](int i, int j) { return alibi(1. / 2, i, j); }},
      {"ALiBi 1/16", [](int i, int j) { return alibi(1. / 16, i, j); }},
      {"T5 like 1/16", [](int i, int j) { return t5(1. / 16, i, j); }},
      {"ALiBi 1/256", [](int i, int j) { return alibi(1. / 256, i, j); }}};
  return all;
}

/// The penalties of ALiBi and of T5 against the distance, as hanging depths; then attention rows.
std::string side_by_side() {
  static const char* const kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr int kStep = 3, kColumns = 64;
  constexpr double kDeepest = kStep * (kColumns - 1) / 16.;
  std::string picture = "```text\npenalty against distance, 0 at the left, ";
  picture += format("%d at the right; one character is %d keys\n", kStep * (kColumns - 1), kStep);
  for (const bool is_t5 : {false, true}) {
    picture += is_t5 ? "T5 like 1/16  " : "ALiBi 1/16    ";
    for (int column = 0; column < kColumns; ++column) {
      const int d = kStep * column;
      const double penalty = -(is_t5 ? t5(1. / 16, d, 0) : alibi(1. / 16, d, 0));
      picture += kBars[std::min(static_cast<int>(8 * penalty / kDeepest), 7)];
    }
    picture += is_t5 ? format("  at most %.2f\n", -t5(1. / 16, 100000, 0)) : "  no end\n";
  }
  const std::string rows = attention_picture(profiles(), 63);
  return picture + "\nattention of the query at position 63, key 0 at the left\n" +
         rows.substr(std::string("```text\n").size());
}

// ---- 16 bits ------------------------------------------------------------------------------------

/// How many keys have, in the key-only form, the bias of the newest of n keys.
int tied_with_newest(const Format& narrow, double m, int n) {
  const double newest = narrow(m * (n - 1));
  int ties = 0;
  while (ties < n && narrow(m * (n - 1 - ties)) == newest) ++ties;
  return ties;
}

/// The smallest distance whose bias is that of the distance before it, in the relative form.
int first_tie(const Format& narrow, double m) {
  int d = 1;
  while (narrow(m * d) != narrow(m * (d - 1))) ++d;
  return d;
}

/// Softmax of the biases m·j, or −m·(n−1−j), of n keys, each rounded: key 0 first.
template <class Round>
std::vector<double> attention(double m, int n, bool key_only, Round round) {
  std::vector<double> p(n);
  const double largest = key_only ? round(m * (n - 1)) : 0;
  double sum = 0;
  for (int j = 0; j < n; ++j) {
    const double bias = key_only ? round(m * j) : -round(m * (n - 1 - j));
    sum += p[j] = std::exp(bias - largest);
  }
  for (double& x : p) x /= sum;
  return p;
}

/// Half the sum of the differences: how much weight stands at the wrong keys.
double total_variation(const std::vector<double>& p, const std::vector<double>& q) {
  double sum = 0;
  for (std::size_t j = 0; j < p.size(); ++j) sum += std::fabs(p[j] - q[j]);
  return sum / 2;
}

std::string ties_table() {
  std::string table =
      "| keys | bf16, m = 1/2 | bf16, m = 2^−½ | fp16, m = 1/2 |\n|---:|---:|---:|---:|\n";
  for (const int n : {256, 1024, 2048, 4096, 8192, 16384, 32768, 131072}) {
    const bool infinite = std::isinf(kFloat16(0.5 * (n - 1)));
    const std::string half = infinite ? "bias ∞" : format("%d", tied_with_newest(kFloat16, 0.5, n));
    table += format("| %d | %d | %d | %s |\n", n, tied_with_newest(kBfloat16, 0.5, n),
                    tied_with_newest(kBfloat16, kRoot, n), half.c_str());
  }
  return table;
}

std::string variation_table() {
  const auto exactly = [](double x) { return x; };
  std::string table =
      "| keys | weight of the newest key, exact | key-only, bf16 | weight at wrong keys, key-only "
      "bf16 | relative bf16 | key-only fp16 |\n|---:|---:|---:|---:|---:|---:|\n";
  for (const int n : {512, 2048, 8192, 32768}) {
    const auto right = attention(0.5, n, false, exactly);
    const auto bf16 = attention(0.5, n, true, kBfloat16);
    const auto relative = attention(0.5, n, false, kBfloat16);
    const auto fp16 = attention(0.5, n, true, kFloat16);
    table += format("| %d | %.4f | %.4f | %.3f | %.0e | %.3f |\n", n, right.back(), bf16.back(),
                    total_variation(right, bf16), total_variation(right, relative),
                    total_variation(right, fp16));
  }
  return table + format(
                     "\nIn the relative form and bf16, the first two distances with the same bias "
                     "are %d and %d\nfor m = 1/2, and %d and %d for m = 2^−½.\n",
                     first_tie(kBfloat16, 0.5) - 1, first_tie(kBfloat16, 0.5),
                     first_tie(kBfloat16, kRoot) - 1, first_tie(kBfloat16, kRoot));
}

/// The largest error of slopes, in ulp, and how many are not correctly rounded.
std::string rounding_table() {
  std::string table =
      "| heads | powers of the rounded ratio: largest error | slopes not correctly rounded | of "
      "them powers of two |\n|---:|---:|---:|---:|\n";
  for (const int heads : {8, 12, 16, 32, 64, 112}) {
    double largest = 0;
    int wrong = 0, wrong_powers = 0;
    const int c = static_cast<int>(std::bit_floor(static_cast<unsigned>(heads)));
    for (int h = 0; h < heads; ++h) {
      const auto ratio = static_cast<float>(std::exp2((h < c ? -8. : -4.) / c));
      const auto got =
          static_cast<float>(std::pow(static_cast<double>(ratio), h < c ? h + 1 : 2 * (h - c) + 1));
      const auto exact = reference::alibi_slope<double>(h, heads);
      const bool differs = got != static_cast<float>(exact);
      largest = std::max(largest, std::fabs(got - exact) / std::ldexp(1, std::ilogb(exact) - 23));
      wrong += differs;
      const double e = reference::alibi_exponent(h, heads);
      wrong_powers += differs && e == std::floor(e);
    }
    table += format("| %d | %.2f ulp | %d | %d |\n", heads, largest, wrong, wrong_powers);
  }
  return table;
}

// ---- Quiz ---------------------------------------------------------------------------------------

// instructor only
/// Which choice tells where the weight goes if the penalty is added instead of subtracted.
int positive_term() {
  constexpr int kKeys = 100;
  std::vector<double> p(kKeys);
  double sum = 0;
  for (int j = 0; j < kKeys; ++j) sum += p[j] = std::exp(-alibi(0.5, kKeys - 1, j));
  const bool oldest_leads = p.front() / sum > 0.39 && p.back() / sum < 1e-20;
  return oldest_leads ? 2 : -1;
}

/// Which choice tells what padding at the left does to the key-only form.
int left_padding() {
  double change = 0;
  std::vector<double> p(50), padded(50);
  double sum = 0, sum_padded = 0;
  for (int j = 0; j < 50; ++j) {
    sum += p[j] = std::exp(0.5 * j - 0.5 * 49);
    sum_padded += padded[j] = std::exp(0.5 * (j + 3) - 0.5 * 52);
  }
  for (int j = 0; j < 50; ++j)
    change = std::max(change, std::fabs(p[j] / sum - padded[j] / sum_padded));
  return change < 1e-15 ? 0 : -1;
}
// end of instructor only

}  // namespace

void qkoan::numbers(Page& page) {
  page.block("by_hand", by_hand());
  page.block("slopes", slopes_text());
  page.block("biases", bias_table(profiles(), 1024));
  page.block("windows", window_table(profiles()));
  page.block("side_by_side", side_by_side());
  page.block("ties", ties_table());
  page.block("variation", variation_table());
  page.block("rounding", rounding_table());

  // instructor only
  page.answer("fourth_of_16", reference::alibi_slope<double>(3, 16));
  page.answer("ninth_of_12", reference::alibi_slope<double>(8, 12));
  page.answer("second_machine",
              reference::alibi_slope<double>(0, 32) / reference::alibi_slope<double>(16, 32));
  page.choice("positive_term", positive_term());
  page.choice("left_padding", left_padding());
  page.answer("half_weight", 256 * std::log(2));
  page.answer("ties", tied_with_newest(kBfloat16, 0.5, 8192));
  // end of instructor only
}
