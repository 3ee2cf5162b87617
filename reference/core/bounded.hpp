#ifndef QKOAN_REFERENCE_CORE_BOUNDED_HPP
#define QKOAN_REFERENCE_CORE_BOUNDED_HPP
/// @file
/// A number that carries a rigorous bound on the error of computing it.
///
/// A reference template instantiated on Bounded<Bits> returns, beside the value, how far *any*
/// evaluation of the same formula in Bits-bit arithmetic can be from the exact result: in any order
/// of summation, with or without fused multiply-add, with subnormals or with flush to zero.
///
///  - Bounded<24> is the tolerance for an implementation in `float`;
///  - Bounded<53> is an enclosure of the exact value, because its own value was computed in `double`.
///
/// The trick that makes the order of summation irrelevant is that a sum stays open: `operator+` only
/// collects value, error, magnitude and number of terms (all of them associative), and the rounding
/// errors are charged when the sum is used. For n terms x_i, whatever the order of n−1 additions,
///
///     |computed − exact| ≤ r + u·(|Σ x_i| + r),  r = u·(n−2)·Σ|x_i|        n ≥ 2
///
/// (Jeannerod & Rump, "Improved error bounds for inner products in floating-point arithmetic",
/// SIAM J. Matrix Anal. Appl. 34 (2013), give (n−1)·u·Σ|x_i| for all n and all orders; the last
/// addition rounds the sum itself, hence the form above.)

#include <Eigen/Core>
#include <cmath>

namespace qkoan {

/// A number of a computation in Bits-bit arithmetic: its value, and how far a computed one may be off.
template <int Bits>
class Bounded {
  static_assert(Bits == 24 || Bits == 53, "float or double");

 public:
  /// Unit roundoff, half the distance from 1 to the next number: 2⁻²⁴ or 2⁻⁵³.
  static constexpr double kUnit = Bits == 24 ? 0x1p-24 : 0x1p-53;
  /// What one operation may lose to underflow, flush to zero allowed: 2⁻¹²⁶ or 2⁻¹⁰²².
  static constexpr double kUnderflow = Bits == 24 ? 0x1p-126 : 0x1p-1022;
  /// Relative error that exp and log may have: 4 ulp granted to students, 1 ulp (glibc documents
  /// less) for our own double.
  static constexpr double kFunction = Bits == 24 ? 4 * 2 * kUnit : 2 * kUnit;

  /// A number that is given, not computed: without error.
  Bounded(double exact = 0)
      : value_(exact), error_(0), magnitude_(std::fabs(exact)), terms_(exact != 0) {}

  /// The exact value, but for the roundings of double.
  double value() const { return value_; }

  /// The bound on |computed − exact|. Inflated by 2⁻⁴⁰, far more than the roundings in the few
  /// operations that computed the bound itself.
  double error() const { return closed_error() * (1 + 0x1p-40); }

  /// Grants `roundings` more of them, relative to the sum of magnitudes of the terms: for formulas
  /// that may legally be arranged otherwise, such as a scale that is applied before the sum.
  Bounded permit(int roundings) const {
    Bounded x = *this;
    x.error_ += roundings * (kUnit * magnitude_);
    return x;
  }

  /// The same, of numbers as large as `magnitude`.
  Bounded permit(int roundings, const Bounded& magnitude) const {
    Bounded x = *this;
    x.error_ += roundings * (kUnit * std::fabs(magnitude.value_));
    return x;
  }

  /// A sum stays open: nothing is rounded yet.
  friend Bounded operator+(const Bounded& a, const Bounded& b) {
    return {a.value_ + b.value_, a.error_ + b.error_, a.magnitude_ + b.magnitude_,
            a.terms_ + b.terms_};
  }

  /// Exact.
  friend Bounded operator-(const Bounded& a) {
    return {-a.value_, a.error_, a.magnitude_, a.terms_};
  }

  /// As the sum.
  friend Bounded operator-(const Bounded& a, const Bounded& b) { return a + (-b); }

  /// One rounding; a factor that is exactly 0 makes the product exact.
  friend Bounded operator*(const Bounded& a, const Bounded& b) {
    if (a.is_zero() || b.is_zero()) return 0;
    const double ea = a.closed_error(), eb = b.closed_error();
    const double product = a.value_ * b.value_;
    const double inherited = std::fabs(a.value_) * eb + std::fabs(b.value_) * ea + ea * eb;
    return rounded(product, inherited, a.magnitude_ * b.magnitude_, 1);
  }

