/// @file
/// Lesson 02, our solution. Every mask here except the document mask is made of runs: in each row
/// the visible keys are an interval, or two. So a row is not decided key by key but filled run by
/// run, and filling is what compilers and processors do best.
#include "causal_mask.hpp"

#include <algorithm>

namespace {

constexpr float kHidden = -INFINITY;

/// The position of query i among the keys: the last query stands at the last key.
int position(int i, MutableMatrix M) { return i + M.cols - M.rows; }

/// Keys first .. last−1 of a row get a value. Bounds outside the row are cut off.
void fill(MutableRow row, int first, int last, float value) {
  first = std::clamp(first, 0, row.size);
  last = std::clamp(last, first, row.size);
  std::fill(row.data + first, row.data + last, value);
}

}  // namespace

void causal_mask(MutableMatrix M) {
  for (int i = 0; i < M.rows; ++i) {
    const int end = position(i, M) + 1;  // the first key that is hidden
    fill(M[i], 0, end, 0);
    fill(M[i], end, M.cols, kHidden);
  }
}

void sliding_window_mask(int window, MutableMatrix M) {
  for (int i = 0; i < M.rows; ++i) {
    const int end = std::max(position(i, M) + 1, 0);  // 0: nothing is visible
    const int begin = end - window;
    fill(M[i], 0, begin, kHidden);
    fill(M[i], begin, end, 0);
    fill(M[i], end, M.cols, kHidden);
  }
}

void prefix_mask(int prefix, MutableMatrix M) {
  for (int i = 0; i < M.rows; ++i) {
    const int end = std::max(position(i, M) + 1, prefix);  // the union of two runs that start at 0
    fill(M[i], 0, end, 0);
    fill(M[i], end, M.cols, kHidden);
  }
}

void document_mask(Integers document, MutableMatrix M) {
  for (int i = 0; i < M.rows; ++i) {
    const int p = position(i, M);
    for (int j = 0; j < M.cols; ++j) {
      const bool visible = j <= p && document[j] == document[p];  // p < 0: no j, and no document[p]
      M[i][j] = visible ? 0 : kHidden;
    }
  }
}

void mask_scores(MutableMatrix S) {
  for (int i = 0; i < S.rows; ++i) fill(S[i], position(i, S) + 1, S.cols, kHidden);
}

void masked_weights(Matrix S, Matrix M, MutableMatrix P) {
  for (int i = 0; i < S.rows; ++i) {
    float max = kHidden;
    for (int j = 0; j < S.cols; ++j) max = std::max(max, S[i][j] + M[i][j]);

    float sum = 0;
    for (int j = 0; j < S.cols; ++j) {
      const bool visible = M[i][j] == 0;
      P[i][j] = visible ? std::exp(S[i][j] - max) : 0;
      sum += P[i][j];
    }
    if (sum == 0) continue;  // nothing visible: the row is all zeros, and 0/0 would make it NaN
    for (float& weight : P[i]) weight /= sum;
  }
}
