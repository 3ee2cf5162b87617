/// @file
/// Lesson 09, its lab: one distance is another share of the past for every query.

#include <vector>

#include "docs/lab.hpp"
#include "fire.hpp"

using namespace qkoan;

namespace {

constexpr int kFarthest = 512;

/// The network of the page's examples: knots at 1/4 and 1/2, falling all the way.
constexpr float kW1[] = {4, -2}, kB1[] = {-1, 1}, kW2[] = {-3, 1};

/// Biases of the query at position p by distance; behind its past is nothing.
void biases(Fire fire, int p, MutableRow by_distance) {
  fire_bias_simd(fire, false, {by_distance.data, 1, p + 1});
  std::reverse(by_distance.data, by_distance.data + p + 1);
  std::fill(by_distance.data + p + 1, by_distance.end(), -INFINITY);
}

void shares(Fire fire, int p, MutableRow by_distance) {
  for (int distance = 0; distance <= p; ++distance)
    by_distance[distance] = normalised_distance(fire.c, fire.L, p, p - distance);
  std::fill(by_distance.data + p + 1, by_distance.end(), -INFINITY);
}

}  // namespace

void qkoan::lab(Lab& lab) {
  const float c = lab.power_of_two("c", {-6, 6, 0.5f, -3});
  const float L = lab.number("L", {8, kFarthest, 8, 64});
  const int p = lab.whole("position of the query", {8, kFarthest, 8, 128});
  const Fire fire{c, L, {kW1, 2}, {kB1, 2}, {kW2, 2}, 0.5f};

  const Axis distance{"distance of the key", 0, kFarthest};
  lab.chart("Share of the past", distance, {"z", 0, 1});
  shares(fire, kFarthest, lab.curve("query at position 512", kFarthest + 1, Look::faint));
  const MutableRow share = lab.curve("this query", kFarthest + 1);
  shares(fire, p, share);

  lab.chart("Bias", distance, {"f(z), added to the score", -9, 2});
  biases(fire, kFarthest, lab.curve("query at position 512", kFarthest + 1, Look::faint));
  const MutableRow bias = lab.curve("this query", kFarthest + 1);
  biases(fire, p, bias);

  int half = 0;
  while (half < p && share[half + 1] <= 0.5f) ++half;
  lab.value("distances with z ≤ 1/2: up to", static_cast<float>(half));
  lab.value("bias of the oldest key", bias[p]);
}
