/// @file
/// Lesson 11, the numbers of its page and of its quiz.

#include "docs/numbers.hpp"

#include "reference/rope_scaling.hpp"

using namespace qkoan;

void qkoan::numbers(Page& page) {
  const Eigen::VectorXd theta = reference::interpolated<double>(10000, 4, 4);
  std::string table = "| k | θ_k/4 |\n|---|---:|\n";
  for (int k = 0; k < 4; ++k) table += format("| %d | %g |\n", k, theta(k));
  page.block("by_hand", table);
}
