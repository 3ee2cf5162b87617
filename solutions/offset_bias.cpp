/// @file
/// Lesson 04, our solution. The matrix is Toeplitz: constant along its diagonals. It has n_q·n_k
/// elements but only n_q + n_k − 1 numbers, so these are looked up once, in a line, and each row is
/// a window of that line:
///
///     line        offset   n_k−1 … 1   0   −1 … −(n_q−1)
///     row n_q−1            ├────────────┤                      the last query
///     row n_q−2               ├────────────┤                   one key further left
///     row 0                              ├────────────┤
///
/// What remains is copying, with nothing to decide for any element.
#include "offset_bias.hpp"

#include <algorithm>
#include <vector>

#include "simd.hpp"

using namespace simd;

int offset_index(int offset, int length, bool bidirectional) {
  if (bidirectional) return std::clamp(offset, 1 - length, length - 1) + length - 1;
  return offset < 0 ? -1 : std::min(offset, length - 1);
}

namespace {

constexpr float kHidden = -INFINITY;
constexpr int kLanes = vec<float>::size();

/// L of a table.
int length_of(int parameters, bool bidirectional) {
  return bidirectional ? (parameters + 1) / 2 : parameters;
}

/// Calls f(i, j, r) for every pair that reads a parameter, r being its index.
template <class F>
void for_each_pair(int n_q, int n_k, int parameters, bool bidirectional, F f) {
  const int length = length_of(parameters, bidirectional);
  for (int i = 0; i < n_q; ++i) {
    const int p = i + n_k - n_q;
    const int visible = bidirectional ? n_k : std::clamp(p + 1, 0, n_k);
    for (int j = 0; j < visible; ++j) f(i, j, offset_index(p - j, length, bidirectional));
  }
}

}  // namespace

void offset_bias(Row table, bool bidirectional, MutableMatrix B) {
  std::fill_n(B.data, static_cast<long>(B.rows) * B.cols, kHidden);
  for_each_pair(B.rows, B.cols, table.size, bidirectional,
                [=](int i, int j, int r) { B[i][j] = table[r]; });
}

void biased_scores(Matrix Q, Matrix K, Row table, bool bidirectional, bool inside,
                   MutableMatrix S) {
  const float root = std::sqrt(static_cast<float>(Q.cols));
  std::fill_n(S.data, static_cast<long>(S.rows) * S.cols, kHidden);
  for_each_pair(S.rows, S.cols, table.size, bidirectional, [=](int i, int j, int r) {
    float dot = 0;  // q·k
    for (int c = 0; c < Q.cols; ++c) dot += Q[i][c] * K[j][c];
    S[i][j] = inside ? (dot + table[r]) / root : dot / root + table[r];
  });
}

void move_table(Row table, int d, bool inward, MutableRow moved) {
  // (q·k + u')/√d = q·k/√d + u wants u' = √d·u.
  const float root = std::sqrt(static_cast<float>(d));
  for (int r = 0; r < table.size; ++r) moved[r] = inward ? table[r] * root : table[r] / root;
}

void offset_gradient(Matrix G, bool bidirectional, MutableRow gradient) {
  std::fill_n(gradient.data, gradient.size, 0.0f);
  for_each_pair(G.rows, G.cols, gradient.size, bidirectional,
                [=](int i, int j, int r) { gradient[r] += G[i][j]; });
}

namespace {

/// The biases of all offsets from n_k − 1 down to −(n_q − 1).       n_q + n_k − 1
std::vector<float> line_of(Row table, bool bidirectional, int n_q, int n_k) {
  const int length = length_of(table.size, bidirectional);
  std::vector<float> line(n_q + n_k - 1, kHidden);
  const int known = bidirectional ? n_q + n_k - 1 : n_k;  // from there on only the future is left
  for (int c = 0; c < known; ++c) line[c] = table[offset_index(n_k - 1 - c, length, bidirectional)];
  return line;
}

/// Copies n numbers, n ≥ kLanes. The last vector ends where the row ends: it writes some numbers for
/// the second time, and there is no tail.
inline void copy_row(const float* from, float* to, int n) {
  int c = 0;
  for (; c + 2 * kLanes < n; c += 2 * kLanes) {
    const vec<float> first = unchecked_load(from + c), second = unchecked_load(from + c + kLanes);
    unchecked_store(first, to + c);
    unchecked_store(second, to + c + kLanes);
  }
  if (c + kLanes < n) unchecked_store(unchecked_load(from + c), to + c);
  unchecked_store(unchecked_load(from + n - kLanes), to + n - kLanes);
}

}  // namespace

void offset_bias_simd(Row table, bool bidirectional, MutableMatrix B) {
  const std::vector<float> line = line_of(table, bidirectional, B.rows, B.cols);
  for (int i = 0; i < B.rows; ++i) {
    const float* const window = line.data() + (B.rows - 1 - i);
    if (B.cols < kLanes) {
      partial_store(partial_load(window, B.cols), B[i].data, B.cols);
    } else {
      copy_row(window, B[i].data, B.cols);
    }
  }
}
