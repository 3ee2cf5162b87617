#ifndef QKOAN_REFERENCE_CORE_ULP_HPP
#define QKOAN_REFERENCE_CORE_ULP_HPP
/// @file
/// Distances between floats, counted in floats.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace qkoan {

/// Position of x among all floats in order: 0 for ±0, +n for the n-th float above, −n below.
inline std::int64_t ordinal(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const auto magnitude = static_cast<std::int64_t>(bits & 0x7fffffffu);
  return bits >> 31 ? -magnitude : magnitude;
}

/// How many floats lie between a and b, one of them included; the largest number if one is NaN.
inline std::int64_t ulp_distance(float a, float b) {
  if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<std::int64_t>::max();
  const std::int64_t distance = ordinal(a) - ordinal(b);
  return distance < 0 ? -distance : distance;
}

/// The distance between the floats around x; for x that is not normal, that of the smallest normal ones.
inline double ulp_of(double x) {
  return std::ldexp(1, std::max(std::isfinite(x) && x != 0 ? std::ilogb(x) : -126, -126) - 23);
}

/// Whether a and b are the same float to the bit; any NaN equals any NaN, and +0 is not −0.
inline bool same_encoding(float a, float b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

}  // namespace qkoan

#endif
