/// @file
/// Lesson 06, its lab: the penalties of all heads, and the attention that one of them leaves.

#include <vector>

#include "alibi.hpp"
#include "attention_weights.hpp"
#include "docs/lab.hpp"

using namespace qkoan;

namespace {

/// Biases of the newest query, by the distance of the keys.
void penalties(float slope, MutableRow by_distance) {
  alibi_row(slope, by_distance.size - 1, false, by_distance);
  std::reverse(by_distance.begin(), by_distance.end());
}

}  // namespace

void qkoan::lab(Lab& lab) {
  const int heads = lab.whole("heads", {1, 16, 1, 8});
  const int head = lab.whole("head", {0, static_cast<float>(heads - 1), 1, 3});
  const int keys = lab.whole("keys", {32, 512, 32, 128});
  std::vector<float> slopes(heads);
  alibi_slopes(heads, 0, {slopes.data(), heads});

  const Axis distance{"distance of the key", 0, static_cast<float>(keys - 1)};
  lab.chart("Bias", distance, {"added to the score", -16, 0});
  for (int other = 0; other < heads; ++other)
    if (other != head) penalties(slopes[other], lab.curve("other heads", keys, Look::faint));
  const MutableRow bias = lab.curve("this head", keys);
  penalties(slopes[head], bias);

  lab.chart("Attention among equal scores", distance, {"weight", 0, 0});
  const MutableRow weights = lab.curve("this head", keys);
  softmax_simd(bias, weights);

  lab.value("slope", slopes[head]);
  lab.value("keys with 90 % of the weight", static_cast<float>(keys_with(weights, 0.9f)));
  lab.value("weight of its own key", weights[0]);
}
