#ifndef QKOAN_REFERENCE_BIAS_GRADIENTS_HPP
#define QKOAN_REFERENCE_BIAS_GRADIENTS_HPP
/// @file
/// Lesson 14, exactly. Softmax backwards as in Dao et al. (2022), appendix B.2, and the chain rule.
///
/// Inputs are floats, or any numbers that Real is made from. A weight of exactly 0 marks a hidden
/// key: its numbers are not used.

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <vector>

#include "reference/core/bounded.hpp"
#include "reference/fire.hpp"

namespace qkoan::reference {

/// x with an error of `roundings` relative to the sum of magnitudes of its terms, and of as many
/// products that underflow: the count covers every order of summation, factors inside a sum or
/// outside, p·(dp − D) or p·dp − p·D, and D as Σ p·dp or as dO·o.
template <class Real>
Real granted(int roundings, const Real& x) {
  return permit(2 * roundings - 4, permit(roundings, in_double(x)), Real(0x1p-102));
}

/// g_j = p_j·(dp_j − Σ_l p_l·dp_l), where each dp is a sum of so many terms.
template <class Real, class Number>
Eigen::VectorX<Real> softmax_backward(const Eigen::VectorX<Number>& p,
                                      const Eigen::VectorX<Real>& dp, int terms = 0) {
  Real mean(0);
  int n = 0;
  for (int l = 0; l < p.size(); ++l) {
    if (p(l) == 0) continue;
    mean += Real(p(l)) * dp(l);
    ++n;
  }
  Eigen::VectorX<Real> g = Eigen::VectorX<Real>::Zero(p.size());
  for (int j = 0; j < p.size(); ++j) {
    if (p(j) != 0) g(j) = granted(n + terms + 4, Real(Real(p(j)) * Real(dp(j) - mean)));
  }
  return g;
}

/// G, n_q × n_k: each row by dP = dO·Vᵀ. Values of keys that nobody sees are not touched.
template <class Real, class Number>
Eigen::MatrixX<Real> scores_gradient(const Eigen::MatrixX<Number>& P,
                                     const Eigen::MatrixX<Number>& V,
                                     const Eigen::MatrixX<Number>& dO) {
  const int d_v = static_cast<int>(V.cols());
  Eigen::MatrixX<Real> G(P.rows(), P.cols());
  for (int i = 0; i < P.rows(); ++i) {
    Eigen::VectorX<Real> dp = Eigen::VectorX<Real>::Zero(P.cols());
    for (int j = 0; j < P.cols(); ++j) {
      if (P(i, j) == 0) continue;
      for (int c = 0; c < d_v; ++c) dp(j) += Real(dO(i, c)) * Real(V(j, c));
    }
    const Eigen::VectorX<Number> p = P.row(i);
    G.row(i) = softmax_backward<Real>(p, dp, d_v).transpose();
  }
  return G;
}

/// Calls f(distance, i, j) for every key that is not hidden, causally.
template <class F>
void for_each_pair(int n_q, int n_k, const F& f) {
  for (int i = 0; i < n_q; ++i) {
    for (int j = 0; j <= i + n_k - n_q; ++j) f(i + n_k - n_q - j, i, j);
  }
}

/// Σ G over the pairs that read each parameter. As in lesson 04, the rounding that is granted makes
/// the bound the contract's, however much cancels.
template <class Real, class Number>
Eigen::VectorX<Real> table_gradient(const Eigen::MatrixX<Number>& G,
                                    const std::vector<int>& parameter_of_distance, int parameters) {
  const int last = static_cast<int>(parameter_of_distance.size()) - 1;
  Eigen::VectorX<Real> gradient = Eigen::VectorX<Real>::Zero(parameters);
  for_each_pair(G.rows(), G.cols(), [&](int distance, int i, int j) {
    const int r = parameter_of_distance[std::min(distance, last)];
    if (r >= 0) gradient(r) += Real(G(i, j));
  });
  return gradient.unaryExpr([](const Real& sum) { return permit(1, sum); });
}

/// −Σ G·distance, /√d if inside.
template <class Real, class Number>
Real slope_gradient(const Eigen::MatrixX<Number>& G, int d, bool inside) {
  Real sum(0);
  int n = 0;
  for_each_pair(G.rows(), G.cols(), [&](int distance, int i, int j) {
    sum -= Real(G(i, j)) * Real(distance);
    n += distance > 0;
  });
  const Real root = inside ? Real(sqrt(Real(d))) : Real(1);
  return granted(n + 4, Real(sum / root));
}

/// −∂b/∂r1 and −∂b/∂r2 at a distance ≥ 1.
template <class Real>
struct KerpleSlopes {
  Real r1;  ///< −∂b/∂r1
  Real r2;  ///< −∂b/∂r2
};

/// Both at a distance D ≥ 1, of the logarithmic form or the power form.
template <class Real>
KerpleSlopes<Real> kerple_slopes(bool power, const Real& r1, const Real& r2, int distance) {
  using std::log, std::log1p, std::pow;
  const Real D(distance);
  if (!power) return {log1p(Real(r2 * D)), r1 * D / Real(Real(1) + r2 * D)};
  const Real raised = pow(D, r2);
  return {raised, r1 * raised * log(D)};
}

/// ∂loss/∂r1 and ∂loss/∂r2. At distance 0 the bias is 0 whatever they are. The factors may be
/// applied to the sum of a diagonal, r1 to the whole: the four roundings cover it.
template <class Real, class Number>
Eigen::VectorX<Real> kerple_gradient(const Eigen::MatrixX<Number>& G, bool power, const Real& r1,
                                     const Real& r2) {
  std::vector<KerpleSlopes<Real>> slopes(1);
  for (int D = 1; D < G.cols(); ++D) slopes.push_back(kerple_slopes<Real>(power, r1, r2, D));
  Eigen::VectorX<Real> gradient = Eigen::VectorX<Real>::Zero(2);
  for_each_pair(G.rows(), G.cols(), [&](int D, int i, int j) {
    if (D == 0) return;
    gradient(0) -= Real(G(i, j)) * slopes[D].r1;
    gradient(1) -= Real(G(i, j)) * slopes[D].r2;
  });
  return gradient.unaryExpr([](const Real& sum) { return permit(4, sum); });
}

/// ψ(x), and how it grows with c in relation to itself: ψ'(x)/ψ(x), ψ'(x) = ∂ψ(x)/∂c = x/(1 + c·x).
template <class Real>
struct Logarithm {
  Real psi;       ///< ψ(x)
  Real relative;  ///< ψ'(x)/ψ(x); 0 for x = 0, where it does not count

