/// @file
/// Lesson 04, the pictures of its page.

#include <cmath>
#include <vector>

#include "docs/bias_pictures.hpp"
#include "reference/offset_bias.hpp"

using namespace qkoan;

namespace {

constexpr int kTrained = 64;  // tokens

double learnt(int offset) { return -1.5 * std::log1p(offset) + 0.0; }

/// A head that was trained on all lengths, on 64 tokens and clipped, or on these in a larger table.
const std::vector<Bias> kBiases{
    {"trained on all lengths", [](int i, int j) { return learnt(i - j); }},
    {"on 64, clipped",
     [](int i, int j) { return learnt(reference::offset_index(i - j, kTrained, false)); }},
    {"on 64, zeros behind", [](int i, int j) { return i - j < kTrained ? learnt(i - j) : 0.0; }}};

/// Sixteen tokens and a table of eight offsets in each direction; the future is liked less.
Panel matrix(const char* title, bool bidirectional) {
  constexpr int kTokens = 16, kLength = 8;
  const int parameters = bidirectional ? 2 * kLength - 1 : kLength;
  Eigen::VectorXd table(parameters);
  for (int r = 0; r < parameters; ++r) {
    const int offset = bidirectional ? r - kLength + 1 : r;
    table(r) = offset < 0 ? learnt(-offset) - 1 : learnt(offset);
  }
  return {title, reference::offset_bias<double>(table, bidirectional, kTokens, kTokens)};
}

}  // namespace

void qkoan::pictures(Album& album) {
  album.matrices("matrix", "bias", {matrix("causal", false), matrix("both directions", true)});
  album.curves("distance", {"distance of the key, tokens", Scale::kPowersOf2}, {"bias"},
               bias_curves(kBiases, 512, 1));
  album.curves("row", {"key, the query is at 127"}, {"attention weight", Scale::kPowersOf10},
               row_curves(kBiases, 127));
}