  /// Two roundings: a/b may be computed as a·(1/b).
  friend Bounded operator/(const Bounded& a, const Bounded& b) {
    if (a.is_zero()) return 0;
    const double ea = a.closed_error(), eb = b.closed_error();
    const double quotient = a.value_ / b.value_;
    const double smallest = std::fabs(b.value_) - eb;  // of the computed divisor
    const double inherited = smallest > 0 ? (ea + std::fabs(quotient) * eb) / smallest : HUGE_VAL;
    return rounded(quotient, inherited, a.magnitude_ / std::fabs(b.value_), 2);
  }

  /// As the operator with two operands.
  /// @{
  Bounded& operator+=(const Bounded& b) { return *this = *this + b; }
  Bounded& operator-=(const Bounded& b) { return *this = *this - b; }
  Bounded& operator*=(const Bounded& b) { return *this = *this * b; }
  Bounded& operator/=(const Bounded& b) { return *this = *this / b; }
  /// @}

  /// One rounding, as IEEE 754 has it.
  friend Bounded sqrt(const Bounded& a) {
    const double ea = a.closed_error();
    const double root = std::sqrt(a.value_);
    const double inherited = ea == 0 ? 0 : ea / (root + std::sqrt(std::fmax(a.value_ - ea, 0)));
    return rounded(root, inherited, root, 1);
  }

  /// Besides the error of the function itself, two roundings of the argument are granted, so that
  /// e^x may be computed as 2^(x·log₂e).
  friend Bounded exp(const Bounded& a) {
    const double y = std::exp(a.value_);
    const double argument = a.closed_error() + 2 * kUnit * std::fabs(a.value_);
    const double above = argument < 1 ? y * std::expm1(argument) : std::exp(a.value_ + argument);
    return function_of(y, above);
  }

  /// Three roundings of the result are granted, so that ln x may be computed as log₂x·ln 2.
  friend Bounded log(const Bounded& a) {
    const double y = std::log(a.value_);
    const double relative = a.closed_error() / a.value_;
    const double inherited = relative < 1 ? -std::log1p(-relative) : HUGE_VAL;
    return function_of(y, inherited + 3 * kUnit * std::fabs(y));
  }

  /// ln(1 + x), x > −1, with the relative error of a log1p: ln of the rounded 1 + x loses small x.
  friend Bounded log1p(const Bounded& a) {
    if (a.is_zero()) return 0;
    const double ea = a.closed_error();
    const double smallest = 1 + a.value_ - ea;
    return function_of(std::log1p(a.value_), smallest > 0 ? ea / smallest : HUGE_VAL);
  }

  /// x^y for x > 0, however it is computed: e^{y·ln x} has the larger error of the usual ways.
  friend Bounded pow(const Bounded& a, const Bounded& b) { return exp(b * log(a)); }

  /// An absolute error of 4 ulp of 1 is granted, as vectorised cosines have it near their zeros.
  friend Bounded cos(const Bounded& a) {
    return {std::cos(a.value_), a.closed_error() + kFunction, 1, 1};
  }

  /// As cos.
  friend Bounded sin(const Bounded& a) {
    return {std::sin(a.value_), a.closed_error() + kFunction, 1, 1};
  }

  /// Exact.
  friend Bounded abs(const Bounded& a) {
    return {std::fabs(a.value_), a.closed_error(), a.magnitude_, a.terms_ != 0 ? 1. : 0.};
  }

  /// max(x, 0)
  friend Bounded relu(const Bounded& a) {
    const double ea = a.closed_error();
    if (a.value_ + ea <= 0) return 0;
    return {std::fmax(a.value_, 0), ea, a.magnitude_, 1};
  }

  /// The same number as if it had been computed in double and never rounded to float: for what a
  /// contract wants to be exact, such as large angles. At most 2⁻⁴⁸ of it may be lost.
  Bounded in_double() const {
    Bounded x = *this;
    if constexpr (Bits == 24) x.error_ = 0x1p-48 * std::fabs(value_), x.terms_ = x.terms_ != 0;
    return x;
  }

