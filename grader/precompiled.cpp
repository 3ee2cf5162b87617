#include "precompiled.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace qkoan {

namespace {

/// As in section [sf.cmath] of the standard, sorted.
constexpr std::array<std::string_view, 21> kSpecialFunctions = {
    "assoc_laguerre", "assoc_legendre", "beta",         "comp_ellint_1", "comp_ellint_2",
    "comp_ellint_3",  "cyl_bessel_i",   "cyl_bessel_j", "cyl_bessel_k",  "cyl_neumann",
    "ellint_1",       "ellint_2",       "ellint_3",     "expint",        "hermite",
    "laguerre",       "legendre",       "riemann_zeta", "sph_bessel",    "sph_legendre",
    "sph_neumann"};
static_assert(std::is_sorted(kSpecialFunctions.begin(), kSpecialFunctions.end()));

bool is_known(std::string_view name) {
  return std::binary_search(kSpecialFunctions.begin(), kSpecialFunctions.end(), name);
}

/// Each has a form for float, and one for long double: betaf, betal.
bool is_special_function(std::string_view name) {
  const bool suffix = name.ends_with('f') || name.ends_with('l');
  return is_known(name) || (suffix && is_known(name.substr(0, name.size() - 1)));
}

bool in_a_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

bool names_special_function(std::string_view text) {
  auto end = text.begin();
  while (end != text.end()) {
    const auto begin = std::find_if(end, text.end(), in_a_name);
    end = std::find_if_not(begin, text.end(), in_a_name);
    if (is_special_function({begin, end})) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> use_precompiled(const std::filesystem::path& header,
                                         std::string_view text) {
  if (names_special_function(text)) return {};
  return {"-include", header};
}

}  // namespace qkoan
