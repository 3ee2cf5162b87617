#ifndef QKOAN_REFERENCE_T5_BUCKETS_HPP
#define QKOAN_REFERENCE_T5_BUCKETS_HPP
/// @file
/// Lesson 05, exactly: whole numbers decide, no logarithm occurs. Raffel et al. (2020), section 2.1;
/// tensorflow/mesh, mesh_tensorflow/transformer/transformer_layers.py.

#include <Eigen/Core>
#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "reference/scaled_scores.hpp"

namespace qkoan::reference {

/// first[b], the smallest distance whose bucket is ≥ b, in one direction of `buckets` = 2h:
///
///     h·ln(n/h)/ln(D/h) ≥ k   ⇔   n^h ≥ D^k·h^(h−k)
inline std::vector<int> t5_first_distances(int buckets, int max_distance) {
  using boost::multiprecision::cpp_int, boost::multiprecision::pow;
  const int h = buckets / 2;
  std::vector<int> first(buckets);
  for (int b = 0; b < h; ++b) first[b] = b;
  int n = h;
  cpp_int power = pow(cpp_int(n), h), edge = power;  // n^h, D^k·h^(h−k)
  for (int k = 0; k < h; ++k) {
    while (power < edge) power = pow(cpp_int(++n), h);
    first[h + k] = n;
    edge = edge / h * max_distance;
  }
  return first;
}

/// The bucket of a distance: the last one that begins there or before.
inline int t5_bucket(int distance, const std::vector<int>& first) {
  const auto behind = std::upper_bound(first.begin(), first.end(), distance);
  return static_cast<int>(behind - first.begin()) - 1;
}

/// The bucket of an offset; `first` is that of one direction.
inline int t5_bucket(int offset, const std::vector<int>& first, bool bidirectional) {
  const int future = bidirectional && offset < 0 ? static_cast<int>(first.size()) : 0;
  return future + t5_bucket(bidirectional ? std::abs(offset) : std::max(offset, 0), first);
}

/// The same for so many buckets in all.
inline int t5_bucket(int offset, int buckets, int max_distance, bool bidirectional) {
  const int one_direction = bidirectional ? buckets / 2 : buckets;
  return t5_bucket(offset, t5_first_distances(one_direction, max_distance), bidirectional);
}

/// Buckets 0 … n_b; −1 if (n_b + 1)/2 is no whole number.
inline int book_bucket(int offset, int n_b, int max_distance) {
  return n_b % 2 == 0 ? -1 : t5_bucket(offset, n_b + 1, max_distance, false);
}

/// B, n_q × n_k
template <class Real>
Eigen::MatrixX<Real> t5_bias(const Eigen::VectorX<Real>& table, int max_distance,
                             bool bidirectional, int n_q, int n_k) {
  const int buckets = static_cast<int>(table.size());
  const auto first = t5_first_distances(bidirectional ? buckets / 2 : buckets, max_distance);
  Eigen::MatrixX<Real> B(n_q, n_k);
  for (int i = 0; i < n_q; ++i) {
    for (int j = 0; j < n_k; ++j) {
      const int offset = i + n_k - n_q - j;
      const bool hidden = offset < 0 && !bidirectional;
      B(i, j) = hidden ? Real(-HUGE_VAL) : table(t5_bucket(offset, first, bidirectional));
    }
  }
  return B;
}

/// q·k + b, or (q·k + b)/√d. The bias is one term more; what is granted makes the bounds the
/// contract's, however much cancels, and lets the scale be applied anywhere.
template <class Real>
Real t5_score(const Eigen::VectorX<Real>& q, const Eigen::VectorX<Real>& k, const Real& b,
              bool scaled) {
  const Real sum = q.dot(k) + b;
  if (!scaled) return permit(2, sum);
  return permit(9, Real(sum / sqrt(Real(static_cast<double>(q.size())))));
}

/// S, n_q × n_k. Where B is −∞ nothing is computed.
template <class Real>
Eigen::MatrixX<Real> t5_scores(const Eigen::MatrixX<Real>& Q, const Eigen::MatrixX<Real>& K,
                               const Eigen::MatrixX<Real>& B, bool scaled) {
  Eigen::MatrixX<Real> S = B;
  for (int i = 0; i < Q.rows(); ++i) {
    for (int j = 0; j < K.rows(); ++j) {
      if (B(i, j) == Real(-HUGE_VAL)) continue;
      S(i, j) = t5_score<Real>(Q.row(i), K.row(j), B(i, j), scaled);
    }
  }
  return S;
}

}  // namespace qkoan::reference

#endif
