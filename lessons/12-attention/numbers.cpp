/// @file
/// Lesson 12, the numbers of its page and of its quiz.

#include "docs/numbers.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "reference/attention.hpp"

using namespace qkoan;

namespace {

// ---- One query ----------------------------------------------------------------------------------

const Eigen::VectorXf kQuery{{2, 0, 1, -1}};
const Eigen::MatrixXf kKeys{{1, 1, 0, 0}, {0, 2, 1, 1}, {2, 0, 2, 0}, {1, 0, 0, 2}};
const Eigen::MatrixXf kValues{{1, 0}, {0, 1}, {2, 2}, {9, 9}};
const Eigen::VectorXd kBias{{0, 0.5, -1, -HUGE_VAL}};

std::vector<double> scores() {
  std::vector<double> s;
  for (int j = 0; j < 4; ++j)
    s.push_back(kQuery.cast<double>().dot(kKeys.row(j).cast<double>()) / 2 + kBias(j));
  return s;
}

std::string number(double x) { return std::isinf(x) ? "−∞" : format("%.4g", x); }

std::string by_hand() {
  std::string table =
      "| key | q·k | q·k/√d | bias | score | e^(score − max) | weight | value |\n"
      "|---:|---:|---:|---:|---:|---:|---:|---|\n";
  const std::vector<double> s = scores();
  const double max = *std::max_element(s.begin(), s.end());
  double sum = 0;
  for (const double x : s) sum += std::exp(x - max);
  for (int j = 0; j < 4; ++j) {
    const double product = kQuery.cast<double>().dot(kKeys.row(j).cast<double>());
    table += format("| %d | %g | %g | %s | %s | %.4f | %.4f | (%g, %g) |\n", j, product,
                    product / 2, number(kBias(j)).c_str(), number(s[j]).c_str(),
                    std::exp(s[j] - max), std::exp(s[j] - max) / sum, kValues(j, 0), kValues(j, 1));
  }
  const Eigen::VectorXd o = reference::attend<double>(kQuery, kKeys, kValues, kBias, kBias);
  return table + format("\nThe output is (%.4f, %.4f).\n", o(0), o(1));
}

/// The same keys one after the other: what is known of the row after each.
std::string online() {
  std::string table =
      "| key | score | maximum | e^(old − new) | sum | output so far, not divided | divided |\n"
      "|---:|---:|---:|---:|---:|---|---|\n";
  double max = -HUGE_VAL, sum = 0;
  Eigen::Vector2d o(0, 0);
  const std::vector<double> s = scores();
  for (int j = 0; j < 3; ++j) {
    const double now = std::max(max, s[j]), shrink = std::exp(max - now);
    const double weight = std::exp(s[j] - now);
    sum = sum * shrink + weight;
    o = o * shrink + weight * kValues.row(j).transpose().cast<double>();
    max = now;
    table += format("| %d | %g | %g | %.4f | %.4f | (%.4f, %.4f) | (%.4f, %.4f) |\n", j, s[j], max,
                    shrink, sum, o(0), o(1), o(0) / sum, o(1) / sum);
  }
  return table;
}

// ---- Memory and work ----------------------------------------------------------------------------

std::string bytes(double n) {
  const char* const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  int unit = 0;
  for (; n >= 1024 && unit < 4; ++unit) n /= 1024;
  return format("%.4g %s", n, units[unit]);
}

/// What one head's scores take, and what a block of 48 queries and a tile of 64 keys take, d = 64.
std::string memory() {
  std::string table =
      "| tokens | all scores of one head | 32 heads | Q, K, V and O of one head | one tile of "
      "scores "
      "|\n|---:|---:|---:|---:|---:|\n";
  for (const double n : {512., 4096., 32768., 131072., 1048576.}) {
    table += format("| %.0f | %s | %s | %s | %s |\n", n, bytes(4 * n * n).c_str(),
                    bytes(32 * 4 * n * n).c_str(), bytes(4 * 4 * n * 64).c_str(),
                    bytes(4 * 48 * 64).c_str());
  }
  return table;
}

/// Pairs that blocks of queries and tiles of keys compute, against those that a causal model needs.
double computed(int n, int block, int tile) {
  double pairs = 0;
  for (int first = 0; first < n; first += block) {
    const int end = std::min(first + block, n);
    pairs += static_cast<double>(block) * ((end + tile - 1) / tile * tile);
  }
  return pairs;
}

std::string skipping() {
  std::string table =
      "| tokens | pairs that are seen | of all | computed by 48 × 8 | by 48 × 64 |\n"
      "|---:|---:|---:|---:|---:|\n";
  for (const int n : {64, 512, 2048, 8192}) {
    const double seen = n * (n + 1.) / 2;
    table += format("| %d | %.0f | %.1f %% | %.3f × | %.3f × |\n", n, seen, 100 * seen / n / n,
                    computed(n, 48, 8) / seen, computed(n, 48, 64) / seen);
  }
  return table;
}

/// Keys and values of a text of 8192 tokens in 16 bits, d = d_v = 128, for one layer.
std::string groups() {
  std::string table =
      "| query heads | key heads | heads that share one | keys and values of 8192 tokens, one "
      "layer |\n"
      "|---:|---:|---:|---:|\n";
  for (const int kv_heads : {32, 8, 4, 1}) {
    table += format("| 32 | %d | %d | %s |\n", kv_heads, 32 / kv_heads,
                    bytes(2. * 2 * 8192 * 128 * kv_heads).c_str());
  }
  return table;
}

// ---- Quiz ---------------------------------------------------------------------------------------

// instructor only
/// 0 if two keys that are alike share their weight evenly, whatever their values.
int alike_choice() {
  const Eigen::VectorXf q{{1, 2}};
  const Eigen::MatrixXf K{{3, 1}, {3, 1}}, V{{4, 0}, {0, 8}};
  const Eigen::VectorXd none{{0, 0}};
  const Eigen::VectorXd o = reference::attend<double>(q, K, V, none, none);
  return std::fabs(o(0) - 2) < 1e-12 && std::fabs(o(1) - 4) < 1e-12 ? 1 : -1;
}
// end of instructor only

}  // namespace

void qkoan::numbers(Page& page) {
  page.block("by_hand", by_hand());
  page.block("online", online());
  page.block("memory", memory());
  page.block("skipping", skipping());
  page.block("groups", groups());
  // instructor only
  page.answer("gibibytes", 4. * 32768 * 32768 / (1 << 30));
  page.answer("correction", std::exp(1. - 3.));
  page.answer("shared_head", 13 / (32 / 8));
  page.answer("seen_pairs", 6 * 7 / 2);
  page.choice("alike", alike_choice());
  // end of instructor only
}
