/// @file
/// Lesson 13, the pictures of its page.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "docs/bias_pictures.hpp"
#include "reference/kv_cache.hpp"

using namespace qkoan;

namespace {

// ---- A ring -------------------------------------------------------------------------------------

enum Kind { kEmpty, kAlive, kOld };

/// What the newest token's query sees of a ring, token after token.
void ring(Album& album) {
  constexpr int kSlots = 16, kTokens = 40, kWindow = 10;
  Panel panel{"16 slots, a window of 10", Eigen::MatrixXd(kTokens, kSlots)};
  for (int newest = 0; newest < kTokens; ++newest) {
    const std::vector<int> positions = reference::ring_positions(newest + 1, kSlots);
    for (int slot = 0; slot < kSlots; ++slot) {
      const int position = positions[slot];
      panel.cells(newest, slot) = position < 0                  ? kEmpty
                                  : newest - position < kWindow ? kAlive
                                                                : kOld;
    }
  }
  panel.cells.transposeInPlace();
  album.kinds("ring", {"empty", "alive", "too old"}, {panel}, {"position of the query", "slot"});
}

// ---- What a step reads --------------------------------------------------------------------------

/// GiB of keys and values in 16 bits that a step reads, 32 layers, d = d_v = 128.
Curve reading(const char* name, int key_heads, int slots) {
  Curve curve{name, {}};
  for (int step = 0; step <= 9 * 8; ++step) {
    const double tokens = std::exp2(8 + step / 8.);
    const double bytes = 2. * 2 * 128 * 32 * key_heads * std::min<double>(tokens, slots);
    curve.points.emplace_back(tokens, bytes / 0x1p30);
  }
  return curve;
}

// ---- Wrong positions ----------------------------------------------------------------------------

/// A ring that is full: its 100 oldest tokens were overwritten since, so that key j of those that
/// remain stands in slot (j + 100) mod C.
double distance_of_slots(int i, int j) {
  const int slots = i + 1;
  return std::abs((i + 100) % slots - (j + 100) % slots);
}

const std::vector<Bias> kBiases = {
    {"by positions", [](int i, int j) { return -(i - j) / 16.; }},
    {"query at 0, no sign", [](int, int j) { return -j / 16.; }},
    {"by slots", [](int i, int j) { return -distance_of_slots(i, j) / 16; }}};

}  // namespace

void qkoan::pictures(Album& album) {
  constexpr int kNone = 1 << 30;
  ring(album);
  album.curves(
      "reads", {"tokens so far", Scale::kPowersOf2}, {"GiB read by a step", Scale::kPowersOf2},
      {reading("32 key heads", 32, kNone), reading("8 key heads, each shared by 4", 8, kNone),
       reading("8 key heads, ring of 4,096 slots", 8, 4096)});
  album.curves("row", {"key, the query is at 63"}, {"attention weight"}, row_curves(kBiases, 63));
}
