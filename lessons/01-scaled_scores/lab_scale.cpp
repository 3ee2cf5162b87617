/// @file
/// Lesson 01, its lab: the same query and keys, longer and longer, with three scales.

#include <random>
#include <vector>

#include "attention_weights.hpp"
#include "docs/lab.hpp"
#include "scaled_scores.hpp"

using namespace qkoan;

namespace {

constexpr int kKeys = 16;

/// Independent numbers with mean 0 and variance 1: each is a sum of four uniform ones.
void draw(std::minstd_rand& random, std::vector<float>& elements) {
  const float range = static_cast<float>(std::minstd_rand::max());
  for (float& element : elements) {
    float sum = -2;
    for (int n = 0; n < 4; ++n) sum += static_cast<float>(random()) / range;
    element = sum * std::sqrt(3.0f);
  }
}

float standard_deviation(Row x) {
  const float n = static_cast<float>(x.size);
  float mean = 0, squares = 0;
  for (const float element : x) mean += element / n;
  for (const float element : x) squares += (element - mean) * (element - mean) / n;
  return std::sqrt(squares);
}

}  // namespace

void qkoan::lab(Lab& lab) {
  const int d = static_cast<int>(lab.power_of_two("d", {0, 10, 1, 6}));
  const int scale = lab.choice("score", {"q·k", "q·k/√d", "q·k/d"}, 1);
  std::minstd_rand random(static_cast<unsigned>(lab.whole("sample", {1, 20, 1, 1})));
  std::vector<float> q(d), keys(kKeys * d);
  draw(random, q);
  draw(random, keys);

  const Axis key{"key", 0, kKeys - 1};
  lab.chart("Scores of one query", key, {"score", 0, 0});
  const MutableRow scores = lab.curve("score", kKeys, Look::bars);
  scaled_scores_simd({q.data(), 1, d}, {keys.data(), kKeys, d}, {scores.data, 1, kKeys});
  const float root = std::sqrt(static_cast<float>(d));
  for (float& score : scores) score *= scale == 0 ? root : scale == 1 ? 1 : 1 / root;

  lab.chart("Attention weights", key, {"weight", 0, 1});
  const MutableRow weights = lab.curve("weight p", kKeys, Look::bars);
  softmax_simd(scores, weights);
  float slope = 0;
  for (const float p : weights) slope += p * (1 - p) / kKeys;

  lab.value("standard deviation of the scores", standard_deviation(scores));
  lab.value("largest weight", *std::max_element(weights.begin(), weights.end()));
  lab.value("mean slope p(1 − p)", slope);
}
