/// @file
/// Lesson 10, its lab: query and key move together, and the score stays.

#include <numeric>
#include <vector>

#include "docs/lab.hpp"
#include "rope.hpp"

using namespace qkoan;

namespace {

constexpr int kOffsets = 129;
constexpr int kShifts[] = {0, 1, 10, 100, 1000, 10000, 100000, 1000000};
constexpr float kBases[] = {100, 10000, 500000};

/// A row without any order in it, of mean square 1.
std::vector<float> elements(int seed, int d) {
  std::vector<float> row(d);
  for (int c = 0; c < d; ++c) {
    const int n = (c + seed) * (c + 7 * seed) * 37 % 101;
    row[c] = static_cast<float>(n - 50) / 29;
  }
  return row;
}

/// The query at positions shift, shift + 1, …, the key at shift: rotated, then multiplied.
void scores(Rope rope, int shift, MutableRow by_offset) {
  const int d = rope.rotated, n = by_offset.size;
  std::vector<float> k = elements(3, d), queries;
  for (const std::vector<float> q = elements(8, d); static_cast<int>(queries.size()) < n * d;)
    queries.insert(queries.end(), q.begin(), q.end());
  std::vector<int> positions(n);
  std::iota(positions.begin(), positions.end(), shift);
  rope_simd(rope, 1, {positions.data(), 1}, {k.data(), 1, d});
  rope_simd(rope, 1, {positions.data(), n}, {queries.data(), n, d});
  for (int offset = 0; offset < n; ++offset) {
    by_offset[offset] = 0;
    for (int c = 0; c < d; ++c) by_offset[offset] += queries[offset * d + c] * k[c];
  }
}

/// Cosines and sines of angles that were rounded to floats, as most programs have them.
void turn_by_float_angles(float base, int position, std::vector<float>& x) {
  const int d = static_cast<int>(x.size());
  for (int c = 0; c < d; c += 2) {
    const float theta = static_cast<float>(std::pow(static_cast<double>(base), -1.0 * c / d));
    const double angle = static_cast<float>(position) * theta;
    const float cosine = static_cast<float>(std::cos(angle));
    const float sine = static_cast<float>(std::sin(angle));
    const float first = x[c], second = x[c + 1];
    x[c] = first * cosine - second * sine;
    x[c + 1] = first * sine + second * cosine;
  }
}

void scores_by_float_angles(Rope rope, int shift, MutableRow by_offset) {
  std::vector<float> k = elements(3, rope.rotated);
  turn_by_float_angles(rope.base, shift, k);
  for (int offset = 0; offset < by_offset.size; ++offset) {
    std::vector<float> q = elements(8, rope.rotated);
    turn_by_float_angles(rope.base, shift + offset, q);
    by_offset[offset] = std::inner_product(q.begin(), q.end(), k.begin(), 0.0f);
  }
}

float largest_difference(Row a, Row b) {
  float largest = 0;
  for (int i = 0; i < a.size; ++i) largest = std::max(largest, std::fabs(a[i] - b[i]));
  return largest;
}

}  // namespace

void qkoan::lab(Lab& lab) {
  const int shift = kShifts[lab.choice(
      "key at position", {"0", "1", "10", "100", "1000", "10,000", "100,000", "1,000,000"}, 0)];
  const float base = kBases[lab.choice("base", {"100", "10,000", "500,000"}, 1)];
  const int d = lab.whole("d", {2, 128, 2, 64});
  const Rope rope{d, base, false};

  lab.chart("Scores of a query and a key", {"offset: query minus key", 0, kOffsets - 1},
            {"score", 0, 0});
  const MutableRow unmoved = lab.curve("key at position 0", kOffsets, Look::faint);
  const MutableRow careless = lab.curve("angles rounded to floats", kOffsets);
  const MutableRow moved = lab.curve("angles in whole numbers", kOffsets);
  scores(rope, 0, unmoved);
  scores_by_float_angles(rope, shift, careless);
  scores(rope, shift, moved);

  lab.chart("What the score changes by, compared with position 0",
            {"offset: query minus key", 0, kOffsets - 1}, {"change", 0, 0});
  const MutableRow lost = lab.curve("angles rounded to floats", kOffsets);
  const MutableRow kept = lab.curve("angles in whole numbers", kOffsets);
  for (int offset = 0; offset < kOffsets; ++offset) {
    lost[offset] = careless[offset] - unmoved[offset];
    kept[offset] = moved[offset] - unmoved[offset];
  }

  lab.value("largest change of a score", largest_difference(moved, unmoved));
  lab.value("with angles rounded to floats", largest_difference(careless, unmoved));
}
