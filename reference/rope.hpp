#ifndef QKOAN_REFERENCE_ROPE_HPP
#define QKOAN_REFERENCE_ROPE_HPP
/// @file
/// Lesson 10, exactly. Su et al. (2021), equations 14 to 16, 34; pairs are counted from 0, as in
/// programs.

#include <Eigen/Core>
#include <cmath>

#include "reference/core/bounded.hpp"

namespace qkoan::reference {

/// Where the elements of a pair stand.
struct Pair {
  int first;   ///< index of x0
  int second;  ///< index of x1
};

/// Pair k of a head whose first `rotated` elements turn.
inline Pair pair_of(int k, int rotated, bool half_split) {
  return half_split ? Pair{k, k + rotated / 2} : Pair{2 * k, 2 * k + 1};
}

/// θ_k = base^(−2k/r)
template <class Real>
Real rope_frequency(float base, int rotated, int k) {
  using std::exp, std::log;
  return exp(Real(Real(-2 * k) / Real(rotated) * log(Real(base))));
}

/// p·θ_k, computed as if in double: the contract wants angles exact.
template <class Real>
Real rope_angle(float base, int rotated, int position, int k) {
  return in_double(Real(Real(position) * rope_frequency<Real>(base, rotated, k)));
}

/// cos(p·θ_k) and sin(p·θ_k), r/2 rows
template <class Real>
Eigen::MatrixX<Real> turns(int position, float base, int rotated) {
  using std::cos, std::sin;
  Eigen::MatrixX<Real> table(rotated / 2, 2);
  for (int k = 0; k < rotated / 2; ++k) {
    const Real angle = rope_angle<Real>(base, rotated, position, k);
    table(k, 0) = cos(angle);
    table(k, 1) = sin(angle);
  }
  return table;
}

/// The same, where 1 and 0 at position 0 have no error.
template <class Real>
Eigen::MatrixX<Real> rope_table(int position, float base, int rotated) {
  if (position != 0) return turns<Real>(position, base, rotated);
  Eigen::MatrixX<Real> table(rotated / 2, 2);
  table.col(0).setConstant(Real(1));
  table.col(1).setConstant(Real(0));
  return table;
}

/// y, where pair k of x is turned by its cosine and sine. Two roundings are granted where one element
/// of a pair is 0, and nothing is to be added.
template <class Real>
Eigen::VectorX<Real> turned(int rotated, bool half_split, const Eigen::MatrixX<Real>& table,
                            const Eigen::VectorX<Real>& x) {
  Eigen::VectorX<Real> y = x;
  for (int k = 0; k < rotated / 2; ++k) {
    const auto [first, second] = pair_of(k, rotated, half_split);
    const Real cosine = table(k, 0), sine = table(k, 1);
    y(first) = permit(2, Real(x(first) * cosine - x(second) * sine));
    y(second) = permit(2, Real(x(first) * sine + x(second) * cosine));
  }
  return y;
}

/// Ro(x, p). Position 0 changes nothing.
template <class Real>
Eigen::VectorX<Real> rope(int rotated, float base, bool half_split, int position,
                          const Eigen::VectorX<Real>& x) {
  if (position == 0) return x;
  return turned<Real>(rotated, half_split, turns<Real>(position, base, rotated), x);
}

/// Ro(q, t)·Ro(k, s). Rotating both rounds more often than the complex form does.
template <class Real>
Real rope_score(const Eigen::VectorX<Real>& q, const Eigen::VectorX<Real>& k, float base, int t,
                int s) {
  const int d = static_cast<int>(q.size());
  return turned<Real>(d, false, turns<Real>(t, base, d), q)
      .dot(turned<Real>(d, false, turns<Real>(s, base, d), k));
}

/// Where row `row` of the ordered weights comes from: within its head, first the even rows.
inline int interleaved_row(int row, int heads, int rows) {
  const int d = rows / heads, head = row / d, within = row % d;
  return head * d + (within < d / 2 ? 2 * within : 2 * (within - d / 2) + 1);
}

/// X, n × (heads·d), each head of row i rotated by positions(i)
template <class Real>
Eigen::MatrixX<Real> rope_rows(int rotated, float base, bool half_split, int heads,
                               const Eigen::VectorXi& positions, const Eigen::MatrixX<Real>& X) {
  const Eigen::Index d = X.cols() / heads;
  Eigen::MatrixX<Real> Y = X;
  for (Eigen::Index i = 0; i < X.rows(); ++i) {
    if (positions(i) == 0) continue;
    const auto table = turns<Real>(positions(i), base, rotated);
    for (int head = 0; head < heads; ++head) {
      const Eigen::VectorX<Real> x = X.row(i).segment(head * d, d);
      Y.row(i).segment(head * d, d) = turned<Real>(rotated, half_split, table, x);
    }
  }
  return Y;
}

}  // namespace qkoan::reference

#endif