  /// Of x ≥ 0, a distance or a position.
  Logarithm(const Real& c, double x) : psi(log_distance(c, x)), relative(0) {
    if (x > 0) relative = Real(Real(x) / Real(c * Real(x) + Real(1))) / psi;
  }
};

/// z = ψ(D)/ψ(R), R = max(L, p), and ∂z/∂c = z·(ψ'(D)/ψ(D) − ψ'(R)/ψ(R)). The quotient rule loses no
/// more.
template <class Real>
struct Share {
  Real z;     ///< ψ(D)/ψ(R)
  Real by_c;  ///< ∂z/∂c

  /// From the logarithms of D and of R.
  Share(const Logarithm<Real>& distance, const Logarithm<Real>& rod)
      : z(distance.psi / rod.psi), by_c(z * Real(distance.relative - rod.relative)) {}
};

/// Whether w1·z + b1 > 0 for each unit, decided in double: inputs leave no doubt.
inline std::vector<char> units_on(const FireOf<double>& fire, int p, int D) {
  const double z = normalised_distance<double>(fire.c, fire.L, p, p - D);
  std::vector<char> on(fire.w1.size());
  for (std::size_t k = 0; k < on.size(); ++k) on[k] = fire.w1(k) * z + fire.b1(k) > 0;
  return on;
}

/// ∂loss/∂c, ∂loss/∂w1 and so on, by the chain rule, for one pair and unit after the other. The sum
/// of w2 may be taken as w1·Σ G·z + b1·Σ G, and any factor may be applied to a sum.
/// @param G        ∂loss/∂B, n_q × n_k
/// @param fire     what B was made with
/// @param rounded  the same parameters as doubles
template <class Real, class Number>
FireOf<Real> fire_gradient(const Eigen::MatrixX<Number>& G, const FireOf<Real>& fire,
                           const FireOf<double>& rounded) {
  const int h = static_cast<int>(fire.w1.size());
  const Eigen::VectorX<Real> zero = Eigen::VectorX<Real>::Zero(h);
  FireOf<Real> sum{Real(0), fire.L, zero, zero, zero, Real(0)};
  std::vector<Logarithm<Real>> distances, rods;  // by D; by i
  for (int D = 0; D < G.cols(); ++D) distances.emplace_back(fire.c, D);
  for (int i = 0; i < G.rows(); ++i) {
    rods.emplace_back(fire.c, std::max<double>(fire.L, i + G.cols() - G.rows()));
  }
  for_each_pair(G.rows(), G.cols(), [&](int D, int i, int j) {
    const Share<Real> share(distances[D], rods[i]);
    const Real g(G(i, j));
    const Real gz = D == 0 ? Real(0) : Real(g * share.z);
    const Real by_c = D == 0 ? Real(0) : Real(g * share.by_c);
    const std::vector<char> on = units_on(rounded, j + D, D);
    sum.b2 += g;
    for (int k = 0; k < h; ++k) {
      if (!on[k]) continue;
      sum.w2(k) += gz * fire.w1(k) + g * fire.b1(k);
      sum.w1(k) += gz * fire.w2(k);
      sum.b1(k) += g * fire.w2(k);
      sum.c += by_c * Real(fire.w2(k) * fire.w1(k));
    }
  });
  const auto permit_each = [](int n, Eigen::VectorX<Real>& v) {
    for (Real& x : v) x = permit(n, x);
  };
  permit_each(4, sum.w2);
  permit_each(3, sum.w1);
  permit_each(2, sum.b1);
  sum.b2 = permit(1, sum.b2);
  sum.c = permit(4, sum.c);
  return sum;
}

}  // namespace qkoan::reference

#endif
