/// @file
/// Lesson 07, the pictures of its page.

#include <cmath>
#include <string>
#include <vector>

#include "docs/bias_pictures.hpp"
#include "reference/kerple.hpp"

using namespace qkoan;

namespace {

Bias kerple(const char* name, bool power, double r1, double r2) {
  return {name, [=](int i, int j) {
            return reference::kerple<double>(power, r1, r2, i, j, false) + 0.0;
          }};
}

/// Near distances, by a function of them.
template <class Of>
Curve near(const char* name, Mark mark, Of bias) {
  Curve curve{name, {}, mark};
  for (int d = 0; d <= 16; ++d) curve.points.emplace_back(d, bias(d) + 0.0);
  return curve;
}

/// −r1·ln of the float 1 + r2·d, in place of log1p, with r1·r2 = 1/2.
auto plain_logarithm(float r2) {
  return [=](int d) {
    const float argument = 1 + r2 * static_cast<float>(d);
    return -0.5 / r2 * std::log(argument);
  };
}

void staircase(Album& album) {
  constexpr float kSmall = 0x1p-20f / 12;
  album.curves("staircase", {"distance of the key, tokens"}, {"bias"},
               {near("as defined, r2 = 8·10⁻⁸", Mark::kLine,
                     [](int d) { return reference::kerple_log<double>(0.5 / kSmall, kSmall, d); }),
                near("by ln of the float 1 + x", Mark::kLineWithPoints, plain_logarithm(kSmall)),
                near("the same, r2 = 4·10⁻⁸", Mark::kLineWithPoints, plain_logarithm(kSmall / 2))});
}

}  // namespace

void qkoan::pictures(Album& album) {
  const std::vector<Bias> all{
      kerple("ALiBi 1/16", true, 1. / 16, 1), kerple("log 2, 1/8", false, 2, 1. / 8),
      kerple("log 1/2, 1", false, 1. / 2, 1), kerple("power 1/2, 1/2", true, 1. / 2, 1. / 2),
      kerple("power 1/256, 2", true, 1. / 256, 2)};
  album.matrices("matrix", "bias",
                 {bias_panel(all[1], 24, 2), bias_panel(all[3], 24, 2), bias_panel(all[4], 24, 2)});
  album.curves("distance", {"distance of the key, tokens", Scale::kPowersOf2},
               {"bias", Scale::kLinear, -12, 0}, bias_curves(all, 1024, 1));
  album.curves("row", {"key, the query is at 127"},
               {"attention weight", Scale::kPowersOf10, 1e-5, 0.3}, row_curves(all, 127));
  staircase(album);
}
