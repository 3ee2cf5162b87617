// A student's causal_mask, as short as it gets.
#include <algorithm>
#include <cmath>

#include "causal_mask.hpp"

void causal_mask(MutableMatrix M) {
  const int shift = M.cols - M.rows;
  for (int i = 0; i < M.rows; ++i)
    for (int j = 0; j < M.cols; ++j) M[i][j] = j <= i + shift ? 0.0f : -INFINITY;
}

void sliding_window_mask(int window, MutableMatrix M) {
  const int shift = M.cols - M.rows;
  for (int i = 0; i < M.rows; ++i) {
    for (int j = 0; j < M.cols; ++j) {
      const int distance = i + shift - j;
      M[i][j] = distance >= 0 && distance < window ? 0.0f : -INFINITY;
    }
  }
}

void prefix_mask(int prefix, MutableMatrix M) {
  causal_mask(M);
  for (int i = 0; i < M.rows; ++i) std::fill(&M[i][0], &M[i][0] + std::min(prefix, M.cols), 0.0f);
}

void document_mask(Integers document, MutableMatrix M) {
  const int shift = M.cols - M.rows;
  for (int i = 0; i < M.rows; ++i) {
    for (int j = 0; j < M.cols; ++j) {
      const int p = i + shift;
      M[i][j] = j <= p && document[j] == document[p] ? 0.0f : -INFINITY;
    }
  }
}

void mask_scores(MutableMatrix S) {
  const int shift = S.cols - S.rows;
  for (int i = 0; i < S.rows; ++i)
    for (int j = std::max(0, i + shift + 1); j < S.cols; ++j) S[i][j] = -INFINITY;
}

void masked_weights(Matrix S, Matrix M, MutableMatrix P) {
  for (int i = 0; i < S.rows; ++i) {
    float largest = -INFINITY;
    for (int j = 0; j < S.cols; ++j) largest = std::max(largest, S[i][j] + M[i][j]);
    float sum = 0;
    for (int j = 0; j < S.cols; ++j) {
      P[i][j] = largest == -INFINITY ? 0 : std::exp(S[i][j] + M[i][j] - largest);
      sum += P[i][j];
    }
    for (int j = 0; j < S.cols && sum > 0; ++j) P[i][j] /= sum;
  }
}
