/// @file
/// Lesson 12, the pictures of its page.

#include <cmath>

#include "docs/album.hpp"
#include "reference/causal_mask.hpp"

using namespace qkoan;

namespace {

enum Kind { kSkipped, kSeen, kComputed };

/// What a causal kernel does with the pairs of 32 tokens, in blocks of queries and tiles of keys: a tile
/// is computed if a query of the block sees one of its keys.
Panel tiles(const char* title, int block, int tile) {
  constexpr int kTokens = 32;
  Panel panel{title, Eigen::MatrixXd(kTokens, kTokens)};
  for (int i = 0; i < kTokens; ++i) {
    const int last_query = i / block * block + block - 1;
    for (int j = 0; j < kTokens; ++j) {
      const bool computed = reference::sees_causally(last_query, j / tile * tile);
      panel.cells(i, j) = reference::sees_causally(i, j) ? kSeen : computed ? kComputed : kSkipped;
    }
  }
  return panel;
}

/// Bytes against tokens, d = d_v = 64, in float.
template <class Numbers>
Curve bytes(const char* name, Numbers numbers) {
  Curve curve{name, {}};
  for (double n = 128; n <= 0x1p20; n *= 2) curve.points.emplace_back(n, 4 * numbers(n));
  return curve;
}

}  // namespace

void qkoan::pictures(Album& album) {
  album.curves("memory", {"tokens", Scale::kPowersOf2}, {"bytes", Scale::kPowersOf10},
               {bytes("all scores of one head", [](double n) { return n * n; }),
                bytes("Q, K, V and O", [](double n) { return 4 * n * 64; }),
                bytes("one tile of scores", [](double) { return 48. * 64; })});
  album.kinds("tiles", {"skipped", "seen", "computed in vain"},
              {tiles("tiles of 4 queries, 8 keys", 4, 8), tiles("of 4 queries, 2 keys", 4, 2)});
}
