/// @file
/// Lesson 14, the pictures of its page: a head with constant scores learns to imitate KERPLE.

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "docs/bias_pictures.hpp"
#include "reference/bias_gradients.hpp"
#include "reference/kerple.hpp"
#include "reference/t5_buckets.hpp"

using namespace qkoan;

namespace {

constexpr int kTokens = 64;

using Vector = Eigen::VectorXd;

double wanted(int i, int j) { return reference::kerple_log<double>(2, 0.125, i - j); }

Eigen::MatrixXd attention(const std::function<double(int, int)>& bias) {
  Eigen::MatrixXd P = Eigen::MatrixXd::Zero(kTokens, kTokens);
  for (int i = 0; i < kTokens; ++i) {
    const std::vector<double> row = attention_row({"", bias}, i);
    for (int j = 0; j <= i; ++j) P(i, j) = row[j];
  }
  return P;
}

/// The gradient of Σ P*·ln(P*/P) by the scores, row by row.
Eigen::MatrixXd scores_gradient(const std::function<double(int, int)>& bias) {
  static const Eigen::MatrixXd P = attention(wanted);
  return attention(bias) - P;
}

/// Parameters, the bias they make, their gradients, and the length of a step.
struct Student {
  std::string name;
  Vector x;
  std::function<double(const Vector& x, int i, int j)> bias;
  std::function<Vector(const Vector& x, const Eigen::MatrixXd& G)> gradient;
  double rate;

  Eigen::MatrixXd G() const {
    return scores_gradient([&](int i, int j) { return bias(x, i, j); });
  }
  void learn() { x -= rate * gradient(x, G() / kTokens); }

  /// The mean over the queries.
  double loss() const {
    const Eigen::MatrixXd P = attention(wanted), G_now = G();
    double sum = 0;
    reference::for_each_pair(kTokens, kTokens, [&](int, int i, int j) {
      sum += P(i, j) * std::log(P(i, j) / (P(i, j) + G_now(i, j))) / kTokens;
    });
    return sum;
  }
};

/// A table that begins at 0; `map` says which of its numbers a distance reads.
Student table(std::string name, const std::vector<int>& map, int size) {
  return {std::move(name), Vector::Zero(size),
          [=](const Vector& u, int i, int j) { return u(map[i - j]); },
          [=](const Vector&, const Eigen::MatrixXd& G) {
            return Vector(reference::table_gradient<double>(G, map, size));
          },
          4};
}

Student offsets() {
  std::vector<int> own(kTokens);
  for (int d = 0; d < kTokens; ++d) own[d] = d;
  return table("table of 64", own, kTokens);
}

std::vector<Student> students() {
  const auto first = reference::t5_first_distances(16, kTokens);
  std::vector<int> bucket(kTokens);
  for (int d = 0; d < kTokens; ++d) bucket[d] = reference::t5_bucket(d, first);
  const auto slope = [](const Vector&, const Eigen::MatrixXd& G) {
    return Vector(Vector::Constant(1, reference::slope_gradient<double>(G, 1, false)));
  };
  const auto power = [](const Vector& r, const Eigen::MatrixXd& G) {
    return Vector(reference::kerple_gradient<double>(G, true, r(0), r(1)));
  };
  return {offsets(),
          table("T5, 16 buckets", bucket, 16),
          {"ALiBi", Vector::Zero(1), [](const Vector& m, int i, int j) { return -m(0) * (i - j); },
           slope, 0.002},
          {"KERPLE power", Vector::Constant(2, 0.5),
           [](const Vector& r, int i, int j) {
             return reference::kerple_power<double>(r(0), r(1), i - j);
           },
           power, 0.05}};
}

void matrix(Album& album) {
  Eigen::MatrixXd G = scores_gradient([](int, int) { return 0.0; }).topLeftCorner(24, 24);
  for (int i = 0; i < G.rows(); ++i) G.row(i).tail(G.cols() - 1 - i).setConstant(-HUGE_VAL);
  album.matrices("matrix", "gradient G", {{"before the first step", G}}, -HUGE_VAL,
                 Colours::kBothSigns);
}

/// The gradient of each number of the table of 64, as it learns.
void by_offset(Album& album) {
  Student student = offsets();
  std::vector<Curve> curves;
  int done = 0;
  for (const int steps : {0, 3, 30}) {
    for (; done < steps; ++done) student.learn();
    const Vector gradient = student.gradient(student.x, student.G() / kTokens);
    Curve curve{steps == 0 ? "before the first step" : "after " + std::to_string(steps), {}};
    for (int d = 0; d < kTokens; ++d) curve.points.emplace_back(d, gradient(d));
    curves.push_back(curve);
  }
  album.curves("by_offset", {"offset r, tokens"}, {"gradient by u[r]"}, curves);
}

void learning(Album& album) {
  std::vector<Curve> curves;
  for (Student& student : students()) {
    Curve curve{student.name, {}};
    int done = 0;
    for (int step = 0; step <= 30; ++step) {
      const int steps = static_cast<int>(std::lround(std::pow(10, step / 10.)));
      for (; done < steps; ++done) student.learn();
      curve.points.emplace_back(steps, student.loss());
    }
    curves.push_back(curve);
  }
  album.curves("learning", {"steps", Scale::kPowersOf10}, {"loss", Scale::kPowersOf10}, curves);
}

}  // namespace

void qkoan::pictures(Album& album) {
  matrix(album);
  by_offset(album);
  learning(album);
}
