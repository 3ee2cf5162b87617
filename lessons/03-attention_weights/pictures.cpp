/// @file
/// Lesson 03, the pictures of its page.

#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "docs/album.hpp"
#include "reference/attention_weights.hpp"

using namespace qkoan;

namespace {

Eigen::VectorXf scores(std::mt19937_64& random, int n, double mean, double deviation) {
  boost::random::normal_distribution<double> draw(mean, deviation);
  return Eigen::VectorXf::NullaryExpr(n, [&] { return static_cast<float>(draw(random)); });
}

// ---- Key by key ---------------------------------------------------------------------------------

/// A value of the scores so far, after each key.
template <class Of>
Curve so_far(const char* name, const Eigen::VectorXf& s, Mark mark, Of of) {
  Curve curve{name, {}, mark};
  for (int j = 0; j < s.size(); ++j) curve.points.emplace_back(j, of(s.head(j + 1)));
  return curve;
}

void online(Album& album) {
  std::mt19937_64 random(19);
  const Eigen::VectorXf s = scores(random, 64, 0, 2);
  album.curves("online", {"key"}, {"score"},
               {so_far("log-sum-exp of the keys so far", s, Mark::kLine,
                       [](const Eigen::VectorXf& x) { return reference::log_sum_exp<double>(x); }),
                so_far("their maximum", s, Mark::kSteps,
                       [](const Eigen::VectorXf& x) { return x.maxCoeff(); }),
                so_far("score of the key", s, Mark::kPoints,
                       [](const Eigen::VectorXf& x) { return x(x.size() - 1); })});
}

// ---- Three formulas in float --------------------------------------------------------------------

/// The largest error of a formula in ulp, for rows of 64 scores with an offset.
template <class Weights>
double largest_error(double offset, Weights weights) {
  std::mt19937_64 random(3);
  double largest = 0;
  for (int row = 0; row < 200; ++row) {
    const Eigen::VectorXf s = scores(random, 64, offset, 1);
    const Eigen::VectorXd p = reference::softmax<double>(s);
    const Eigen::VectorXf q = weights(s);
    for (int j = 0; j < s.size(); ++j) {
      const double ulp = std::ldexp(1, std::ilogb(p(j)) - 23);
      largest = std::max(largest, std::fabs(q(j) - p(j)) / ulp);
    }
  }
  return largest;
}

/// Σ e^(s − m), in the order of the keys.
float sum(const Eigen::VectorXf& s, float m) {
  float total = 0;
  for (const float x : s) total += std::exp(x - m);
  return total;
}

template <class Weights>
Curve errors(const char* name, Weights weights) {
  Curve curve{name, {}, Mark::kLineWithPoints};
  for (double offset = 1; offset < 2e4; offset *= std::sqrt(10)) {
    curve.points.emplace_back(offset, largest_error(offset, weights));
  }
  return curve;
}

void formulas(Album& album) {
  const auto shifted = [](const Eigen::VectorXf& s) {
    const float m = s.maxCoeff(), total = sum(s, m);
    return Eigen::VectorXf(s.unaryExpr([=](float x) { return std::exp(x - m) / total; }));
  };
  const auto logarithm_after = [](const Eigen::VectorXf& s) {
    const float m = s.maxCoeff(), log = std::log(sum(s, m));
    return Eigen::VectorXf(s.unaryExpr([=](float x) { return std::exp((x - m) - log); }));
  };
  const auto minus_lse = [](const Eigen::VectorXf& s) {
    const float m = s.maxCoeff(), lse = m + std::log(sum(s, m));
    return Eigen::VectorXf(s.unaryExpr([=](float x) { return std::exp(x - lse); }));
  };
  album.curves("offsets", {"what is added to all scores of a row", Scale::kPowersOf10},
               {"largest error of a weight, ulp", Scale::kPowersOf10},
               {errors("e^(s−m) / Σ", shifted), errors("e^((s−m)−ln Σ)", logarithm_after),
                errors("e^(s−lse)", minus_lse)});
}

// ---- A sink -------------------------------------------------------------------------------------

/// What is left for the keys of the row, of which the best has the score at hand.
template <class Left>
Curve left_for_keys(const char* name, Left left) {
  Curve curve{name, {}};
  for (int step = -40; step <= 32; ++step) {
    const float best = static_cast<float>(step) / 4;
    curve.points.emplace_back(best, left(Eigen::Vector3f(best - 2, best, best - 1)));
  }
  return curve;
}

void sinks(Album& album) {
  const auto silent = [](double score) {
    return [=](const Eigen::Vector3f& s) {
      const double keys = reference::log_sum_exp<double>(s);
      return 1 / (1 + std::exp(score - keys));
    };
  };
  album.curves("sink", {"best score of the row"}, {"weight of all keys", Scale::kLinear, 0, 1.05},
               {left_for_keys("softmax", silent(-std::numeric_limits<double>::infinity())),
                left_for_keys("a sink of score 0", silent(0)),
                left_for_keys("its 1 added after the shift",
                              [=](const Eigen::Vector3f& s) { return silent(s.maxCoeff())(s); })});
}

}  // namespace

void qkoan::pictures(Album& album) {
  online(album);
  formulas(album);
  sinks(album);
}
