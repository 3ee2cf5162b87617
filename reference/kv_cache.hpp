#ifndef QKOAN_REFERENCE_KV_CACHE_HPP
#define QKOAN_REFERENCE_KV_CACHE_HPP
/// @file
/// Lesson 13, exactly. Vaswani et al. (2017), equation 1, for one query; Su et al. (2021), section
/// 3.4.

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <vector>

#include "reference/core/bounded.hpp"
#include "reference/core/lift.hpp"

namespace qkoan::reference {

/// Positions of the tokens of a padded row, then the next one.
inline std::vector<int> padded_positions(const std::vector<int>& mask) {
  std::vector<int> positions;
  int tokens = 0;
  for (const int m : mask) positions.push_back(m == 1 ? tokens++ : -1);
  positions.push_back(tokens);
  return positions;
}

/// What happens to a ring, step by step.
inline std::vector<int> ring_positions(int length, int slots) {
  std::vector<int> positions(slots, -1);
  for (int p = std::max(0, length - slots); p < length; ++p) positions[p % slots] = p;
  return positions;
}

/// Angles of the pairs after a rotation by position p of base b has become one by position p' of
/// base b', computed as if in double: p'·b'^(−2c/r) − p·b^(−2c/r). Both terms may be larger than
/// the angle.
template <class Real>
Eigen::VectorX<Real> angles(int r, float base, int from, float new_base, int to) {
  using std::abs, std::exp, std::log;
  Eigen::VectorX<Real> angle(r / 2);
  for (int c = 0; c < r / 2; ++c) {
    const Real exponent = Real(-2 * c) / Real(r);
    const Real had = Real(from) * Real(exp(Real(exponent * log(Real(base)))));
    const Real wanted = Real(to) * Real(exp(Real(exponent * log(Real(new_base)))));
    const Real terms = Real(0x1p-24) * Real(Real(abs(had)) + Real(abs(wanted)));
    angle(c) = permit(1, in_double(Real(wanted - had)), terms);
  }
  return angle;
}

/// Pairs (2c, 2c + 1) of x, turned by their angles; what lies behind the pairs stays. Of each pair,
/// `more` roundings of |x0| + |x1| are granted besides those of two products and their sum.
template <class Real>
Eigen::VectorX<Real> turned(const Eigen::VectorX<Real>& angle, const Eigen::VectorX<Real>& x,
                            int more) {
  using std::abs, std::cos, std::sin;
  Eigen::VectorX<Real> y = x;
  for (int c = 0; c < angle.size(); ++c) {
    const Real x0 = x(2 * c), x1 = x(2 * c + 1), cosine = cos(angle(c)), sine = sin(angle(c));
    const Real size = Real(abs(x0)) + Real(abs(x1));
    y(2 * c) = permit(more, Real(x0 * cosine - x1 * sine), size);
    y(2 * c + 1) = permit(more, Real(x0 * sine + x1 * cosine), size);
  }
  return y;
}

/// A key rotated by its position; position 0 changes nothing.
template <class Real>
Eigen::VectorX<Real> rotated(int r, float base, int position, const Eigen::VectorX<Real>& k) {
  return position == 0 ? k : turned<Real>(angles<Real>(r, base, 0, base, position), k, 2);
}

/// A row that was rotated by `from`, rotated by `to`. It may be turned by the difference of the
/// angles or turned twice, back and forth, at 10·u·√2 each: 30 roundings in all.
template <class Real>
Eigen::VectorX<Real> moved(int r, float base, int from, float new_base, int to,
                           const Eigen::VectorX<Real>& k) {
  return turned<Real>(angles<Real>(r, base, from, new_base, to), k, 22);
}

/// One step of decoding.
struct Step {
  Row q;                       ///< the query, d elements
  int position;                ///< of the query
  std::vector<int> positions;  ///< of the slots; −1: empty
  Matrix K;                    ///< slots × d
  Matrix V;                    ///< slots × d_v
  int window;                  ///< a key is alive if its distance is less
  float slope;                 ///< of the linear bias; 0: none

  /// D_j of the key in slot j; of use if it is alive.
  int distance(int slot) const { return position - positions[slot]; }
  /// Whether the query sees the key in that slot.
  bool is_alive(int slot) const {
    return positions[slot] >= 0 && distance(slot) >= 0 && distance(slot) < window;
  }
};

/// The slots that are alive, ascending.
inline std::vector<int> living_slots(const Step& step) {
  std::vector<int> alive;
  for (int j = 0; j < step.K.rows; ++j) {
    if (step.is_alive(j)) alive.push_back(j);
  }
  return alive;
}

/// The score s_j. Eleven roundings let the scale, and log₂e, be applied to the query, the keys, the
/// slope or the sum; d + 4 of the whole magnitude let the sum begin with the bias.
template <class Real>
Real score(const Step& step, int slot) {
  const int d = step.q.size;
  const Real product = lift<Real>(step.q).dot(lift<Real>(step.K[slot]));
  const Real scaled = permit(11, Real(product / sqrt(Real(d))));
  return permit(d + 4, Real(scaled - Real(step.slope) * Real(step.distance(slot))));
}

/// A_j: what a score would be if nothing in it cancelled.
inline double magnitude(const Step& step, int slot) {
  const Eigen::VectorXd q = lift<double>(step.q).cwiseAbs();
  const Eigen::VectorXd k = lift<double>(step.K[slot]).cwiseAbs();
  return q.dot(k) / std::sqrt(step.q.size) + static_cast<double>(step.slope) * step.distance(slot);
}

/// For each living key, how many others do not score less, as far as floats can tell.
inline std::vector<int> ranks(const Step& step, const std::vector<int>& alive) {
  std::vector<double> low, high;
  for (const int j : alive) {
    const double s = score<double>(step, j);
    const double error = 0x1p-24 * (step.q.size + 16) * magnitude(step, j);
    low.push_back(s - error);
    high.push_back(s + error);
  }
  std::sort(high.begin(), high.end());
  std::vector<int> rank;
  for (const double lowest : low) {
    const auto first = std::lower_bound(high.begin(), high.end(), lowest);
    rank.push_back(static_cast<int>(high.end() - first) - 1);  // the key itself is among them
  }
  return rank;
}

/// The output o. Ten roundings a rise of the maximum are granted to online sums (lesson 03). Whatever
/// the order of keys, also in lanes or blocks that are merged, each rise that rescales the term of
/// key j brings in a key that scores more: there are as many as j's rank. Three more let weights be
/// divided by their sum before they are multiplied by values.
template <class Real>
Eigen::VectorX<Real> decode(const Step& step) {
  const std::vector<int> alive = living_slots(step), rank = ranks(step, alive);
  Eigen::VectorX<Real> o = Eigen::VectorX<Real>::Constant(step.V.cols, Real(0));
  double max = -HUGE_VAL;  // any number near it will do: it cancels
  for (const int j : alive) max = std::fmax(max, score<double>(step, j));
  Real sum(0);
  for (std::size_t a = 0; a < alive.size(); ++a) {
    const Real below = score<Real>(step, alive[a]) - Real(max);
    const Real e = exp(permit(1, below, below));  // one rounding also where max = 0
    const Real weight = permit(10 * rank[a], e);
    sum += weight;
    for (int c = 0; c < o.size(); ++c) o(c) += weight * Real(step.V[alive[a]][c]);
  }
  if (alive.empty()) return o;
  return o.unaryExpr([&](const Real& x) { return Real(permit(3, x) / sum); });
}

}  // namespace qkoan::reference

#endif
