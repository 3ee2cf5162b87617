#ifndef QKOAN_REFERENCE_CORE_CERTIFIED_HPP
#define QKOAN_REFERENCE_CORE_CERTIFIED_HPP
/// @file
/// What a `float` implementation is expected to return, with proof, and how far it may be off.
///
/// The expected float is the exact value, rounded to nearest. An enclosure decides it: when every
/// number of the enclosure rounds to the same float, that float is right, whatever the exact value
/// is. First in double with a rigorous bound, which decides all but a few in 100,000; what is left is
/// done again with intervals of growing precision (Ziv's strategy).
/// Ziv, "Fast evaluation of elementary mathematical functions with correctly rounded last bit",
/// ACM TOMS 17 (1991).

#include <Eigen/Core>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "reference/core/bounded.hpp"
#include "reference/core/interval.hpp"

namespace qkoan {

/// One number or a matrix of them, as an implementation should return it.
struct Expected {
  int rows = 1;
  int cols = 1;
  std::vector<float> value;       ///< correctly rounded, row-major
  std::vector<double> exact;      ///< the exact value, rounded to double
  std::vector<double> tolerance;  ///< largest legal |returned − exact|; 0: only `value` is right
};

namespace detail {

template <class Real>
Eigen::MatrixX<Real> as_matrix(const Eigen::MatrixX<Real>& m) {
  return m;
}
template <class Real>
Eigen::MatrixX<Real> as_matrix(const Eigen::VectorX<Real>& v) {
  return v.transpose();
}
template <class Real>
Eigen::MatrixX<Real> as_matrix(const Real& x) {
  return Eigen::MatrixX<Real>::Constant(1, 1, x);
}

/// Evaluates the reference `f` over Real, whatever its shape.
template <class Real, class F>
Eigen::MatrixX<Real> evaluate(const F& f) {
  return as_matrix<Real>(f(Real()));
}

/// Rounds what `m` decides among the undecided; returns how many are left.
template <class Real>
int decide(const Eigen::MatrixX<Real>& m, std::vector<float>& value, std::vector<char>& decided) {
  int left = 0;
  for (int i = 0, e = 0; i < m.rows(); ++i) {
    for (int j = 0; j < m.cols(); ++j, ++e) {
      if (!decided[e]) decided[e] = round_to_float(m(i, j), value[e]);
      left += !decided[e];
    }
  }
  return left;
}

}  // namespace detail

/// Evaluates the reference `f`, a callable that takes a value of the number type to compute with (the
/// value itself is of no interest) and returns a number, a vector or a matrix of that type:
///
///     certified([&](auto real) {
///       using Real = decltype(real);
///       return reference::dot<Real>(lift<Real>(q), lift<Real>(k));
///     })
///
/// @throws std::runtime_error if 1,300 digits do not decide the rounding: an exact tie between two
///         floats that was reached by inexact operations
template <class F>
Expected certified(const F& f) {
  const auto bounds = detail::evaluate<Bounded<24>>(f);
  const auto doubles = detail::evaluate<Bounded<53>>(f);
  Expected expected{static_cast<int>(bounds.rows()), static_cast<int>(bounds.cols()), {}, {}, {}};
  for (int i = 0; i < expected.rows; ++i) {
    for (int j = 0; j < expected.cols; ++j) {
      expected.exact.push_back(doubles(i, j).value());
      // The distance is measured from the double, so its own error is granted on top.
      const double legal = bounds(i, j).error();
      expected.tolerance.push_back(legal == 0 ? 0 : legal + doubles(i, j).error());
    }
  }
  expected.value.resize(expected.exact.size());
  std::vector<char> decided(expected.exact.size(), false);
  if (detail::decide(doubles, expected.value, decided) == 0) return expected;
  for (unsigned digits = 40; digits <= 1300; digits *= 2) {
    const Precision precision(digits);
    if (detail::decide(detail::evaluate<Interval>(f), expected.value, decided) == 0) {
      return expected;
    }
  }
  throw std::runtime_error("the reference could not decide a rounding with 1,300 digits");
}

/// Element (row, col) of the reference `f` with `digits` significant decimal digits.
template <class F>
std::string certified_digits(const F& f, int row, int col, int digits = 20) {
  const Precision precision(80);
  return decimal(detail::evaluate<Interval>(f)(row, col), digits);
}

}  // namespace qkoan

#endif
