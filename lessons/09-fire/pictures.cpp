/// @file
/// Lesson 09, the pictures of its page.

#include <cmath>
#include <string>
#include <vector>

#include "docs/bias_pictures.hpp"
#include "reference/fire.hpp"

using namespace qkoan;

namespace {

/// The network of all examples: two units, knots at 1/4 and 1/2, falling all the way.
reference::FireOf<double> example(double c, double L) {
  return {c, L, Eigen::VectorXd{{4, -2}}, Eigen::VectorXd{{-1, 1}}, Eigen::VectorXd{{-3, 1}}, 0.5};
}

Bias fire(const std::string& name, double c, double L) {
  return {name, [fire = example(c, L)](int i, int j) {
            return reference::network<double>(
                fire, reference::normalised_distance<double>(fire.c, fire.L, i, j));
          }};
}

double f(double z) { return reference::network<double>(example(1, 1), z); }

void network(Album& album) {
  Curve line{"f(z)", {}}, knots{"its knots", {}, Mark::kPoints};
  for (int step = 0; step <= 40; ++step) line.points.emplace_back(step / 40., f(step / 40.));
  const std::vector<float> w1{4, -2}, b1{-1, 1};
  for (const double z : reference::knots<double>(w1, b1)) knots.points.emplace_back(z, f(z));
  album.curves("network", {"z, share of the rod"}, {"bias"}, {line, knots});
}

/// The biases of queries further and further into a text.
void stretching(Album& album) {
  std::vector<Curve> curves;
  for (const int i : {64, 256, 1024, 4096}) {
    const Bias bias = fire("query at " + std::to_string(i), 0.1, 64);
    curves.push_back(bias_curves({bias}, i, 1)[0]);
  }
  album.curves("distance", {"distance of the key, tokens", Scale::kPowersOf2}, {"bias"}, curves);
}

}  // namespace

void qkoan::pictures(Album& album) {
  album.matrices(
      "matrix", "bias",
      {bias_panel(fire("c = 1, L = 4", 1, 4), 24), bias_panel(fire("c = 1, L = 24", 1, 24), 24)});
  network(album);
  stretching(album);
  const Bias line{"linear, slope 1/16", [](int i, int j) { return -(i - j) / 16.; }};
  const std::vector<Bias> all{line, fire("FIRE, c = 0.1, L = 64", 0.1, 64),
                              fire("FIRE, c = 10, L = 64", 10, 64)};
  album.curves("row", {"key, the query is at 1023"},
               {"attention weight", Scale::kPowersOf10, 1e-6, 1}, row_curves(all, 1023));
}
