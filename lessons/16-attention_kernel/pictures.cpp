/// @file
/// Lesson 16, the pictures of its page.

#include <algorithm>
#include <cmath>
#include <string>

#include "docs/album.hpp"
#include "reference/fire.hpp"

using namespace qkoan;

namespace {

constexpr int kQueries = 16, kKeys = 64;  // of a tile

/// c = 0.1, L = 64.
double share(int p, int j) { return reference::normalised_distance(0.1, 64., p, j); }

/// How many of the knots that are spread evenly over (0, 1) lie in the tile of these queries and keys.
int knots_inside(int knots, int first, int j) {
  const int last = first + kQueries - 1;
  const double least = share(first, std::min(j + kKeys - 1, first));
  const double greatest = share(last, std::min(j, last));
  int inside = 0;
  for (int k = 0; k < knots; ++k) {
    const double knot = (k + 0.5) / knots;
    inside += least < knot && knot < greatest;
  }
  return inside;
}

/// Tiles of 1024 tokens, those of every fourth block of queries.
Panel tiles(int knots) {
  constexpr int kCells = 1024 / kKeys;
  Panel panel{std::to_string(knots) + " knots",
              Eigen::MatrixXd::Constant(kCells, kCells, -HUGE_VAL), kKeys};
  for (int i = 0; i < kCells; ++i) {
    for (int j = 0; j <= i; ++j) panel.cells(i, j) = knots_inside(knots, i * kKeys, j * kKeys);
  }
  return panel;
}

/// Operations of a score: z and the line, and three for each unit with a knot in the tile.
Curve operations(int knots) {
  Curve curve{"lines, " + std::to_string(knots) + " knots", {}, Mark::kLineWithPoints};
  for (int n = 256; n <= 16384; n *= 2) {
    double sum = 0, count = 0;
    for (int first = 0; first < n; first += kQueries) {
      for (int j = 0; j < first + kQueries; j += kKeys, ++count)
        sum += knots_inside(knots, first, j);
    }
    curve.points.emplace_back(n, 2 + 3 * sum / count);
  }
  return curve;
}

Curve level(const char* name, double operations) {
  return {name, {{256, operations}, {16384, operations}}};
}

}  // namespace

void qkoan::pictures(Album& album) {
  album.matrices("knots", "knots in the tile", {tiles(32)}, -HUGE_VAL, Colours::kMore,
                 {"first key", "first query"});
  album.curves("operations", {"tokens", Scale::kPowersOf2},
               {"operations for a score", Scale::kPowersOf2},
               {level("both products, d = 64", 128), level("network of 32 units", 1 + 3 * 32),
                operations(32), operations(4), level("bias by distance", 1)});
}
