// Another student's causal_mask, in small steps.
#include <cmath>
#include <limits>
#include <vector>

#include "causal_mask.hpp"

namespace {

constexpr float kHidden = -std::numeric_limits<float>::infinity();

int position_of(int row, int rows, int cols) { return row + cols - rows; }

template <class Visible>
void fill(MutableMatrix M, Visible visible) {
  for (int row = 0; row < M.rows; ++row) {
    int position = position_of(row, M.rows, M.cols);
    for (int col = 0; col < M.cols; ++col) {
      if (visible(position, col)) {
        M[row][col] = 0;
      } else {
        M[row][col] = kHidden;
      }
    }
  }
}

}  // namespace

void causal_mask(MutableMatrix M) {
  fill(M, [](int p, int j) { return j <= p; });
}

void sliding_window_mask(int window, MutableMatrix M) {
  fill(M, [window](int p, int j) { return j <= p && j > p - window; });
}

void prefix_mask(int prefix, MutableMatrix M) {
  fill(M, [prefix](int p, int j) { return j < prefix || j <= p; });
}

void document_mask(Integers document, MutableMatrix M) {
  fill(M, [&](int p, int j) { return j <= p && document[p] == document[j]; });
}

void mask_scores(MutableMatrix S) {
  for (int row = 0; row < S.rows; row++) {
    int position = position_of(row, S.rows, S.cols);
    int col = position + 1 > 0 ? position + 1 : 0;
    while (col < S.cols) S[row][col++] = kHidden;
  }
}

void masked_weights(Matrix S, Matrix M, MutableMatrix P) {
  for (int row = 0; row < S.rows; row++) {
    std::vector<double> masked(S.cols);
    double top = kHidden, total = 0;
    for (int col = 0; col < S.cols; col++) {
      masked[col] = S[row][col] + M[row][col];
      if (masked[col] > top) top = masked[col];
    }
    for (double& x : masked) {
      x = std::isinf(top) ? 0.0 : std::exp(x - top);
      total += x;
    }
    for (int col = 0; col < S.cols; col++) P[row][col] = total == 0 ? 0 : masked[col] / total;
  }
}
