/// @file
/// Lesson NN, the pictures of its page.

#include "docs/album.hpp"
#include "reference/uniform_attention.hpp"

using namespace qkoan;

/// Key 0 has the value 1, all others 0: the output is what one key can say.
void qkoan::pictures(Album& album) {
  Curve curve{"output", {}, Mark::kLineWithPoints};
  for (int keys = 1; keys <= 16; ++keys) {
    Eigen::MatrixXd V = Eigen::MatrixXd::Zero(keys, 1);
    V(0, 0) = 1;
    curve.points.emplace_back(keys, reference::uniform_attention<double>(V)(0));
  }
  album.curves("share", {"keys"}, {"output, if one value is 1 and all others 0"}, {curve});
}
