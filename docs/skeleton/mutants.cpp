/// @file
/// Lesson NN: what goes wrong with the mean of values, and what may differ and is right.

#include "tests/support/mutants.hpp"

#include "exercises/uniform_attention.hpp"

// ---- The plain and right implementation ---------------------------------------------------------

void uniform_attention(Matrix V, MutableRow o) {
  for (int c = 0; c < V.cols; ++c) {
    float sum = 0;
    for (int j = 0; j < V.rows; ++j) sum += V[j][c];
    o[c] = sum / static_cast<float>(V.rows);
  }
}

// ---- Bugs ---------------------------------------------------------------------------------------

QKOAN_BUG(void, uniform_attention, forgets_division, "the sum is not divided by n_k")
(Matrix V, MutableRow o) {
  uniform_attention(V, o);
  for (float& x : o) x *= static_cast<float>(V.rows);
}

QKOAN_BUG(void, uniform_attention, divides_by_d_v, "the sum is divided by d_v instead of n_k")
(Matrix V, MutableRow o) {
  uniform_attention(V, o);
  for (float& x : o) x *= static_cast<float>(V.rows) / static_cast<float>(V.cols);
}

QKOAN_BUG(void, uniform_attention, drops_last_key, "the last key is left out")
(Matrix V, MutableRow o) {
  for (int c = 0; c < V.cols; ++c) {
    float sum = 0;
    for (int j = 0; j < V.rows - 1; ++j) sum += V[j][c];
    o[c] = sum / static_cast<float>(V.rows);
  }
}

QKOAN_BUG(void, uniform_attention, accumulates, "the output is added to, not written")
(Matrix V, MutableRow o) {
  for (int j = 0; j < V.rows; ++j) {
    for (int c = 0; c < V.cols; ++c) o[c] += V[j][c] / static_cast<float>(V.rows);
  }
}

// ---- Correct variants ---------------------------------------------------------------------------

QKOAN_VARIANT(void, uniform_attention, backwards, "sums from the last key to the first")
(Matrix V, MutableRow o) {
  for (int c = 0; c < V.cols; ++c) {
    float sum = 0;
    for (int j = V.rows - 1; j >= 0; --j) sum += V[j][c];
    o[c] = sum / static_cast<float>(V.rows);
  }
}

QKOAN_VARIANT(void, uniform_attention, weighs_values, "multiplies each value by the rounded 1/n_k")
(Matrix V, MutableRow o) {
  const float weight = 1 / static_cast<float>(V.rows);
  for (float& x : o) x = 0;
  for (int j = 0; j < V.rows; ++j) {
    for (int c = 0; c < V.cols; ++c) o[c] += weight * V[j][c];
  }
}
