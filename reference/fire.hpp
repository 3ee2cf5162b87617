#ifndef QKOAN_REFERENCE_FIRE_HPP
#define QKOAN_REFERENCE_FIRE_HPP
/// @file
/// Lesson 09, exactly. Li et al. (2024); the authors' pseudo-code as in chuanyang-Zheng/DAPE
/// megatron/model/positional_embeddings.py, without the 10⁻⁶ that it adds to the denominator.

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "reference/core/bounded.hpp"

namespace qkoan::reference {

/// The learned numbers as Real.
template <class Real>
struct FireOf {
  Real c;                   ///< of ψ
  double L;                 ///< compared with positions, never rounded
  Eigen::VectorX<Real> w1;  ///< h elements
  Eigen::VectorX<Real> b1;  ///< h elements
  Eigen::VectorX<Real> w2;  ///< h elements
  Real b2;                  ///< added to every result
};

/// ψ(x) = ln(c·x + 1). Written so, 1 + c·x is rounded, and small results lose digits: legal here.
template <class Real>
Real log_distance(const Real& c, double x) {
  return log(Real(c * Real(x) + Real(1)));
}

/// z = ψ(|p − j|) / ψ(max(L, p))
template <class Real>
Real normalised_distance(const Real& c, double L, int p, int j) {
  const Real rod = log_distance(c, std::max(L, static_cast<double>(p)));
  return log_distance(c, std::abs(p - j)) / rod;
}

/// G(z) = Σ_k |w2_k|·(|w1_k|·z + |b1_k|) + |b2|: f if nothing cancelled.
template <class Real>
Real magnitude(const FireOf<Real>& fire, const Real& z) {
  using std::abs;
  Real sum = abs(fire.b2);
  for (int k = 0; k < fire.w1.size(); ++k) {
    sum += Real(abs(fire.w2(k)) * Real(Real(abs(fire.w1(k)) * z) + Real(abs(fire.b1(k)))));
  }
  return sum;
}

/// f(z) = Σ_k w2_k·max(0, w1_k·z + b1_k) + b2. In pieces, a unit may be summed and taken away again:
/// at most two additions for each, of numbers that also count the units that are off.
template <class Real>
Real network(const FireOf<Real>& fire, const Real& z) {
  const Eigen::VectorX<Real> hidden =
      (fire.w1 * z + fire.b1).unaryExpr([](const Real& x) { return relu(x); });
  const int h = static_cast<int>(fire.w1.size());
  return permit(2 * h + 10, Real(fire.w2.dot(hidden) + fire.b2), magnitude(fire, z));
}

/// b(p(i), j), n_q × n_k, −∞ for keys that are not seen.
template <class Real>
Eigen::MatrixX<Real> fire_bias(const FireOf<Real>& fire, bool bidirectional, int n_q, int n_k) {
  Eigen::MatrixX<Real> B(n_q, n_k);
  for (int i = 0; i < n_q; ++i) {
    const int p = i + n_k - n_q;
    for (int j = 0; j < n_k; ++j) {
      B(i, j) = bidirectional || j <= p
                    ? network<Real>(fire, normalised_distance<Real>(fire.c, fire.L, p, j))
                    : Real(-HUGE_VAL);
    }
  }
  return B;
}

/// The knots of f in (0, 1), ascending, decided without rounding.
template <class Real>
Eigen::VectorX<Real> knots(const std::vector<float>& w1, const std::vector<float>& b1) {
  std::vector<std::pair<float, float>> units;  // w, b of those that have one
  for (std::size_t k = 0; k < w1.size(); ++k) {
    const bool opposite = (w1[k] < 0 && b1[k] > 0) || (w1[k] > 0 && b1[k] < 0);
    if (opposite && std::fabs(b1[k]) < std::fabs(w1[k])) units.emplace_back(w1[k], b1[k]);
  }
  const auto product = [](float a, float b) { return static_cast<double>(a) * b; };  // exact
  std::sort(units.begin(), units.end(), [&](const auto& a, const auto& b) {
    return std::fabs(product(a.second, b.first)) < std::fabs(product(b.second, a.first));
  });
  Eigen::VectorX<Real> t(units.size());
  for (std::size_t n = 0; n < units.size(); ++n) {
    t(n) = permit(1, Real(-Real(units[n].second) / Real(units[n].first)));
  }
  return t;
}

}  // namespace qkoan::reference

#endif
