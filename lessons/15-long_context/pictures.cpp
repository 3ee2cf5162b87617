/// @file
/// Lesson 15, the pictures of its page: models that were trained on 512 tokens, and the last query of
/// a text that is s times as long, where all content is alike.

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "docs/album.hpp"
#include "reference/fire.hpp"
#include "reference/kerple.hpp"
#include "reference/long_context.hpp"
#include "reference/t5_buckets.hpp"

using namespace qkoan;

namespace {

constexpr int kTokens = 512;  // of a text in training
constexpr int kLength = 128;  // elements of a head
constexpr int kLongest = 64;  // times as many tokens
constexpr int kBuckets = 32, kLargest = 128;

using Numbers = std::vector<double>;

/// Scores of the last query of s·512 tokens, by the offset of the key.
struct Method {
  std::string name;
  std::function<Numbers(int s)> scores;
};

template <class Value>
Numbers of_offsets(int s, Value value) {
  Numbers all(s * kTokens);
  for (int o = 0; o < s * kTokens; ++o) all[o] = value(o);
  return all;
}

// ---- Rotations ----------------------------------------------------------------------------------

/// A query and keys whose elements all are 1.
Numbers alike(int s, const Eigen::ArrayXd& theta, double m = 1) {
  const double scale = 2 * m * m / std::sqrt(kLength);
  return of_offsets(s, [&](int o) { return scale * (o * theta).cos().sum(); });
}

Eigen::ArrayXd frequencies(double base) {
  const Numbers theta = reference::frequencies(base, kLength);
  return Eigen::Map<const Eigen::ArrayXd>(theta.data(), kLength / 2);
}

std::vector<Method> rotations() {
  const auto interpolated = [](int s) {
    return alike(s, reference::interpolated<double>(10000, static_cast<float>(s), kLength / 2));
  };
  const auto scaled = [](int s) {
    const auto stretch = static_cast<float>(s);
    return alike(s, frequencies(reference::scaled_base<double>(10000, kLength, stretch)));
  };
  const auto yarn = [](int s) {
    const Bands bands{10000, static_cast<float>(s), kTokens, 1, 32};
    return alike(s, reference::yarn<double>(bands, true, kLength / 2), reference::yarn_m(bands.s));
  };
  return {{"RoPE as it is", [](int s) { return alike(s, frequencies(10000)); }},
          {"interpolated", interpolated},
          {"base scaled", scaled},
          {"YaRN", yarn}};
}

// ---- Biases -------------------------------------------------------------------------------------

double alibi(double distance) { return -distance / 16; }

/// What T5's buckets learn if each of their distances should have ALiBi's bias: the logarithm of the
/// mean weight over the distances of training.
Numbers mean_biases(const std::vector<int>& first) {
  Numbers sum(kBuckets), count(kBuckets);
  for (int o = 0; o < kTokens; ++o) {
    const int b = reference::t5_bucket(o, first);
    sum[b] += std::exp(alibi(o));
    count[b] += 1;
  }
  for (int b = 0; b < kBuckets; ++b) sum[b] = std::log(sum[b] / count[b]);
  return sum;
}

/// Lesson 09's example.
double fire(int p, int o) {
  static const reference::FireOf<double> network{
      0.1, 64, Eigen::VectorXd{{4, -2}}, Eigen::VectorXd{{-1, 1}}, Eigen::VectorXd{{-3, 1}}, 0.5};
  return reference::network<double>(network,
                                    reference::normalised_distance<double>(0.1, 64, p, p - o));
}

std::vector<Method> biases() {
  const std::vector<int> first = reference::t5_first_distances(kBuckets, kLargest);
  const Numbers means = mean_biases(first);
  const auto by_distance = [](auto bias) { return [=](int s) { return of_offsets(s, bias); }; };
  return {{"ALiBi, interpolated",
           [](int s) { return of_offsets(s, [=](int o) { return alibi(1. * o / s); }); }},
          {"T5, first distances",
           by_distance([=](int o) { return alibi(first[reference::t5_bucket(o, first)]); })},
          {"T5, means", by_distance([=](int o) { return means[reference::t5_bucket(o, first)]; })},
          {"FIRE",
           [](int s) { return of_offsets(s, [=](int o) { return fire(s * kTokens - 1, o); }); }},
          {"KERPLE log 2, 1/8",
           by_distance([](int o) { return reference::kerple_log<double>(2, 0.125, o); })},
          {"ALiBi 1/16", by_distance([](int o) { return alibi(o); })}};
}

// ---- What is far --------------------------------------------------------------------------------

/// Per cent of the weight that is at keys further away than any was in training.
double far_weight(const Numbers& scores) {
  const double largest = *std::max_element(scores.begin(), scores.end());
  double near = 0, far = 0;
  for (int o = 0; o < static_cast<int>(scores.size()); ++o) {
    (o < kTokens ? near : far) += std::exp(scores[o] - largest);
  }
  return 100 * far / (near + far);
}

void far(Album& album, const char* name, const std::vector<Method>& methods) {
  std::vector<Curve> curves;
  for (const Method& method : methods) {
    Curve curve{method.name, {}, Mark::kLineWithPoints};
    for (int s = 1; s <= kLongest; s *= 2) {
      curve.points.emplace_back(s, far_weight(method.scores(s)));
    }
    curves.push_back(curve);
  }
  album.curves(name, {"s, text in training lengths", Scale::kPowersOf2},
               {"weight behind 512 tokens, per cent", Scale::kLinear, 0, 65}, curves);
}

}  // namespace

void qkoan::pictures(Album& album) {
  far(album, "far_rotations", rotations());
  far(album, "far_biases", biases());
}
