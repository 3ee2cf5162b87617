/// @file
/// Lesson 03, its lab: a row of scores, moved and stretched, and its weights.

#include "attention_weights.hpp"
#include "docs/lab.hpp"

using namespace qkoan;

namespace {

constexpr float kScores[] = {0.5f, -1, 1.5f, 0, 2, 1, -0.5f, 2.5f, -2, 0.25f, 1.25f, -1.5f};
constexpr int kKeys = sizeof kScores / sizeof *kScores;

}  // namespace

void qkoan::lab(Lab& lab) {
  const float temperature = lab.number("temperature", {0.1f, 4, 0.1f, 1});
  const float offset = lab.number("added to all scores", {-120, 120, 5, 0});
  const float fourth = lab.number("score of key 4", {-4, 8, 0.25f, 2});

  const Axis key{"key", 0, kKeys - 1};
  lab.chart("Scores, divided by the temperature", key, {"score", 0, 0});
  const MutableRow scores = lab.curve("score", kKeys, Look::bars);
  float sum = 0;
  for (int j = 0; j < kKeys; ++j) {
    scores[j] = (j == 4 ? fourth : kScores[j]) / temperature + offset;
    sum += std::exp(scores[j]);
  }

  lab.chart("Attention weights", key, {"weight", 0, 1});
  const MutableRow weights = lab.curve("weight", kKeys, Look::bars);
  softmax_simd(scores, weights);

  lab.value("largest weight", *std::max_element(weights.begin(), weights.end()));
  lab.value("ln Σ eˢ", log_sum_exp(scores));
  lab.value("Σ eˢ as a float, without the maximum", sum);
}
