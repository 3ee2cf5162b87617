/// @file
/// Lesson 01, the pictures of its page.

#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <random>

#include "docs/album.hpp"
#include "reference/attention_weights.hpp"
#include "reference/scaled_scores.hpp"

using namespace qkoan;

namespace {

constexpr int kRows = 400;  // samples of one row of scores
constexpr int kKeys = 16;   // scores in a row

Eigen::MatrixXd normal(std::mt19937_64& random, int rows, int cols) {
  boost::random::normal_distribution<double> draw;
  return Eigen::MatrixXd::NullaryExpr(rows, cols, [&] { return draw(random); });
}

Eigen::ArrayXd weights(const Eigen::VectorXd& scores) {
  return reference::softmax<double>(scores.cast<float>()).array();
}

double bits(const Eigen::VectorXd& scores) {
  double sum = 0;
  for (const double p : weights(scores)) sum -= p == 0 ? 0 : p * std::log2(p);
  return sum;
}

/// The mean entropy of softmax over rows of 16 scores, which are multiplied by a power of d.
Curve entropy(const char* name, double power) {
  Curve curve{name, {}, Mark::kLineWithPoints};
  for (int d = 1; d <= 1024; d *= 2) {
    std::mt19937_64 random(d);
    double sum = 0;
    for (int n = 0; n < kRows; ++n) {
      const Eigen::MatrixXd Q = normal(random, 1, d), K = normal(random, kKeys, d);
      const Eigen::VectorXd s = reference::scaled_scores<double>(Q, K).transpose();
      sum += bits(s * std::pow(d, power + 0.5)) / kRows;
    }
    curve.points.emplace_back(d, sum);
  }
  return curve;
}

/// A function of the weight that softmax gives to the first of two keys, against its lead.
template <class Of>
Curve of_lead(const char* name, Of of) {
  Curve curve{name, {}};
  for (int step = -96; step <= 96; ++step) {
    const double lead = step / 8.;
    curve.points.emplace_back(lead, of(weights(Eigen::Vector2d(lead, 0))(0)));
  }
  return curve;
}

}  // namespace

void qkoan::pictures(Album& album) {
  album.curves("slope", {"score of a key minus score of the only other one"}, {"weight, slope"},
               {of_lead("its weight p", [](double p) { return p; }),
                of_lead("slope p·(1 − p)", [](double p) { return p * (1 - p); })});
  album.curves("entropy", {"d, elements of a query", Scale::kPowersOf2},
               {"entropy of 16 weights, bits", Scale::kLinear, 0, 4.2},
               {entropy("q·k/√d", -0.5), entropy("q·k", 0), entropy("q·k/d", -1)});
}
