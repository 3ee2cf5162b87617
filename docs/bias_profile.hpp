#ifndef QKOAN_DOCS_BIAS_PROFILE_HPP
#define QKOAN_DOCS_BIAS_PROFILE_HPP
/// @file
/// What a bias does to attention, in Markdown: its value against the distance of a key, and the
/// attention row that it makes of constant scores, where nothing but the bias acts. Query i sees
/// keys 0 … i.

#include <functional>
#include <string>
#include <vector>

namespace qkoan {

/// A bias added to the score of query i and key j ≤ i.
struct Bias {
  std::string name;                           ///< heads its column or row, in Markdown
  std::function<double(int i, int j)> value;  ///< 0 ≤ j ≤ i
};

/// The attention row that the bias alone makes of constant scores: the weights of keys 0 … i.
std::vector<double> attention_row(const Bias& bias, int i);

/// The biases of the query at position i, one row for each distance 0, 1, 2, 4, 8, … ≤ i.
std::string bias_table(const std::vector<Bias>& biases, int i);

/// The attention row that each bias makes of constant scores, for longer and longer rows: how many of
/// the newest keys together have 90 % of the weight, and the entropy in bits (6 means that attention
/// is spread as if over 2⁶ equal keys).
std::string window_table(const std::vector<Bias>& biases);

/// That row for the query at position i as a line of bars, key 0 at the left, the query's own key at
/// the right. The tallest bar of each line is its largest weight.
std::string attention_picture(const std::vector<Bias>& biases, int i);

}  // namespace qkoan

#endif
