#ifndef QKOAN_REFERENCE_CORE_LIFT_HPP
#define QKOAN_REFERENCE_CORE_LIFT_HPP
/// @file
/// From the contracts' floats to the references' numbers. Nothing is lost: every float is exact in
/// every number type that references use.

#include <Eigen/Core>

#include "exercises/qkoan.hpp"

namespace qkoan {

/// The row as a vector of Real.
template <class Real>
Eigen::VectorX<Real> lift(Row row) {
  Eigen::VectorX<Real> v(row.size);
  for (int i = 0; i < row.size; ++i) v(i) = Real(row[i]);
  return v;
}

/// The matrix as a matrix of Real.
template <class Real>
Eigen::MatrixX<Real> lift(Matrix matrix) {
  Eigen::MatrixX<Real> m(matrix.rows, matrix.cols);
  for (int i = 0; i < matrix.rows; ++i) {
    for (int j = 0; j < matrix.cols; ++j) m(i, j) = Real(matrix[i][j]);
  }
  return m;
}

/// The same floats, owned by Eigen.
/// @{
inline Eigen::VectorXf eigen(Row row) { return lift<float>(row); }
inline Eigen::MatrixXf eigen(Matrix matrix) { return lift<float>(matrix); }
/// @}

}  // namespace qkoan

#endif
