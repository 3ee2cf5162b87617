/// @file
/// Lesson 10, the pictures of its page.

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "docs/bias_pictures.hpp"
#include "reference/rope.hpp"

using namespace qkoan;

namespace {

using Vector = Eigen::VectorXd;

constexpr int kLength = 128, kPairs = kLength / 2;

double frequency(int k) { return reference::rope_frequency<double>(10000, kLength, k); }

// ---- A score against the offset -----------------------------------------------------------------

/// A query and a key without any order in them.
Vector query() {
  return Vector::NullaryExpr(kLength, [](Eigen::Index c) { return std::sin(1.0 + 3 * c * c); });
}
Vector key() {
  return Vector::NullaryExpr(kLength, [](Eigen::Index c) { return std::cos(2.0 + 5 * c * c); });
}

/// Scores with the key at s, for every so many offsets.
Curve scores(const char* name, Mark mark, int s, int first, int stride) {
  Curve curve{name, {}, mark};
  for (int o = first; o <= 64; o += stride) {
    curve.points.emplace_back(o, reference::rope_score<double>(query(), key(), 10000, s + o, s));
  }
  return curve;
}

void relative(Album& album) {
  album.curves(
      "relative", {"offset of the query from the key, tokens"}, {"score q·k"},
      {scores("key at 0", Mark::kLine, 0, 0, 1), scores("at 1,000", Mark::kPoints, 1000, 0, 4),
       scores("at 1,000,000", Mark::kPoints, 1000000, 2, 4)});
}

// ---- Angles -------------------------------------------------------------------------------------

float float_angle(int position, int k) {
  return static_cast<float>(position) * static_cast<float>(frequency(k));
}

double bfloat16(double x) {
  const double step = std::ldexp(1, std::ilogb(x) - 7);
  return std::nearbyint(x / step) * step;
}

/// The largest error of an angle over all pairs, at positions that have all of their bits.
template <class Angle>
Curve errors(const char* name, Angle angle) {
  Curve curve{name, {}, Mark::kLineWithPoints};
  for (int n = 4; n <= 20; ++n) {
    const int p = (1 << n) - 1;
    double largest = 0;
    for (int k = 0; k < kPairs; ++k) {
      largest = std::max(largest, std::fabs(angle(p, k) - p * frequency(k)));
    }
    curve.points.emplace_back(p, largest);
  }
  return curve;
}

void angles(Album& album) {
  constexpr double kTurn = 2 * std::numbers::pi;
  const auto iterated = [](int p, int k) {
    auto angle = static_cast<float>(p);
    for (int n = 0; n < k; ++n) angle *= static_cast<float>(frequency(1));
    return static_cast<double>(angle);
  };
  album.curves("angles", {"position, tokens", Scale::kPowersOf2},
               {"largest error of an angle, radians", Scale::kPowersOf10},
               {errors("float product", [](int p, int k) { return double{float_angle(p, k)}; }),
                errors("each the one before times a float", iterated),
                errors("bf16 frequencies", [](int p, int k) { return p * bfloat16(frequency(k)); }),
                errors("turns of 2⁻³²", [](int p, int k) {
                  return p * (std::floor(frequency(k) / kTurn * 0x1p32) * 0x1p-32 * kTurn);
                })});
}

// ---- Query and key alike ------------------------------------------------------------------------

/// Every element of query and key is 1. The score is scaled.
Bias alike(const char* name, float base, int rotated) {
  std::vector<double> line(4096);
  for (int o = 0; o < 4096; ++o) {
    for (int k = 0; k < rotated / 2; ++k) {
      const double theta = reference::rope_frequency<double>(base, rotated, k);
      line[o] += 2 * (std::cos(o * theta) - 1) / std::sqrt(kLength);
    }
  }
  return {name, [line](int i, int j) { return line[i - j] + 0.0; }};
}

}  // namespace

void qkoan::pictures(Album& album) {
  relative(album);
  const std::vector<Bias> all{alike("base 10,000", 10000, kLength),
                              alike("base 500,000", 500000, kLength),
                              alike("a quarter rotated", 10000, kLength / 4)};
  album.curves("distance", {"distance of the key, tokens", Scale::kPowersOf2},
               {"score against the own key"}, bias_curves(all, 4095, 1));
  album.curves("row", {"key, the query is at 127"}, {"attention weight", Scale::kPowersOf10},
               row_curves(all, 127));
  angles(album);
}
