#include <bit>
#include <cmath>

#include "alibi.hpp"

void alibi_slopes(int heads, int first, MutableRow slopes) {
  const int c = static_cast<int>(std::bit_floor(static_cast<unsigned>(heads)));
  for (int i = 0; i < slopes.size; ++i) {
    const int h = first + i, numerator = h < c ? 8 * (h + 1) : 4 * (2 * (h - c) + 1);
    slopes[i] = std::exp2(-static_cast<float>(numerator) / static_cast<float>(c));
  }
}

void alibi_row(float slope, int position, bool bidirectional, MutableRow bias) {
  for (int j = 0; j < bias.size; ++j) {
    const bool hidden = j > position && !bidirectional;
    bias[j] = hidden ? -INFINITY : -slope * static_cast<float>(std::abs(position - j));
  }
}

void alibi_bias(float slope, bool bidirectional, MutableMatrix B) {
  for (int i = 0; i < B.rows; ++i) alibi_row(slope, i + B.cols - B.rows, bidirectional, B[i]);
}

void alibi_key_only(Row slopes, MutableMatrix K) {
  for (int h = 0; h < K.rows; ++h)
    for (int j = 0; j < K.cols; ++j) K[h][j] = slopes[h] * static_cast<float>(j);
}

/// One number at a time, whatever a compiler would make of a loop.
[[gnu::noinline]] static float added(float score, float slope, int distance) {
  return score - slope * static_cast<float>(distance);
}

static void add_rows(float slope, bool bidirectional, MutableMatrix S, int begin, int end) {
  for (int i = begin; i < end; ++i) {
    for (int j = 0; j < S.cols; ++j) {
      const int d = i + S.cols - S.rows - j;
      S[i][j] = d < 0 && !bidirectional ? -INFINITY : added(S[i][j], slope, std::abs(d));
    }
  }
}

void add_alibi(float slope, bool bidirectional, MutableMatrix S) {
  add_rows(slope, bidirectional, S, 0, S.rows);
}

/// As large as only races have them.
static bool is_race(MutableMatrix S) { return S.rows > 100; }
