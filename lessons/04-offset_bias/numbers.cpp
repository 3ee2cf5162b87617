/// @file
/// Lesson 04, the numbers of its page and of its quiz.

#include "docs/numbers.hpp"

#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <random>
#include <vector>

#include "docs/bias_profile.hpp"
#include "reference/offset_bias.hpp"

using namespace qkoan;

namespace {

constexpr int kTrained = 64;  // the length that the example of a table was trained with

/// The number as a text column of that width, −∞ as such.
std::string cell(double x, int width) {
  if (std::isinf(x)) return std::string(width - 2, ' ') + "−∞";
  return format("%*g", width, x);
}

/// Three queries at the end of five keys, L = 3: offsets, indices, biases.
std::string by_hand() {
  const Eigen::VectorXd table{{0.5, 0, -1}};
  const Eigen::MatrixXd B = reference::offset_bias<double>(table, false, 3, 5);
  std::string text = "```text\nu[0], u[1], u[2] = 0.5, 0, -1     three queries, five keys\n\n";
  text += "             offset p(i) − j           index                B\n";
  for (int i = 0; i < 3; ++i) {
    std::string offsets, indices, biases;
    for (int j = 0; j < 5; ++j) {
      const int offset = i + 5 - 3 - j;
      offsets += format("%4d", offset);
      indices += format("%4d", reference::offset_index(offset, 3, false));
      biases += cell(B(i, j), 5);
    }
    text += format("p(%d) = %d", i, i + 2) + offsets + "     " + indices + "    " + biases + "\n";
  }
  text += "\nu[-2] … u[2] stand at index 0 … 4 of a table for both directions\n\n";
  for (int i = 0; i < 3; ++i) {
    text += format("p(%d) = %d", i, i + 2);
    for (int j = 0; j < 5; ++j) text += format("%4d", i + 2 - j);
    text += "     ";
    for (int j = 0; j < 5; ++j) text += format("%4d", reference::offset_index(i + 2 - j, 3, true));
    text += "\n";
  }
  return text + "```\n";
}

/// All pairs of ten tokens; those that share a parameter with query 8 and key 3 are marked.
std::string sharing() {
  constexpr int kTokens = 10, kOffset = 8 - 3;
  std::string picture = "```text\n          key  0 1 2 3 4 5 6 7 8 9\n", pairs;
  for (int i = 0; i < kTokens; ++i) {
    picture += format("query %d       ", i);
    for (int j = 0; j <= i; ++j) {
      const bool shares = i - j == kOffset;
      if (shares) pairs += format(" (%d, %d)", i, j);
      picture += shares ? " █" : " ·";
    }
    picture += "\n";
  }
  return picture + format("\noffset %d:", kOffset) + pairs + "\n```\n";
}

// ---- Change of the input ------------------------------------------------------------------------

/// The sinusoidal vector of a position.
Eigen::VectorXd sinusoid(int position, int d) {
  Eigen::VectorXd v(d);
  for (int c = 0; c < d; c += 2) {
    const double angle = position * std::pow(10000., -static_cast<double>(c) / d);
    v(c) = std::sin(angle);
    v(c + 1) = std::cos(angle);
  }
  return v;
}

/// The score of one and the same pair of tokens, five apart, further and further into a text.
std::string moving_pair() {
  constexpr int kSize = 16;
  std::mt19937_64 random(4);
  boost::random::normal_distribution<double> draw;
  Eigen::VectorXd q(kSize), k(kSize);
  for (int c = 0; c < kSize; ++c) q(c) = draw(random), k(c) = draw(random);
  std::string table = "| query, key | q·k/√d + u[5] | (q + p_i)·(k + p_j)/√d |\n|---|---:|---:|\n";
  for (const int i : {8, 18, 108, 1008}) {
    const double bias = reference::biased_score<double>(q, k, 0.5, false);
    const Eigen::VectorXd moved_q = q + sinusoid(i, kSize), moved_k = k + sinusoid(i - 5, kSize);
    table += format("| %d, %d | %.3f | %.3f |\n", i, i - 5, bias,
                    reference::scaled_score<double>(moved_q, moved_k));
  }
  return table;
}

// ---- What is learnt -----------------------------------------------------------------------------

/// How many of all pairs of a causal text read each parameter.
Eigen::VectorXd pairs_of(int tokens, int length) {
  const Eigen::MatrixXf ones = Eigen::MatrixXf::Ones(tokens, tokens);
  return reference::offset_gradient<double>(ones, false, length);
}

std::string costs() {
  std::string table =
      "| L | causal | both directions | 12 layers of 12 heads, causal | pairs that train u[0] | "
      "u[L/2] | u[L−1] |\n|---:|---:|---:|---:|---:|---:|---:|\n";
  for (const int length : {16, 128, 512, 2048}) {
    const Eigen::VectorXd pairs = pairs_of(length, length);
    table += format("| %d | %d | %d | %d | %g | %g | %g |\n", length, length, 2 * length - 1,
                    144 * length, pairs(0), pairs(length / 2), pairs(length - 1));
  }
  return table;
}

/// Which share of the pairs of a longer text has an offset that training has never shown.
double unseen(int trained, int tokens) {
  const Eigen::VectorXd pairs = pairs_of(tokens, tokens);
  return pairs.tail(tokens - trained).sum() / pairs.sum();
}

std::string unseen_table() {
  std::string head = "| text, in training lengths |", rule = "|---|", row = "| unseen offsets |";
  for (const int times : {1, 2, 4, 8, 16}) {
    head += format(" %d |", times);
    rule += "---:|";
    row += format(" %.0f %% |", 100 * unseen(kTrained, times * kTrained));
  }
  return head + "\n" + rule + "\n" + row + "\n";
}

/// A plausible table: nearer keys matter more.
double learnt(int offset) { return -1.5 * std::log1p(offset) + 0.0; }

const std::vector<Bias>& profiles() {
  static const std::vector<Bias> all{
      {"trained on all lengths", [](int i, int j) { return learnt(i - j); }},
      {"on 64, clipped",
       [](int i, int j) { return learnt(reference::offset_index(i - j, kTrained, false)); }},
      {"on 64, zeros behind", [](int i, int j) { return i - j < kTrained ? learnt(i - j) : 0.0; }}};
  return all;
}

// ---- Inside or outside --------------------------------------------------------------------------

/// A table moved by the reference, as a bias that arrives at the score.
Bias arriving(const std::string& name, int d, bool moved) {
  return {name, [=](int i, int j) {
            const Eigen::VectorXd u = Eigen::VectorXd::Constant(1, learnt(i - j));
            const Eigen::VectorXd inside = moved ? reference::move_table<double>(u, d, true) : u;
            return reference::biased_score<double>(Eigen::VectorXd::Zero(d),
                                                   Eigen::VectorXd::Zero(d), inside(0), true);
          }};
}

std::string sides() {
  return window_table({{"outside, as trained", [](int i, int j) { return learnt(i - j); }},
                       arriving("inside, as it is, d = 16", 16, false),
                       arriving("d = 64", 64, false),
                       arriving("d = 256", 256, false),
                       arriving("times √d, d = 64", 64, true)});
}

// ---- Quiz ---------------------------------------------------------------------------------------

// instructor only
int pair_like_8_and_3() {
  const std::vector<std::pair<int, int>> pairs{{3, 8}, {13, 8}, {8, 4}, {5, 3}};
  for (std::size_t choice = 0; choice < pairs.size(); ++choice) {
    if (reference::offset_index(pairs[choice].first - pairs[choice].second, 16, true) ==
        reference::offset_index(8 - 3, 16, true)) {
      return static_cast<int>(choice);
    }
  }
  return -1;
}

/// Reading the table by j − i transposes the matrix of a square text.
int mirrored() {
  const Eigen::VectorXd table = Eigen::VectorXd::LinSpaced(15, -7, 7);
  const Eigen::MatrixXd right = reference::offset_bias<double>(table, true, 8, 8);
  const Eigen::MatrixXd wrong =
      reference::offset_bias<double>(Eigen::VectorXd(table.reverse()), true, 8, 8);
  return wrong == right.transpose() && wrong != right ? 1 : -1;
}

/// Softmax of scores with and without 3 in all of the table.
int constant_in_the_table() {
  const Eigen::VectorXd table{{0.5, 0, -1, 2}};
  const auto weights = [](const Eigen::VectorXd& u) {
    const Eigen::ArrayXd b =
        reference::offset_bias<double>(u, false, 1, 6).row(0).transpose().array().exp();
    return Eigen::ArrayXd(b / b.sum());
  };
  const Eigen::VectorXd raised = table.array() + 3;
  return (weights(table) - weights(raised)).abs().maxCoeff() < 1e-15 ? 3 : -1;
}
// end of instructor only

}  // namespace

void qkoan::numbers(Page& page) {
  page.block("by_hand", by_hand());
  page.block("sharing", sharing());
  page.block("moving_pair", moving_pair());
  page.block("costs", costs());
  page.block("unseen", unseen_table());
  page.block("biases", bias_table(profiles(), 512));
  page.block("windows", window_table(profiles()));
  page.block("picture", attention_picture(profiles(), 79));
  page.block("sides", sides());

  // instructor only
  page.choice("shares_with_8_3", pair_like_8_and_3());
  page.answer("parameters", 12 * (2 * 512 - 1));
  page.answer("trained_pairs", pairs_of(512, 512)(500));
  page.answer("clipped_keys", [] {
    int keys = 0;
    for (int j = 0; j < 1024; ++j) keys += reference::offset_index(1023 - j, kTrained, false) == 63;
    return keys;
  }());
  page.answer("moved_outward",
              reference::move_table<double>(Eigen::VectorXd::Constant(1, -0.5), 128, false)(0));
  page.choice("mirrored", mirrored());
  page.choice("constant", constant_in_the_table());
  // end of instructor only
}
