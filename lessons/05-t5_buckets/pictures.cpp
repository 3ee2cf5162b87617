/// @file
/// Lesson 05, the pictures of its page.

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "docs/bias_pictures.hpp"
#include "reference/t5_buckets.hpp"

using namespace qkoan;

namespace {

constexpr int kBuckets = 32;

/// What a head would like to have.
double wanted(int distance) { return -1.5 * std::log1p(distance) + 0.0; }

Curve buckets(int largest) {
  const std::vector<int> first = reference::t5_first_distances(kBuckets, largest);
  Curve curve{"D = " + std::to_string(largest), {}, Mark::kSteps};
  for (int d = 0; d <= 160; ++d) curve.points.emplace_back(d, reference::t5_bucket(d, first));
  return curve;
}

/// Each bucket has what is wanted at its nearest distance.
Bias by_buckets(int largest) {
  const std::vector<int> first = reference::t5_first_distances(kBuckets, largest);
  return {"32 buckets, D = " + std::to_string(largest),
          [=](int i, int j) { return wanted(first[reference::t5_bucket(i - j, first)]); }};
}

/// The buckets of all pairs of 32 tokens.
Panel bucket_panel(const char* title, int count, int largest, bool bidirectional) {
  const Eigen::VectorXd numbers = Eigen::VectorXd::LinSpaced(count, 0, count - 1);
  return {title, reference::t5_bias<double>(numbers, largest, bidirectional, 32, 32)};
}

}  // namespace

void qkoan::pictures(Album& album) {
  album.curves("buckets", {"distance of the key, tokens"}, {"bucket", Scale::kLinear, 0, 32},
               {buckets(128), buckets(20), buckets(1024)});
  album.matrices("matrix", "bucket",
                 {bucket_panel("8 buckets, causal", 8, 16, false),
                  bucket_panel("16 buckets, both directions", 16, 16, true)});
  const std::vector<Bias> all{{"every offset", [](int i, int j) { return wanted(i - j); }},
                              by_buckets(128),
                              by_buckets(20),
                              by_buckets(1024)};
  album.curves("distance", {"distance of the key, tokens", Scale::kPowersOf2}, {"bias"},
               bias_curves(all, 4096, 1));
  album.curves("row", {"key, the query is at 255"}, {"attention weight", Scale::kPowersOf10},
               row_curves(all, 255));
}
