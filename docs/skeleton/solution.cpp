/// @file
/// Lesson NN, our solution. One lane is one element of the output, so lanes never meet; each value
/// is read once.

#include "simd.hpp"
#include "uniform_attention.hpp"

using namespace simd;

void uniform_attention(Matrix V, MutableRow o) {
  const float weight = 1 / static_cast<float>(V.rows);
  for (int c = 0; c < V.cols; c += vec<float>::size()) {
    vec<float> sum = 0;
    for (int j = 0; j < V.rows; ++j) sum += partial_load(&V[j][c], V.cols - c);
    partial_store(weight * sum, &o[c], V.cols - c);
  }
}
