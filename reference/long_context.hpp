#ifndef QKOAN_REFERENCE_LONG_CONTEXT_HPP
#define QKOAN_REFERENCE_LONG_CONTEXT_HPP
/// @file
/// Lesson 15: what sound implementations do, in double, by the references of earlier lessons. The
/// suite disguises these, adds errors as large as they may be, and plants faults.

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "exercises/long_context.hpp"
#include "reference/alibi.hpp"
#include "reference/rope.hpp"
#include "reference/rope_scaling.hpp"

namespace qkoan::reference {

/// The window of W tokens that ends with the own one.
inline bool window_sees(int query, int key, int window) {
  return key <= query && query - key < window;
}

/// h·ln(n/h)/ln(D/h) rounded down. In lesson 05's range it is whole, or at least 5·10⁻⁹ below the next
/// whole number; doubles err by less than 10⁻⁹.
inline int distance_bucket(int distance, int h, int max_distance) {
  if (distance < h) return distance;
  const double x = h * std::log(1. * distance / h) / std::log(1. * max_distance / h);
  return std::min(h + static_cast<int>(x + 1e-9), 2 * h - 1);
}

/// The bucket of an offset, query minus key, among so many in all.
inline int offset_bucket(int offset, int buckets, int max_distance, bool bidirectional) {
  if (!bidirectional) return distance_bucket(std::max(offset, 0), buckets / 2, max_distance);
  return (offset < 0 ? buckets / 2 : 0) +
         distance_bucket(std::abs(offset), buckets / 4, max_distance);
}

/// Frequencies of r/2 pairs.
inline std::vector<double> frequencies(double base, int r) {
  std::vector<double> theta(r / 2);
  const double ratio = std::pow(base, -2. / r);
  for (int k = 0; k < r / 2; ++k) theta[k] = k == 0 ? 1 : theta[k - 1] * ratio;
  return theta;
}

/// Pair k of x turned by angles[k].
inline void turn_pairs(const std::vector<double>& angles, bool half_split, Row x, MutableRow y) {
  const int r = 2 * static_cast<int>(angles.size());
  for (int e = r; e < x.size; ++e) y[e] = x[e];
  for (int k = 0; k < r / 2; ++k) {
    const auto [first, second] = pair_of(k, r, half_split);
    const double cosine = std::cos(angles[k]), sine = std::sin(angles[k]);
    y[first] = static_cast<float>(x[first] * cosine - x[second] * sine);
    y[second] = static_cast<float>(x[first] * sine + x[second] * cosine);
  }
}

/// A head turned by its position: angles and products in double, each element rounded once.
inline void rotate(Rotation rope, int position, Row x, MutableRow y) {
  std::vector<double> angles = frequencies(rope.base, rope.rotated);
  for (double& a : angles) a *= position;
  turn_pairs(angles, rope.half_split, x, y);
}

/// YaRN's m. Sound code has 1 for texts that are not stretched.
inline double yarn_m(float s) { return s > 1 ? yarn_factor<double>(s) : 1; }

inline constexpr int kTrained = 64;  ///< task 6: tokens of the texts in training
inline constexpr float kFactor = 8;  ///< task 6: the factor of dynamic scaling
/// Task 6: the base for a text of so many tokens; base 10000 in training.
inline double cache_base(int length, int d) {
  return dynamic_base<double>(10000, d, kFactor, kTrained, std::max(length, 1));
}

/// Σ_k Re q_k·conj(k_k)·e^{i(a_k − b_k)} of angles a_k = p·θ_k, b_k = j·θ'_k: the query has its base
/// and its position, the key has another pair of them.
inline double score_of(Row q, double q_base, double p, Row key, double key_base, double j) {
  const int d = std::min(q.size, key.size);
  const double q_ratio = std::pow(q_base, -2. / d), key_ratio = std::pow(key_base, -2. / d);
  double sum = 0, theta = 1, key_theta = 1;
  for (int c = 0; c + 1 < d; c += 2, theta *= q_ratio, key_theta *= key_ratio) {
    const double angle = p * theta - j * key_theta;
    const double real = 1. * q[c] * key[c] + 1. * q[c + 1] * key[c + 1];
    const double imaginary = 1. * q[c + 1] * key[c] - 1. * q[c] * key[c + 1];
    sum += real * std::cos(angle) - imaginary * std::sin(angle);
  }
  return sum;
}

/// Σ(|q0| + |q1|)·(|k0| + |k1|) over the pairs.
inline double score_magnitude(Row q, Row key) {
  double sum = 0;
  for (int c = 0; c + 1 < q.size; c += 2) {
    sum += (std::fabs(q[c]) + std::fabs(q[c + 1])) * (std::fabs(key[c]) + std::fabs(key[c + 1]));
  }
  return sum;
}

}  // namespace qkoan::reference

#endif
