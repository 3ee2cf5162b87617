/// @file
/// Lesson 05, its lab: which offsets share a bucket, and what becomes of a bias by it.

#include <vector>

#include "docs/lab.hpp"
#include "t5_buckets.hpp"

using namespace qkoan;

namespace {

constexpr int kReach = 256;  // offsets to either side

/// The past of the newest query, by distance: each bucket has the bias of its nearest key.
void biases(const std::vector<int>& first, int max_distance, MutableRow by_distance) {
  std::vector<float> table(first.size());
  for (std::size_t b = 0; b < first.size(); ++b) table[b] = -static_cast<float>(first[b]) / 16;
  t5_bias_simd({table.data(), static_cast<int>(table.size())}, max_distance, false,
               {by_distance.data, 1, by_distance.size});
  std::reverse(by_distance.begin(), by_distance.end());
}

}  // namespace

void qkoan::lab(Lab& lab) {
  const int buckets = lab.whole("buckets", {4, 64, 4, 32});
  const int max_distance = lab.whole("D", {40, 512, 8, 128});
  const bool bidirectional = lab.choice("directions", {"causal", "bidirectional"}, 0) == 1;
  const int of_the_past = bidirectional ? buckets / 2 : buckets;
  std::vector<int> first(of_the_past);
  t5_first_distances(max_distance, {first.data(), of_the_past});

  const int begin = bidirectional ? -kReach : 0;
  lab.chart("Buckets", {"offset: query minus key", static_cast<float>(begin), kReach},
            {"bucket", 0, 64});
  const MutableRow bucket = lab.curve("bucket", kReach + 1 - begin, Look::stairs);
  for (int offset = begin; offset <= kReach; ++offset) {
    const int b = t5_bucket(offset, buckets, max_distance, bidirectional);
    bucket[offset - begin] = static_cast<float>(b);
  }

  lab.chart("Biases of the past", {"distance of the key", 0, kReach},
            {"added to the score", -16, 0});
  const MutableRow line = lab.curve("−distance/16", kReach + 1, Look::faint);
  for (int distance = 0; distance <= kReach; ++distance)
    line[distance] = -static_cast<float>(distance) / 16;
  biases(first, max_distance, lab.curve("one number for each bucket", kReach + 1, Look::stairs));

  lab.value("distances with a bucket of their own", static_cast<float>(of_the_past / 2));
  lab.value("the last bucket begins at distance", static_cast<float>(first.back()));
}
