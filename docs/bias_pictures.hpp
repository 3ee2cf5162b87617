#ifndef QKOAN_DOCS_BIAS_PICTURES_HPP
#define QKOAN_DOCS_BIAS_PICTURES_HPP
/// @file
/// The pictures that every bias has: its matrix, its value against the distance of a key, and the
/// attention row that it makes of constant scores. Query i sees keys 0 … i.

#include <vector>

#include "docs/album.hpp"
#include "docs/bias_profile.hpp"

namespace qkoan {

/// The bias as a matrix of so many cells, for queries and keys 0, step, 2·step, …
Panel bias_panel(const Bias& bias, int cells, int step = 1);

/// The biases of the query at position i against distances first … i.
std::vector<Curve> bias_curves(const std::vector<Bias>& biases, int i, int first = 0);

/// The attention rows of the query at position i.
std::vector<Curve> row_curves(const std::vector<Bias>& biases, int i);

}  // namespace qkoan

#endif
