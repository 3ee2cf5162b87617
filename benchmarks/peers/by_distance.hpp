#ifndef QKOAN_BENCHMARKS_PEERS_BY_DISTANCE_HPP
#define QKOAN_BENCHMARKS_PEERS_BY_DISTANCE_HPP
/// @file
/// Biases by distance in the form that libraries take them: no peer computes a bias on the fly.

#include <algorithm>
#include <limits>
#include <vector>

#include "exercises/qkoan.hpp"

namespace qkoan::peers {

/// −slope·δ for the distances 0 … n−1.
inline std::vector<float> alibi(float slope, int n) {
  std::vector<float> biases(n);
  for (int distance = 0; distance < n; ++distance)
    biases[distance] = -slope * static_cast<float>(distance);
  return biases;
}

/// How many queries come before all keys and see none. What libraries make of such rows differs, so
/// they are not asked.
inline int blind_queries(int n_q, int n_k) { return std::clamp(n_q - n_k, 0, n_q); }

/// The biases of all pairs, n_q × n_k, −∞ for keys that are hidden, as numbers of the library. Most
/// libraries take biases only like this. The matrix is kept until it changes: a model makes it
/// once, and all of its layers use it.
template <class Number = float>
const std::vector<Number>& mask(
    int n_q, Row by_distance, Number (*number)(float) = [](float x) { return x; }) {
  thread_local std::vector<float> line;
  thread_local std::vector<Number> matrix;
  thread_local int rows = 0;
  const int n_k = by_distance.size;
  if (rows == n_q && std::equal(line.begin(), line.end(), by_distance.begin(), by_distance.end()))
    return matrix;
  rows = n_q;
  line.assign(by_distance.begin(), by_distance.end());
  matrix.assign(static_cast<std::size_t>(n_q) * n_k,
                number(-std::numeric_limits<float>::infinity()));
  for (int i = 0; i < n_q; ++i) {
    const int position = i + n_k - n_q;
    Number* const row = matrix.data() + static_cast<std::size_t>(i) * n_k;
    for (int j = 0; j <= position; ++j) row[j] = number(line[position - j]);
  }
  return matrix;
}

}  // namespace qkoan::peers

#endif
