#ifndef QKOAN_REFERENCE_CORE_INTERVAL_HPP
#define QKOAN_REFERENCE_CORE_INTERVAL_HPP
/// @file
/// Interval arithmetic of any precision: MPFI over MPFR, through Boost.Multiprecision. Every
/// operation rounds outwards from correctly rounded end points, so the exact value is always inside.

#include <boost/multiprecision/eigen.hpp>
#include <boost/multiprecision/mpfi.hpp>
#include <string>

namespace qkoan {

/// An interval whose precision is that of the innermost living Precision.
using Interval = boost::multiprecision::number<boost::multiprecision::mpfi_float_backend<0>,
                                               boost::multiprecision::et_off>;

/// Sets the precision of all intervals made while it lives. Do not mix intervals of two precisions.
class Precision {
 public:
  /// From now on, end points have so many decimal digits.
  explicit Precision(unsigned decimal_digits) : before_(Interval::default_precision()) {
    Interval::default_precision(decimal_digits);
  }
  ~Precision() { Interval::default_precision(before_); }
  Precision(const Precision&) = delete;
  Precision& operator=(const Precision&) = delete;

 private:
  unsigned before_;
};

/// If every number in `x` rounds to the same float, sets it and returns true. Zeros have no sign.
inline bool round_to_float(const Interval& x, float& result) {
  const auto* ends = x.backend().data();
  const float low = mpfr_get_flt(&ends->left, MPFR_RNDN);
  const float high = mpfr_get_flt(&ends->right, MPFR_RNDN);
  result = low + 0.0f;
  return low == high;
}

/// The middle of `x` with `digits` significant decimal digits, as 1.234 or 1.234e-56.
inline std::string decimal(const Interval& x, int digits) {
  namespace mp = boost::multiprecision;
  const auto middle = mp::median(x);
  const double size = std::fabs(static_cast<double>(middle));
  const bool plain = size == 0 || (size >= 1e-4 && size < 1e9);
  if (!plain) return middle.str(digits - 1, std::ios::scientific);
  const int leading = size == 0 ? 0 : static_cast<int>(std::floor(std::log10(size)));
  return middle.str(digits - 1 - leading, std::ios::fixed);
}

}  // namespace qkoan

#endif
