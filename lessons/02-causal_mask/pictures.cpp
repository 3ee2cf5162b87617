/// @file
/// Lesson 02, the pictures of its page.

#include <vector>

#include "docs/album.hpp"
#include "reference/causal_mask.hpp"

using namespace qkoan;

namespace {

/// The mask of a rule: 1 for visible keys.
template <class Rule>
Panel mask(const char* title, int n_q, int n_k, Rule sees) {
  const std::vector<float> M = reference::mask(n_q, n_k, sees);
  Panel panel{title, Eigen::MatrixXd(n_q, n_k)};
  for (int i = 0; i < n_q; ++i) {
    for (int j = 0; j < n_k; ++j) panel.cells(i, j) = M[i * n_k + j] == 0 ? 1 : 0;
  }
  return panel;
}

/// The causal mask as if row i stood at key i.
Panel top_left(int n_q, int n_k) {
  const int ahead = reference::position(0, n_q, n_k);
  return mask("top-left", n_q, n_k,
              [=](int p, int j) { return reference::sees_causally(p - ahead, j); });
}

}  // namespace

void qkoan::pictures(Album& album) {
  constexpr int kTokens = 12;
  const std::vector<int> document{1, 1, 1, 1, 5, 5, 5, 1, 1, 1, 1, 1};
  const auto square = [](const char* title, auto rule) {
    return mask(title, kTokens, kTokens, rule);
  };
  const std::vector<std::string> kinds{"hidden, −∞", "visible, 0"};
  album.kinds(
      "kinds", kinds,
      {square("causal", reference::sees_causally),
       square("window 4", [](int p, int j) { return reference::sees_in_window(p, j, 4); }),
       square("prefix 4", [](int p, int j) { return reference::sees_with_prefix(p, j, 4); }),
       square("documents 1 5 1",
              [&](int p, int j) { return reference::sees_in_document(p, j, document); })});
  album.kinds("alignment", kinds,
              {mask("bottom-right", 3, 8, reference::sees_causally), top_left(3, 8),
               mask("bottom-right", 5, 3, reference::sees_causally), top_left(5, 3)});
}
