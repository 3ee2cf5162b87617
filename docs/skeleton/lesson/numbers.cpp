/// @file
/// Lesson NN, the numbers of its page and of its quiz.

#include "docs/numbers.hpp"

#include "reference/uniform_attention.hpp"

using namespace qkoan;

void qkoan::numbers(Page& page) {
  const Eigen::MatrixXd V{{1, 4}, {2, 0}, {6, -1}};
  const Eigen::VectorXd o = reference::uniform_attention<double>(V);
  std::string table = "| j | V[j][0] | V[j][1] |\n|---|---:|---:|\n";
  for (int j = 0; j < V.rows(); ++j) table += format("| %d | %g | %g |\n", j, V(j, 0), V(j, 1));
  table += format("| **mean** | %g | %g |\n", o(0), o(1));
  page.block("by_hand", table);
  // instructor only
  page.answer("mean", o(0));
  // end of instructor only
}
