#ifndef QKOAN_DOCS_LAB_BROWSER_HPP
#define QKOAN_DOCS_LAB_BROWSER_HPP
/// @file
/// Included before everything else that is compiled for browsers: what emscripten's library of C++20
/// lacks up to version 3.1.

#include <bit>

#ifndef __cpp_lib_bit_cast
/// @cond
namespace std {
template <class To, class From>
constexpr To bit_cast(const From& from) noexcept {
  return __builtin_bit_cast(To, from);
}
}  // namespace std
/// @endcond
#endif

#endif
