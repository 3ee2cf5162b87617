/// @file
/// Lesson 11, its lab: which pairs each way of scaling slows down, and what scores become.

#include <vector>

#include "docs/lab.hpp"
#include "rope_scaling.hpp"

using namespace qkoan;

namespace {

constexpr int kPairs = 64, kDistances = 257, kTrained = 4096;
constexpr float kBase = 10000;

struct Way {
  const char* name;
  Look look;
  float factor;  // of cosines and sines
  std::vector<float> theta;

  MutableRow frequencies() { return {theta.data(), kPairs}; }
};

std::vector<Way> ways(float s, float slow, float fast) {
  const std::vector<float> none(kPairs);
  std::vector<Way> all{{"trained", Look::faint, 1, none},
                       {"interpolated", Look::line, 1, none},
                       {"base scaled", Look::line, 1, none},
                       {"Llama 3.1", Look::line, 1, none},
                       {"YaRN, code", Look::line, 1, none}};
  const Bands bands{kBase, s, kTrained, slow, fast};
  interpolated(kBase, 1, all[0].frequencies());
  interpolated(kBase, s, all[1].frequencies());
  interpolated(scaled_base(kBase, 2 * kPairs, s), 1, all[2].frequencies());
  llama3(bands, all[3].frequencies());
  all[4].factor = yarn(bands, true, all[4].frequencies());
  return all;
}

/// Scores of a query and keys that are all alike, (1, 0) in every pair.
void scores(const Way& way, MutableRow by_distance) {
  std::vector<float> cosines(kDistances * kPairs), sines(cosines.size());
  scaled_tables_simd({way.theta.data(), kPairs}, way.factor, 0,
                     {cosines.data(), kDistances, kPairs}, {sines.data(), kDistances, kPairs});
  for (int distance = 0; distance < kDistances; ++distance) {
    float sum = 0;
    for (int k = 0; k < kPairs; ++k) sum += cosines[distance * kPairs + k];
    by_distance[distance] = way.factor * sum / std::sqrt(2.0f * kPairs);
  }
}

}  // namespace

void qkoan::lab(Lab& lab) {
  const float s = lab.power_of_two("s", {0, 6, 0.5f, 4});
  const float slow = lab.power_of_two("turns to interpolate below", {-4, 3, 0.5f, 0});
  const float fast = lab.power_of_two("turns to keep from", {4, 6, 0.25f, 5});
  const std::vector<Way> all = ways(s, slow, fast);

  lab.chart("How much slower each pair turns", {"pair k", 0, kPairs - 1}, {"times", 1, 64, true});
  for (const Way& way : all) {
    const MutableRow times = lab.curve(way.name, kPairs, way.look);
    for (int k = 0; k < kPairs; ++k) times[k] = all[0].theta[k] / way.theta[k];
  }
  lab.chart("Scores of equal keys", {"distance of the key", 0, kDistances - 1}, {"score", 0, 0});
  for (const Way& way : all) scores(way, lab.curve(way.name, kDistances, way.look));

  lab.value("tokens in training", kTrained);
  lab.value("readable tokens", kTrained * s);
  lab.value("YaRN's factor of scores", all[4].factor * all[4].factor);
}