  /// Values are compared, whatever their errors.
  /// @{
  friend bool operator==(const Bounded& a, const Bounded& b) { return a.value_ == b.value_; }
  friend bool operator!=(const Bounded& a, const Bounded& b) { return a.value_ != b.value_; }
  friend bool operator<(const Bounded& a, const Bounded& b) { return a.value_ < b.value_; }
  friend bool operator>(const Bounded& a, const Bounded& b) { return a.value_ > b.value_; }
  friend bool operator<=(const Bounded& a, const Bounded& b) { return a.value_ <= b.value_; }
  friend bool operator>=(const Bounded& a, const Bounded& b) { return a.value_ >= b.value_; }
  /// @}

 private:
  Bounded(double value, double error, double magnitude, double terms)
      : value_(value), error_(error), magnitude_(magnitude), terms_(terms) {}

  /// The result of one operation that rounds `roundings` times.
  static Bounded rounded(double value, double inherited, double magnitude, int roundings) {
    const double largest = std::fabs(value) + inherited;
    return {value, inherited + roundings * kUnit * largest + kUnderflow,
            std::fmax(magnitude, std::fabs(value)), 1};
  }

  static Bounded function_of(double value, double inherited) {
    const double largest = std::fabs(value) + inherited;
    return {value, inherited + kFunction * largest + kUnderflow, std::fabs(value), 1};
  }

  /// Charges the additions of the open sum.
  double closed_error() const {
    if (terms_ < 2) return error_;
    const double others = kUnit * (terms_ - 2) * (magnitude_ + error_);
    const double last = kUnit * (std::fabs(value_) + error_ + others);
    return error_ + others + last + (terms_ - 1) * kUnderflow;
  }

  bool is_zero() const { return value_ == 0 && error_ == 0 && magnitude_ == 0; }

  double value_;      ///< the sum of the terms
  double error_;      ///< Σ of the terms' own error bounds
  double magnitude_;  ///< Σ|term|; products keep it, so that cancellation stays visible
  double terms_;      ///< how many non-zero terms; adding an exact zero rounds nothing
};

/// Grants more roundings where a number carries a bound, and is nothing elsewhere.
/// @{
template <class Real>
Real permit(int, const Real& x) {
  return x;
}
inline Bounded<24> permit(int roundings, const Bounded<24>& x) { return x.permit(roundings); }
/// @}

/// Grants that many roundings of numbers as large as `magnitude`: for formulas that may legally be
/// arranged so that larger numbers cancel.
/// @{
template <class Real>
Real permit(int, const Real& x, const Real& magnitude [[maybe_unused]]) {
  return x;
}
inline Bounded<24> permit(int roundings, const Bounded<24>& x, const Bounded<24>& magnitude) {
  return x.permit(roundings, magnitude);
}
/// @}

/// The number as double computes it, where it carries a bound; nothing elsewhere.
/// @{
template <class Real>
Real in_double(const Real& x) {
  return x;
}
inline Bounded<24> in_double(const Bounded<24>& x) { return x.in_double(); }
/// @}

/// max(x, 0), without a comparison: an interval around 0 is neither less nor greater.
template <class Real>
Real relu(const Real& x) {
  using std::abs;
  return (x + Real(abs(x))) / 2;
}

/// If every number within the bound rounds to the same float, sets it and returns true. Zeros have
/// no sign.
inline bool round_to_float(const Bounded<53>& x, float& result) {
  const double error = x.error();
  const float low = static_cast<float>(std::nextafter(x.value() - error, -HUGE_VAL));
  const float high = static_cast<float>(std::nextafter(x.value() + error, HUGE_VAL));
  result = low + 0.0f;
  return low == high;
}

}  // namespace qkoan

/// @cond  what Eigen asks of every number type
namespace Eigen {
template <int Bits>
struct NumTraits<qkoan::Bounded<Bits>> : GenericNumTraits<qkoan::Bounded<Bits>> {
  using Real = qkoan::Bounded<Bits>;
  using NonInteger = Real;
  using Nested = Real;
  enum {
    IsComplex = 0,
    IsInteger = 0,
    IsSigned = 1,
    RequireInitialization = 1,
    ReadCost = 4,
    AddCost = 4,
    MulCost = 16
  };
};
}  // namespace Eigen
/// @endcond

#endif
