/// @file
/// Lesson 08, its lab: how many cosines it takes to look like a learned bias.

#include "attention_weights.hpp"
#include "docs/lab.hpp"
#include "sandwich.hpp"

using namespace qkoan;

namespace {

constexpr int kKeys = 256, kHeads = 8;

}  // namespace

void qkoan::lab(Lab& lab) {
  const int d = lab.whole("d", {2, 256, 2, 128});
  const int head = lab.whole("head, of 8", {0, kHeads - 1, 1, 3});

  const Axis distance{"distance of the key", 0, kKeys - 1};
  lab.chart("Penalty", distance, {"added to the score", -32, 0});
  for (int other = 0; other < kHeads; ++other)
    if (other != head)
      sandwich_penalty(d, kHeads, other, lab.curve("other heads", kKeys, Look::faint));
  const MutableRow penalty = lab.curve("this head", kKeys);
  sandwich_penalty(d, kHeads, head, penalty);

  lab.chart("Attention among equal scores", distance, {"weight", 0, 0});
  const MutableRow weights = lab.curve("this head", kKeys);
  softmax_simd(penalty, weights);

  lab.value("cosines", static_cast<float>(d / 2));
  lab.value("temperature", 8 * static_cast<float>(head + 1) / kHeads);
  lab.value("keys of 256 with 90 % of the weight", static_cast<float>(keys_with(weights, 0.9f)));
}
