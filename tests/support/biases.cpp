#include "tests/support/biases.hpp"

#include <cmath>
#include <vector>

namespace qkoan {
namespace {

bool agree(float a, float b, double tolerance) {
  return a == b || std::fabs(static_cast<double>(a) - b) <= tolerance;  // first: infinities
}

}  // namespace

void expect_offsets_only(Case& c, Matrix B, const Exact& exact) {
  const std::vector<double> tolerance = exact.tolerated().tolerance;
  bool same = true;
  for (int i = 1; i < B.rows; ++i) {
    for (int j = 1; j < B.cols; ++j) {
      const int here = i * B.cols + j, before = here - B.cols - 1;
      same &= agree(B.data[here], B.data[before], tolerance[here] + tolerance[before]);
    }
  }
  c.expect_that(same, "two elements with the same p(i) − j differ");
}

void expect_same_past(Case& c, Matrix causal, Matrix both, const Exact& exact) {
  const std::vector<double> tolerance = exact.tolerated().tolerance;
  bool same = true;
  for (int i = 0; i < causal.rows; ++i) {
    const int p = i + causal.cols - causal.rows;
    for (int j = 0; j < causal.cols && j <= p; ++j) {
      same &= agree(causal[i][j], both[i][j], 2 * tolerance[i * causal.cols + j]);
    }
  }
  c.expect_that(same, "a key of the past has another bias when the future counts");
}

}  // namespace qkoan
