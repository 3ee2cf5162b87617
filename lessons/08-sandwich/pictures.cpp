/// @file
/// Lesson 08, the pictures of its page.

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "docs/bias_pictures.hpp"
#include "reference/alibi.hpp"
#include "reference/fire.hpp"
#include "reference/kerple.hpp"
#include "reference/sandwich.hpp"
#include "reference/t5_buckets.hpp"

using namespace qkoan;

namespace {

constexpr int kLength = 128, kHalf = kLength / 2;
constexpr int kTrained = 512;       // tokens that the imitations have seen
constexpr double kTemperature = 8;  // of the head that is imitated
constexpr double kGamma = std::numbers::egamma;

double penalty(int o) {
  return (reference::sandwich<double>(kLength, o) - kHalf) / kTemperature + 0.0;
}

/// b − h and the logarithm that it is on the whole, at every eighth of a power of two.
void decay(Album& album) {
  Curve exact{"b − h", {}}, logarithm{"−6.95·(ln o + 0.577)", {}};
  for (int step = 0; step <= 18 * 16; ++step) {
    const int o = static_cast<int>(std::lround(std::exp2(step / 16.)));
    if (!exact.points.empty() && exact.points.back().first == o) continue;
    exact.points.emplace_back(o, reference::sandwich<double>(kLength, o) - kHalf);
    logarithm.points.emplace_back(o, -kHalf / std::log(10000) * (std::log(o) + kGamma));
  }
  album.curves("decay", {"offset, tokens", Scale::kPowersOf2}, {"bias against the own key"},
               {exact, logarithm});
}

std::vector<Bias> family() {
  static const std::vector<int> first = reference::t5_first_distances(32, 128);
  static const reference::FireOf<double> fire{
      0.1, 64, Eigen::VectorXd{{4, -2}}, Eigen::VectorXd{{-1, 1}}, Eigen::VectorXd{{-3, 1}}, 0.5};
  const auto share = [](int i, int j) {
    return reference::network<double>(fire, reference::normalised_distance<double>(0.1, 64, i, j));
  };
  const double r1 = kHalf / std::log(10000) / kTemperature, r2 = std::exp(kGamma);
  return {{"Sandwich, τ = 8", [](int i, int j) { return penalty(i - j); }},
          {"table of 512", [](int i, int j) { return penalty(std::min(i - j, kTrained - 1)); }},
          {"T5, 32 buckets",
           [](int i, int j) { return penalty(first[reference::t5_bucket(i - j, first)]); }},
          {"KERPLE log",
           [=](int i, int j) { return reference::kerple_log<double>(r1, r2, i - j) + 0.0; }},
          {"FIRE", [=](int i, int j) { return share(i, j) - share(i, i); }},
          {"ALiBi 1/16",
           [](int i, int j) { return reference::alibi<double>(1. / 16, i, j, false) + 0.0; }}};
}

}  // namespace

void qkoan::pictures(Album& album) {
  const std::vector<Bias> all = family();
  album.matrices("matrix", "bias against the own key",
                 {bias_panel(all[0], 40), bias_panel(all[3], 40)});
  decay(album);
  album.curves("family", {"distance of the key, tokens", Scale::kPowersOf2},
               {"bias against the own key", Scale::kLinear, -10, 0}, bias_curves(all, 8192, 1));
  album.curves("row", {"key, the query is at 63"}, {"attention weight"},
               row_curves({all[0], all[3], all[4], all[5]}, 63));
}
