/// @file
/// Lesson 06, the pictures of its page.

#include <cmath>
#include <vector>

#include "docs/bias_pictures.hpp"
#include "reference/alibi.hpp"
#include "reference/t5_buckets.hpp"

using namespace qkoan;

namespace {

Bias alibi(const char* name, double m) {
  return {name, [=](int i, int j) { return reference::alibi<double>(m, i, j, false) + 0.0; }};
}

/// T5 with a table that imitates a slope: each bucket has the bias of its nearest key.
Bias t5(const char* name, double m) {
  static const std::vector<int> first = reference::t5_first_distances(32, 128);
  return {name, [=](int i, int j) { return -m * first[reference::t5_bucket(i - j, first)] + 0.0; }};
}

Curve slopes(int heads) {
  Curve curve{std::to_string(heads) + " heads", {}, Mark::kLineWithPoints};
  const Eigen::VectorXd m = reference::alibi_slopes<double>(heads, 0, heads);
  for (int h = 0; h < heads; ++h) curve.points.emplace_back(h, m(h));
  return curve;
}

/// Slopes of eight heads as the book prints them.
Curve misprinted() {
  Curve curve{"8, as misprinted", {}, Mark::kLineWithPoints};
  for (int k = 1; k <= 8; ++k) curve.points.emplace_back(k - 1, std::exp2(-8. / k));
  return curve;
}

}  // namespace

void qkoan::pictures(Album& album) {
  album.curves("slopes", {"head"}, {"slope, bias per token of distance", Scale::kPowersOf2},
               {slopes(8), slopes(12), misprinted()});
  const Bias line = alibi("ALiBi 1/16", 1. / 16), steps = t5("T5 like 1/16", 1. / 16);
  album.matrices("matrix", "bias", {bias_panel(line, 32, 8), bias_panel(steps, 32, 8)});
  const std::vector<Bias> all{line, steps, alibi("ALiBi 1/2", 1. / 2),
                              alibi("ALiBi 1/256", 1. / 256)};
  album.curves("distance", {"distance of the key, tokens"}, {"bias", Scale::kLinear, -16, 0},
               bias_curves(all, 255));
  album.curves("row", {"key, the query is at 255"},
               {"attention weight", Scale::kPowersOf10, 1e-6, 1}, row_curves(all, 255));
}
