/// @file
/// Lesson 07, its lab: what the two learned numbers do to the bias, and to attention.

#include "attention_weights.hpp"
#include "docs/lab.hpp"
#include "kerple.hpp"

using namespace qkoan;

namespace {

constexpr int kKeys = 256;

/// Biases of the newest query, by the distance of the keys.
void biases(bool power, float r1, float r2, MutableRow by_distance) {
  const MutableMatrix row{by_distance.data, 1, by_distance.size};
  if (power) {
    kerple_bias(true, r1, r2, false, row);
  } else {
    kerple_log_bias_simd(r1, r2, false, row);
  }
  std::reverse(by_distance.begin(), by_distance.end());
}

}  // namespace

void qkoan::lab(Lab& lab) {
  const bool power = lab.choice("form", {"logarithm", "power"}, 0) == 1;
  const float r1 = lab.power_of_two("r1", {-8, 4, 0.25f, 1});
  const float r2 = lab.power_of_two("r2", {-8, power ? 1.0f : 4.0f, 0.25f, -3});

  const Axis distance{"distance of the key", 0, kKeys - 1};
  lab.chart("Bias", distance, {"added to the score", -16, 0});
  const MutableRow line = lab.curve("ALiBi, slope 1/16", kKeys, Look::faint);
  biases(true, 0.0625f, 1, line);
  const MutableRow bias = lab.curve("KERPLE", kKeys);
  biases(power, r1, r2, bias);

  lab.chart("Attention among equal scores", distance, {"weight", 0, 0});
  softmax_simd(line, lab.curve("ALiBi, slope 1/16", kKeys, Look::faint));
  const MutableRow weights = lab.curve("KERPLE", kKeys);
  softmax_simd(bias, weights);

  lab.value("keys of 256 with 90 % of the weight", static_cast<float>(keys_with(weights, 0.9f)));
  lab.value("bias at distance 255", bias[kKeys - 1]);
}
