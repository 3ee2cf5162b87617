#ifndef QKOAN_REFERENCE_CORE_CERTIFIED_HPP
#define QKOAN_REFERENCE_CORE_CERTIFIED_HPP
/// @file
/// One reference template, three uses: the value with the tolerance of a float implementation
/// (Bounded<24>), an enclosure that decides how the exact value rounds (Bounded<53>, then Interval),
/// and digits for people (Interval).
///
/// When every number of an enclosure rounds to the same float, that float is right, whatever the exact
/// value is. Double with a rigorous bound decides all but a few in 100,000; what is left is done
/// again with intervals of growing precision (Ziv's strategy).
/// Ziv, "Fast evaluation of elementary mathematical functions with correctly rounded last bit",
/// ACM TOMS 17 (1991).

#include <Eigen/Core>
#include <stdexcept>
#include <string>
#include <vector>

#include "reference/core/bounded.hpp"
#include "reference/core/exact.hpp"
#include "reference/core/interval.hpp"

namespace qkoan {
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

/// The values of `f` with the tolerance of a float implementation. The error of the double that holds
/// the value is granted on top: it is less than 2⁻²⁸ of the tolerance, since every term of a bound is
/// proportional to the unit roundoff.
template <class F>
Tolerated tolerated(const F& f) {
  const auto bounds = detail::evaluate<Bounded<24>>(f);
  Tolerated result{static_cast<int>(bounds.rows()), static_cast<int>(bounds.cols()), {}, {}, false};
  for (int i = 0; i < result.rows; ++i) {
    for (int j = 0; j < result.cols; ++j) {
      result.exact.push_back(bounds(i, j).value());
      result.tolerance.push_back(bounds(i, j).error() * (1 + 0x1p-28));
    }
  }
  return result;
}

/// The values of `f`, rounded to the nearest float, with proof. Row-major.
/// @throws std::runtime_error if 1,300 digits do not decide the rounding: an exact tie between two
///         floats that was reached by inexact operations
template <class F>
std::vector<float> rounded(const F& f) {
  const auto doubles = detail::evaluate<Bounded<53>>(f);
  std::vector<float> value(doubles.size());
  std::vector<char> decided(doubles.size(), false);
  if (detail::decide(doubles, value, decided) == 0) return value;
  for (unsigned digits = 40; digits <= 1300; digits *= 2) {
    const Precision precision(digits);
    if (detail::decide(detail::evaluate<Interval>(f), value, decided) == 0) return value;
  }
  throw std::runtime_error("the reference could not decide a rounding with 1,300 digits");
}

/// Element (row, col) of `f` with that many significant decimal digits.
template <class F>
std::string decimals(const F& f, int row, int col, int digits) {
  const Precision precision(4 * static_cast<unsigned>(digits));
  return decimal(detail::evaluate<Interval>(f)(row, col), digits);
}

/// Wraps the reference `f`: a callable that takes a value of the number type to compute with (the
/// value itself is of no interest) and returns a number, a vector or a matrix of that type.
///
///     exact([=](auto real) {
///       using Real = decltype(real);
///       return reference::dot<Real>(lift<Real>(q), lift<Real>(k));
///     })
template <class F>
Exact exact(const F& f) {
  return {[f] { return tolerated(f); }, [f] { return rounded(f); },
          [f](int row, int col, int digits) { return decimals(f, row, col, digits); }};
}

/// The same values with another tolerance: `ulps` units in the last place of the float nearest to the
/// exact value, and flush to zero where that is no normal float.
inline Exact within_ulps(double ulps, Exact values) {
  values.tolerated = [ulps, original = values.tolerated] {
    Tolerated result = original();
    for (std::size_t e = 0; e < result.exact.size(); ++e) {
      if (result.tolerance[e] == 0) continue;  // one right answer
      const double size = std::fabs(result.exact[e]);
      const int exponent = size < 0x1p-126 ? -126 : std::ilogb(size);
      const bool may_flush = size < 0x1p-126 * (1 + 0x1p-20);
      result.tolerance[e] = ulps * std::ldexp(1, exponent - 23) + (may_flush ? size : 0);
    }
    return result;
  };
  return values;
}

}  // namespace qkoan

#endif
