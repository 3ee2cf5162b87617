/// @file
/// Lesson 12, its lab: an output that grows tile by tile, and ends where the formula is.

#include <vector>

#include "alibi.hpp"
#include "attention.hpp"
#include "attention_weights.hpp"
#include "docs/lab.hpp"
#include "scaled_scores.hpp"

using namespace qkoan;

namespace {

constexpr int kKeys = 24, kLength = 8, kValues = 2;

/// Numbers without any order in them, from −1 to 1.
std::vector<float> elements(int count, int seed) {
  std::vector<float> row(count);
  for (int c = 0; c < count; ++c) {
    const int n = (c + seed) * (c + 7 * seed) * 37 % 101;
    row[c] = static_cast<float>(n - 50) / 50;
  }
  return row;
}

/// outputs[c][j]: element c of the output, once all tiles up to that of key j have been read.
void read_tiles(Matrix Q, Matrix K, Matrix V, Row bias, int tile, MutableRow (&outputs)[kValues]) {
  float max = -INFINITY, sum = 0, o[kValues] = {};
  for (int j = 0; j < kKeys; j += tile) {
    const int keys = std::min(tile, kKeys - j);
    attention_tile(Q, {K[j].data, keys, kLength}, {V[j].data, keys, kValues},
                   {bias.data + j, 1, keys}, {&max, 1}, {&sum, 1}, {o, 1, kValues});
    for (int c = 0; c < kValues; ++c)
      std::fill_n(outputs[c].data + j, keys, sum == 0 ? 0 : o[c] / sum);
  }
}

}  // namespace

void qkoan::lab(Lab& lab) {
  const int tile = lab.whole("keys in a tile", {1, kKeys, 1, 4});
  const float slope = lab.number("slope of ALiBi", {0, 1, 0.05f, 0});
  const float size = lab.number("size of the query", {0, 12, 0.5f, 6});
  std::vector<float> q = elements(kLength, 8);
  for (float& element : q) element *= size;
  const std::vector<float> k = elements(kKeys * kLength, 3), v = elements(kKeys * kValues, 5);
  const Matrix Q{q.data(), 1, kLength}, K{k.data(), kKeys, kLength}, V{v.data(), kKeys, kValues};
  float bias[kKeys];
  alibi_row(slope, kKeys - 1, false, {bias, kKeys});

  const Axis key{"key", 0, kKeys - 1};
  lab.chart("Scores with their bias", key, {"score", 0, 0});
  const MutableRow scores = lab.curve("score", kKeys, Look::bars);
  scaled_scores_simd(Q, K, {scores.data, 1, kKeys});
  for (int j = 0; j < kKeys; ++j) scores[j] += bias[j];
  lab.chart("Attention weights", key, {"weight", 0, 0});
  softmax_simd(scores, lab.curve("weight", kKeys, Look::bars));

  lab.chart("Output after each tile, divided by its sum", key, {"output", -1, 1});
  float end[kValues];
  attend(Q[0], K, V, {bias, kKeys}, {end, kValues});
  for (const float element : end) {
    const MutableRow line = lab.curve("by the formula", kKeys, Look::faint);
    std::fill(line.begin(), line.end(), element);
  }
  MutableRow outputs[] = {lab.curve("first element", kKeys, Look::stairs),
                          lab.curve("second element", kKeys, Look::stairs)};
  read_tiles(Q, K, V, {bias, kKeys}, tile, outputs);

  lab.value("tiles", static_cast<float>((kKeys + tile - 1) / tile));
  lab.value("first element, by tiles", outputs[0][kKeys - 1]);
  lab.value("first element, by the formula", end[0]);
}
