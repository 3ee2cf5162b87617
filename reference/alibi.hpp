#ifndef QKOAN_REFERENCE_ALIBI_HPP
#define QKOAN_REFERENCE_ALIBI_HPP
/// @file
/// Lesson 06, exactly. Press, Smith & Lewis (2022), section 3;
/// ofirpress/attention_with_linear_biases, fairseq/models/transformer.py.

#include <Eigen/Core>
#include <bit>
#include <cmath>
#include <cstdlib>

#include "reference/core/bounded.hpp"

namespace qkoan::reference {

/// e of the slope 2^−e of head h, counted from 0. The denominator is a power of two, so a double
/// holds e exactly.
inline double alibi_exponent(int h, int heads) {
  const int c = static_cast<int>(std::bit_floor(static_cast<unsigned>(heads)));
  return (h < c ? 8. * (h + 1) : 4. * (2 * (h - c) + 1)) / c;
}

/// 2^−e: a float where e is a whole number. Else any pow or exp2 will do, and e^(−e·ln 2), which
/// rounds its argument twice; what is not granted is an error of e itself, which is a float.
template <class Real>
Real alibi_slope(int h, int heads) {
  using std::exp, std::log;
  const double e = alibi_exponent(h, heads);
  if (e == std::floor(e)) return Real(std::ldexp(1, -static_cast<int>(e)));
  return exp(in_double(Real(-e) * log(Real(2))));
}

/// The slopes of heads first … first + count − 1.
template <class Real>
Eigen::VectorX<Real> alibi_slopes(int heads, int first, int count) {
  Eigen::VectorX<Real> m(count);
  for (int h = 0; h < count; ++h) m(h) = alibi_slope<Real>(first + h, heads);
  return m;
}

/// −m·|p − j|, −∞ in the future unless that counts.
template <class Real>
Real alibi(const Real& m, int p, int j, bool bidirectional) {
  if (j > p && !bidirectional) return Real(-HUGE_VAL);
  return -m * Real(std::abs(p - j));
}

/// The biases of the query at position p for n keys.
template <class Real>
Eigen::VectorX<Real> alibi_row(const Real& m, int p, bool bidirectional, int n) {
  Eigen::VectorX<Real> b(n);
  for (int j = 0; j < n; ++j) b(j) = alibi(m, p, j, bidirectional);
  return b;
}

/// B, n_q × n_k; the queries are the last n_q positions.
template <class Real>
Eigen::MatrixX<Real> alibi_bias(const Real& m, bool bidirectional, int n_q, int n_k) {
  Eigen::MatrixX<Real> B(n_q, n_k);
  for (int i = 0; i < n_q; ++i) {
    B.row(i) = alibi_row(m, i + n_k - n_q, bidirectional, n_k).transpose();
  }
  return B;
}

/// K_hj = m_h·j
template <class Real>
Eigen::MatrixX<Real> alibi_key_only(const Eigen::VectorX<Real>& m, int n_k) {
  Eigen::MatrixX<Real> K(m.size(), n_k);
  for (int h = 0; h < m.size(); ++h) {
    for (int j = 0; j < n_k; ++j) K(h, j) = m(h) * Real(j);
  }
  return K;
}

/// s + b; −∞ where the future is hidden or the key was masked before, so that infinities never
/// enter the arithmetic. With s = 0 there is no rounding to grant; one is granted all the same, so
/// that the bound is the contract's. With b = 0 nothing is.
template <class Real>
Real add_alibi(float s, const Real& m, int p, int j, bool bidirectional) {
  if (std::isinf(s) || (j > p && !bidirectional)) return Real(-HUGE_VAL);
  const Real b = alibi(m, p, j, bidirectional);
  return s == 0 ? permit(1, b) : Real(s) + b;
}

/// S + B
template <class Real>
Eigen::MatrixX<Real> add_alibi(const Real& m, bool bidirectional, const Eigen::MatrixXf& S) {
  const int n_q = static_cast<int>(S.rows()), n_k = static_cast<int>(S.cols());
  Eigen::MatrixX<Real> sum(n_q, n_k);
  for (int i = 0; i < n_q; ++i) {
    for (int j = 0; j < n_k; ++j) {
      sum(i, j) = add_alibi(S(i, j), m, i + n_k - n_q, j, bidirectional);
    }
  }
  return sum;
}

}  // namespace qkoan::reference

#endif
