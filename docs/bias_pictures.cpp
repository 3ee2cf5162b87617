#include "docs/bias_pictures.hpp"

#include <cmath>

namespace qkoan {

Panel bias_panel(const Bias& bias, int cells, int step) {
  Eigen::MatrixXd m = Eigen::MatrixXd::Constant(cells, cells, -HUGE_VAL);
  for (int i = 0; i < cells; ++i) {
    for (int j = 0; j <= i; ++j) m(i, j) = bias.value(step * i, step * j);
  }
  return {bias.name, m, step};
}

std::vector<Curve> bias_curves(const std::vector<Bias>& biases, int i, int first) {
  std::vector<Curve> curves;
  for (const Bias& bias : biases) {
    Curve curve{bias.name, {}};
    // Beyond 64, every distance would be finer than a picture is.
    for (int d = first; d < i; d += 1 + d / 64) curve.points.emplace_back(d, bias.value(i, i - d));
    curve.points.emplace_back(i, bias.value(i, 0));
    curves.push_back(curve);
  }
  return curves;
}

std::vector<Curve> row_curves(const std::vector<Bias>& biases, int i) {
  std::vector<Curve> curves;
  for (const Bias& bias : biases) {
    Curve curve{bias.name, {}};
    const std::vector<double> row = attention_row(bias, i);
    for (int j = 0; j <= i; ++j) curve.points.emplace_back(j, row[j]);
    curves.push_back(curve);
  }
  return curves;
}

}  // namespace qkoan
