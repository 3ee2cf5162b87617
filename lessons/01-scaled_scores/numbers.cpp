/// @file
/// Lesson 01, the numbers of its page and of its quiz.

#include "docs/numbers.hpp"

#include <array>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <random>
#include <vector>

#include "reference/attention_weights.hpp"
#include "reference/scaled_scores.hpp"

using namespace qkoan;

namespace {

constexpr std::array kSizes{1, 4, 16, 64, 256, 1024};
constexpr int kPairs = 10000;    // samples of one score
constexpr int kRows = 2000;      // samples of one row of scores
constexpr int kKeys = 16;        // scores in a row
constexpr double kStuck = 0.99;  // a row is stuck when one key has more of the weight than this
constexpr int kBar = 30;         // cells of a full bar

/// Independent numbers with mean 0.
Eigen::MatrixXd normal(std::mt19937_64& random, int rows, int cols, double deviation = 1) {
  boost::random::normal_distribution<double> draw(0, deviation);
  Eigen::MatrixXd m(rows, cols);
  for (int i = 0; i < rows; ++i) {
    for (int c = 0; c < cols; ++c) m(i, c) = draw(random);
  }
  return m;
}

double standard_deviation(const Eigen::VectorXd& sample) {
  const Eigen::ArrayXd around_mean = sample.array() - sample.mean();
  return std::sqrt(around_mean.square().sum() / static_cast<double>(sample.size() - 1));
}

/// Standard deviations of the scores of independent vectors.
struct Spread {
  double unscaled, scaled;
};

Spread spread(int d, double deviation_of_q = 1) {
  std::mt19937_64 random(d);
  Eigen::VectorXd unscaled(kPairs), scaled(kPairs);
  for (int n = 0; n < kPairs; ++n) {
    const Eigen::VectorXd q = normal(random, d, 1, deviation_of_q), k = normal(random, d, 1);
    unscaled(n) = reference::dot<double>(q, k);
    scaled(n) = reference::scaled_score<double>(q, k);
  }
  return {standard_deviation(unscaled), standard_deviation(scaled)};
}

/// What softmax makes of rows of scores: means over all rows.
struct Weights {
  double bits = 0;     ///< entropy Σ −p·log₂p: 4 if 16 keys are alike, 0 if one has all the weight
  double largest = 0;  ///< the largest weight
  double slope = 0;    ///< p(1−p), the derivative of a weight by its own score
  double stuck = 0;    ///< share of the rows that are stuck

  void add(const Eigen::VectorXd& scores) {
    const Eigen::ArrayXd p = reference::softmax<double>(scores.cast<float>()).array();
    for (const double weight : p) bits -= weight == 0 ? 0 : weight * std::log2(weight) / kRows;
    largest += p.maxCoeff() / kRows;
    slope += (p * (1 - p)).mean() / kRows;
    stuck += (p.maxCoeff() > kStuck) / static_cast<double>(kRows);
  }
};

/// The same rows of scores as they are, divided by √d, and divided by d.
struct Comparison {
  int d;
  Weights unscaled = {}, by_root = {}, by_d = {};
};

Comparison compare(int d) {
  std::mt19937_64 random(d);
  Comparison result{d};
  for (int n = 0; n < kRows; ++n) {
    const Eigen::MatrixXd Q = normal(random, 1, d), K = normal(random, kKeys, d);
    const Eigen::VectorXd s = reference::scaled_scores<double>(Q, K).transpose();
    result.unscaled.add(s * std::sqrt(d));
    result.by_root.add(s);
    result.by_d.add(s / std::sqrt(d));
  }
  return result;
}

/// The course's own example, term by term.
std::string by_hand() {
  const Eigen::VectorXd q{{2, 0.5, 1, -1.5}}, k{{1, 1, -0.5, 2}};
  std::string lines[3] = {"q[c]       ", "k[c]       ", "q[c]·k[c]  "};
  for (int c = 0; c < q.size(); ++c) {
    const double terms[] = {q(c), k(c), q(c) * k(c)};
    for (int line = 0; line < 3; ++line) lines[line] += format("%6g", terms[line]);
  }
  lines[2] += format("     sum: q·k = %g     divided by √%d: %g", reference::dot<double>(q, k),
                     static_cast<int>(q.size()), reference::scaled_score<double>(q, k));
  return "```text\n" + lines[0] + "\n" + lines[1] + "\n" + lines[2] + "\n```\n";
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

std::string weights_table(const std::vector<Comparison>& comparisons) {
  std::string table =
      "| d | entropy of q·k | of q·k/√d | of q·k/d | largest weight of q·k | of q·k/√d "
      "| mean p(1−p) of q·k | of q·k/√d |\n"
      "|---:|---:|---:|---:|---:|---:|---:|---:|\n";
  for (const auto& [d, unscaled, by_root, by_d] : comparisons) {
    table += format("| %d | %.2f | %.2f | %.2f | %.2f | %.2f | %.4f | %.4f |\n", d, unscaled.bits,
                    by_root.bits, by_d.bits, unscaled.largest, by_root.largest, unscaled.slope,
                    by_root.slope);
  }
  return table;
}

/// How many rows are stuck, as bars.
std::string stuck_picture(const std::vector<Comparison>& comparisons) {
  std::string picture =
      "```text\n   d   stuck rows, q·k" + std::string(kBar - 7, ' ') + "stuck rows, q·k/√d\n";
  for (const auto& [d, unscaled, by_root, by_d] : comparisons) {
    const int cells = static_cast<int>(std::lround(kBar * unscaled.stuck));
    picture += format("%4d   ", d);
    for (int cell = 0; cell < kBar; ++cell) picture += cell < cells ? "█" : "·";
    picture += format(" %3.0f %%  %3.0f %%\n", 100 * unscaled.stuck, 100 * by_root.stuck);
  }
  return picture + "```\n";
}

}  // namespace

void qkoan::numbers(Page& page) {
  std::vector<Comparison> comparisons;
  for (const int d : kSizes) comparisons.push_back(compare(d));
  page.block("by_hand", by_hand());
  page.block("spread", spread_table());
  page.block("weights", weights_table(comparisons));
  page.block("stuck", stuck_picture(comparisons));

  // instructor only
  const Eigen::VectorXd q{{1, 2, -1, 0, 3, 1, 0, 2, -2}}, k{{4, 1, 2, 5, 1, -2, 7, 3, 1}};
  page.answer("by_hand", reference::scaled_score<double>(q, k));
  page.answer("other_deviation", spread(64, 3).scaled);
  page.answer("slope", 0.5 * (1 - 0.5) / (0.99 * (1 - 0.99)));
  page.answer("moved_bias", std::sqrt(64));
  // end of instructor only
}
