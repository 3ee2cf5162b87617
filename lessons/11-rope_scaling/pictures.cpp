/// @file
/// Lesson 11, the pictures of its page: Llama 2, made to read 16 times as much.

#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "docs/album.hpp"
#include "reference/rope_scaling.hpp"

using namespace qkoan;

namespace {

using Frequencies = Eigen::VectorXd;

constexpr int kRotated = 128, kPairs = kRotated / 2;
constexpr Bands kModel{10000, 16, 4096, 1, 32};

struct Method {
  std::string name;
  Frequencies theta;
  double factor = 1;  ///< of cosines and sines
};

Frequencies trained() { return reference::interpolated<double>(kModel.base, 1, kPairs); }

Frequencies with_scaled_base() {
  const double base = reference::scaled_base<double>(kModel.base, kRotated, kModel.s);
  return Frequencies::NullaryExpr(
      kPairs, [=](Eigen::Index k) { return std::pow(base, -1. * double(k) / kPairs); });
}

std::vector<Method> methods() {
  Bands llama = kModel;
  llama.slow = 1, llama.fast = 4;
  return {{"as trained", trained()},
          {"interpolated", reference::interpolated<double>(kModel.base, kModel.s, kPairs)},
          {"base scaled", with_scaled_base()},
          {"Llama 3.1", reference::llama3<double>(llama, kPairs)},
          {"YaRN, code", reference::yarn<double>(kModel, true, kPairs),
           reference::yarn_factor<double>(kModel.s)},
          {"YaRN, printed", reference::llama3<double>(kModel, kPairs)}};
}

/// A number of each pair, for each method.
template <class Of>
std::vector<Curve> of_pairs(const std::vector<Method>& all, Of of) {
  std::vector<Curve> curves;
  for (const Method& m : all) {
    Curve curve{m.name, {}};
    for (int k = 0; k < kPairs; ++k) curve.points.emplace_back(k, of(m.theta, k));
    curves.push_back(curve);
  }
  return curves;
}

void wavelengths(Album& album, const std::vector<Method>& all) {
  std::vector<Curve> curves = of_pairs(
      all, [](const Frequencies& theta, int k) { return 2 * std::numbers::pi / theta(k); });
  curves.resize(5);
  const double tokens = kModel.trained;
  curves.push_back({"texts in training", {{0, tokens}, {kPairs - 1, tokens}}});
  album.curves("wavelengths", {"pair k"}, {"tokens for one turn", Scale::kPowersOf10}, curves);
}

/// Scores of a query and keys that are all alike, (1, 0) in every pair.
void profiles(Album& album, const std::vector<Method>& all) {
  std::vector<Curve> curves;
  for (const Method& m : all) {
    if (m.name == "YaRN, printed") continue;
    Curve curve{m.name, {}};
    for (int step = 0; step <= 8 * 16; ++step) {
      const double o = std::round(std::exp2(step / 16.));
      const double sum = (o * m.theta.array()).cos().sum() * m.factor * m.factor;
      curve.points.emplace_back(o, sum / std::sqrt(kRotated));
    }
    curves.push_back(curve);
  }
  album.curves("distance", {"distance of the key, tokens", Scale::kPowersOf2}, {"score"}, curves);
}

}  // namespace

void qkoan::pictures(Album& album) {
  const std::vector<Method> all = methods();
  const Frequencies before = trained();
  album.curves(
      "slowdown", {"pair k"}, {"how many times slower", Scale::kPowersOf2},
      of_pairs(all, [&](const Frequencies& theta, int k) { return before(k) / theta(k); }));
  wavelengths(album, all);
  profiles(album, all);
}
