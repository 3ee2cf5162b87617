/// @file
/// Lesson 01, the numbers of its page and of its quiz.

#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <random>

#include "docs/numbers.hpp"
#include "reference/scaled_scores.hpp"

using namespace qkoan;

namespace {

constexpr int kSizes[] = {1, 4, 16, 64, 256, 1024};
constexpr int kPairs = 10000;  // samples of one score
constexpr int kRows = 2000;    // samples of one row of scores
constexpr int kKeys = 16;      // scores in a row
using Random = std::mt19937_64;

/// Independent numbers with mean 0 and this standard deviation.
Eigen::MatrixXd normal(Random& random, int rows, int cols, double deviation = 1) {
  boost::random::normal_distribution<double> draw(0, deviation);
  Eigen::MatrixXd m(rows, cols);
  for (int i = 0; i < rows; ++i) {
    for (int c = 0; c < cols; ++c) m(i, c) = draw(random);
  }
  return m;
}

double deviation(const Eigen::VectorXd& sample) {
  const Eigen::ArrayXd around_mean = sample.array() - sample.mean();
  return std::sqrt(around_mean.square().sum() / static_cast<double>(sample.size() - 1));
}

/// How far the scores of independent q and k spread, before and after scaling.
struct Spread {
  double unscaled, scaled;
};

Spread spread(int d, double deviation_of_q = 1) {
  Random random(d);
  Eigen::VectorXd unscaled(kPairs), scaled(kPairs);
  for (int n = 0; n < kPairs; ++n) {
    const Eigen::VectorXd q = normal(random, d, 1, deviation_of_q), k = normal(random, d, 1);
    unscaled(n) = reference::dot<double>(q, k);
    scaled(n) = reference::scaled_score<double>(q, k);
  }
  return {deviation(unscaled), deviation(scaled)};
}

/// What softmax makes of rows of scores, on average.
struct Sharpness {
  double bits = 0;     ///< entropy Σ −p·log₂p: 4 if 16 keys are alike, 0 if one has all the weight
  double largest = 0;  ///< the largest weight
  double slope = 0;    ///< mean of p(1−p), the derivative of a weight by its own score

  void add(const Eigen::VectorXd& scores) {
    const Eigen::ArrayXd e = (scores.array() - scores.maxCoeff()).exp();
    const Eigen::ArrayXd p = e / e.sum();
    for (const double weight : p) bits -= weight == 0 ? 0 : weight * std::log2(weight) / kRows;
    largest += p.maxCoeff() / kRows;
    slope += (p * (1 - p)).mean() / kRows;
  }
};

/// The same rows of scores, unscaled, divided by √d, and divided by d.
struct ThreeScales {
  Sharpness unscaled, by_root, by_d;
};

ThreeScales sharpness(int d) {
  Random random(d);
  ThreeScales result;
  for (int n = 0; n < kRows; ++n) {
    const Eigen::MatrixXd Q = normal(random, 1, d), K = normal(random, kKeys, d);
    const Eigen::VectorXd s = reference::scaled_scores<double>(Q, K).transpose();
    result.unscaled.add(s * std::sqrt(d));
    result.by_root.add(s);
    result.by_d.add(s / std::sqrt(d));
  }
  return result;
}

std::string spread_table() {
  std::string table =
      "| d | √d | standard deviation of q·k | of q·k/√d |\n"
      "|---:|---:|---:|---:|\n";
  for (const int d : kSizes) {
    const Spread s = spread(d);
    table += format("| %d | %.0f | %.2f | %.2f |\n", d, std::sqrt(d), s.unscaled, s.scaled);
  }
  return table;
}

std::string sharpness_table() {
  std::string table =
      "| d | entropy: q·k | q·k/√d | largest weight: q·k | q·k/√d | mean p(1−p): q·k | q·k/√d |\n"
      "|---:|---:|---:|---:|---:|---:|---:|\n";
  for (const int d : kSizes) {
    const auto [raw, root, by_d] = sharpness(d);
    table += format("| %d | %.2f | %.2f | %.2f | %.2f | %.4f | %.4f |\n", d, raw.bits, root.bits,
                    raw.largest, root.largest, raw.slope, root.slope);
  }
  return table;
}

std::string by_d_table() {
  std::string table = "|d|\n";
  for (const int d : kSizes) {
    const auto [raw, root, by_d] = sharpness(d);
    table += format("| %d | %.2f | %.3f | %.4f\n", d, by_d.bits, by_d.largest, by_d.slope);
  }
  return table;
}
}  // namespace

void qkoan::numbers(Page& page) {
  page.block("spread", spread_table());
  page.block("sharpness", sharpness_table());
  page.block("x", by_d_table());
}
