#include "docs/bias_profile.hpp"

#include <algorithm>
#include <cmath>

#include "docs/format.hpp"

namespace qkoan {
namespace {

constexpr int kLengths[] = {64, 256, 1024, 4096, 16384};
constexpr double kShare = 0.9;  // of the weight, inside the window

/// How many of the newest keys have that share of the weight.
int window(const std::vector<double>& p) {
  double sum = 0;
  int keys = 0;
  while (sum < kShare && keys < static_cast<int>(p.size())) sum += p[p.size() - 1 - keys++];
  return keys;
}

double entropy(const std::vector<double>& p) {
  double bits = 0;
  for (const double x : p) bits -= x == 0 ? 0 : x * std::log2(x);
  return bits;
}

std::string header(const std::string& first, const std::vector<Bias>& biases) {
  std::string names = "| " + first + " |", rule = "|---:|";
  for (const Bias& bias : biases) {
    names += " " + bias.name + " |";
    rule += "---:|";
  }
  return names + "\n" + rule + "\n";
}

/// Characters of the name as they are seen: bytes that continue one do not count.
int columns(const std::string& name) {
  return static_cast<int>(
      std::count_if(name.begin(), name.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

std::vector<double> attention_row(const Bias& bias, int i) {
  std::vector<double> p(i + 1);
  for (int j = 0; j <= i; ++j) p[j] = bias.value(i, j);
  const double largest = *std::max_element(p.begin(), p.end());
  double sum = 0;
  for (double& x : p) sum += x = std::exp(x - largest);
  for (double& x : p) x /= sum;
  return p;
}

std::string bias_table(const std::vector<Bias>& biases, int i) {
  std::string table = header("distance", biases);
  for (int distance = 0; distance <= i; distance = distance == 0 ? 1 : 2 * distance) {
    table += format("| %d |", distance);
    for (const Bias& bias : biases) table += format(" %.4g |", bias.value(i, i - distance));
    table += "\n";
  }
  return table;
}

std::string window_table(const std::vector<Bias>& biases) {
  std::string table = header("keys", biases);
  for (const int n : kLengths) {
    table += format("| %d |", n);
    for (const Bias& bias : biases) {
      const std::vector<double> p = attention_row(bias, n - 1);
      table += format(" %d keys, %.2f bit |", window(p), entropy(p));
    }
    table += "\n";
  }
  return table;
}

std::string attention_picture(const std::vector<Bias>& biases, int i) {
  static const char* const kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  int width = 0;
  for (const Bias& bias : biases) width = std::max(width, columns(bias.name));
  std::string picture = "```text\n";
  for (const Bias& bias : biases) {
    const std::vector<double> p = attention_row(bias, i);
    const double largest = *std::max_element(p.begin(), p.end());
    picture += bias.name + std::string(width - columns(bias.name) + 2, ' ');
    for (const double x : p) picture += kBars[std::min(static_cast<int>(8 * x / largest), 7)];
    picture += format("  largest %.3f\n", largest);
  }
  return picture + "```\n";
}

}  // namespace qkoan
