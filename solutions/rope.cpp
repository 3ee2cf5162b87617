/// @file
/// Lesson 10, our solution. The rotation is four multiplications per pair; the care goes into the
/// angle, and into computing cosines and sines once for all heads of a row.
#include "rope.hpp"

#include "simd.hpp"

using namespace simd;

namespace {

/// θ_k = base^(−2k/r), in double: it will be multiplied by large positions.
double frequency(float base, int rotated, int k) {
  return std::pow(static_cast<double>(base), -2.0 * k / rotated);
}

/// The places of a pair.
struct Pair {
  int first, second;
};

Pair pair_of(Rope rope, int k) {
  return rope.half_split ? Pair{k, k + rope.rotated / 2} : Pair{2 * k, 2 * k + 1};
}

}  // namespace

void rope_table(int position, float base, MutableRow cosines, MutableRow sines) {
  for (int k = 0; k < cosines.size; ++k) {
    const double angle = position * frequency(base, 2 * cosines.size, k);
    cosines[k] = static_cast<float>(std::cos(angle));
    sines[k] = static_cast<float>(std::sin(angle));
  }
}

void rope(Rope rope, int position, Row x, MutableRow y) {
  const int pairs = rope.rotated / 2;
  std::vector<float> cosines(pairs), sines(pairs);
  rope_table(position, rope.base, {cosines.data(), pairs}, {sines.data(), pairs});
  std::copy(x.begin(), x.end(), y.begin());
  for (int k = 0; k < pairs; ++k) {
    const auto [first, second] = pair_of(rope, k);
    y[first] = x[first] * cosines[k] - x[second] * sines[k];
    y[second] = x[first] * sines[k] + x[second] * cosines[k];
  }
}

/// A pair is a complex number, and to turn it is to multiply it by e^{ip·θ}. In the product of one
/// such number with the conjugate of another, e^{it·θ}·e^{−is·θ} = e^{i(t−s)θ}.
float rope_score(Row q, Row k, float base, int t, int s) {
  float score = 0;
  for (int pair = 0; 2 * pair < q.size; ++pair) {
    const float q0 = q[2 * pair], q1 = q[2 * pair + 1];
    const float k0 = k[2 * pair], k1 = k[2 * pair + 1];
    const double angle = (t - s) * frequency(base, q.size, pair);
    score += (q0 * k0 + q1 * k1) * static_cast<float>(std::cos(angle)) -
             (q1 * k0 - q0 * k1) * static_cast<float>(std::sin(angle));
  }
  return score;
}

void half_split_rows(int heads, Matrix W, MutableMatrix P) {
  const int d = W.rows / heads;
  for (int head = 0; head < W.rows; head += d) {
    for (int k = 0; k < d / 2; ++k) {
      std::copy(W[head + 2 * k].begin(), W[head + 2 * k].end(), P[head + k].begin());
      std::copy(W[head + 2 * k + 1].begin(), W[head + 2 * k + 1].end(),
                P[head + d / 2 + k].begin());
    }
  }
}

namespace {

constexpr int kLanes = vec<float>::size();

/// The cosine of an angle that is a whole number of 2⁻³² turns. Signed, that is x = −½ … ½ turns, and
/// cosines are even: with y = ¼ − |x| it is sin(2πy), |y| ≤ ¼, which an odd polynomial of degree 9
/// approximates within 8·10⁻⁹ (Remez-like exchange in double, its coefficients rounded to floats one
/// by one, each time refitting those that follow). y is a whole number, and rounded once.
inline vec<float> cosine(vec<unsigned> turns) {
  const vec<unsigned> size = select(std::bit_cast<vec<int>>(turns) < 0, 0u - turns, turns);
  const vec<float> y = vec<float>(std::bit_cast<vec<int>>((1u << 30) - size)) * 0x1p-32f;
  const vec<float> s = y * y;
  vec<float> p = s * 0x1.3911f8p+5f - 0x1.31fbfp+6f;
  p = p * s + 0x1.466504p+6f;
  p = p * s - 0x1.4abba2p+5f;
  p = p * s + 0x1.921fb4p+2f;
  return p * y;
}

/// Cosines and sines of one position after the other, for whole vectors of pairs. Half-split, they are
/// c0 c1 c2 … and s0 s1 s2 …; interleaved, each number of a row has its own: c0 c0 c1 c1 … and
/// −s0 s0 −s1 s1 …, which neighbours are multiplied by.
struct Angles {
  bool half_split;
  std::vector<unsigned> whole;  // θ_k in units of 2⁻³² turns: what is before the point,
  std::vector<float> rest;      // and what is behind it
  std::vector<float> cosines, sines;

  explicit Angles(Rope rope)
      : half_split(rope.half_split),
        whole(rope.rotated / 2 + kLanes),
        rest(whole.size()),
        cosines(2 * whole.size()),
        sines(2 * whole.size()) {
    constexpr double kFullTurn = 6.283185307179586;
    for (int k = 0; k < rope.rotated / 2; ++k) {
      const double step = frequency(rope.base, rope.rotated, k) / kFullTurn * 0x1p32;
      whole[k] = static_cast<unsigned>(step);
      rest[k] = static_cast<float>(step - whole[k]);
    }
  }

  /// Whole numbers overflow by whole turns, which is just what is wanted of an angle: no reduction of
  /// large ones, the same error at every position. The rest, |p·rest| ≤ 2²⁰, is cut to a whole number;
  /// with the 53 bits of θ it makes an error below 2⁻³¹ turns.
  void move_to(int position, int pairs) {
    for (int k = 0; k < pairs; k += kLanes) {
      const vec<float> rests = static_cast<float>(position) * unchecked_load(rest.data() + k);
      const vec<unsigned> turns =
          static_cast<unsigned>(position) * unchecked_load(whole.data() + k) +
          std::bit_cast<vec<unsigned>>(vec<int>(rests));
      put(k, cosine(turns), cosine(turns - (1u << 30)));  // sines are a quarter of a turn behind
    }
  }

 private:
  void put(int k, vec<float> c, vec<float> s) {
    if (half_split) {
      unchecked_store(c, cosines.data() + k);
      unchecked_store(s, sines.data() + k);
      return;
    }
    const vec<float> signs = 2 * permute(iota<float>(), [](int i) { return i & 1; }) - 1;  // −1 1 …
    const auto first = [](int i) { return i / 2; };
    const auto second = [](int i) { return i / 2 + kLanes / 2; };
    unchecked_store(permute(c, first), cosines.data() + 2 * k);
    unchecked_store(permute(c, second), cosines.data() + 2 * k + kLanes);
    unchecked_store(signs * permute(s, first), sines.data() + 2 * k);
    unchecked_store(signs * permute(s, second), sines.data() + 2 * k + kLanes);
  }
};

/// One head, r/2 pairs (x[k], x[k + r/2]).
inline void turn_halves(const Angles& angles, float* x, int pairs) {
  for (int k = 0; k < pairs; k += kLanes) {
    const int n = pairs - k;
    const vec<float> c = unchecked_load(angles.cosines.data() + k);
    const vec<float> s = unchecked_load(angles.sines.data() + k);
    const vec<float> first = partial_load(x + k, n), second = partial_load(x + pairs + k, n);
    partial_store(first * c - second * s, x + k, n);
    partial_store(first * s + second * c, x + pairs + k, n);
  }
}

/// One head, r elements in pairs (x[2k], x[2k+1]). Every element is multiplied by its cosine, and its
/// neighbour by its sine.
inline void turn_neighbours(const Angles& angles, float* x, int rotated) {
  for (int e = 0; e < rotated; e += kLanes) {
    const vec<float> itself = partial_load(x + e, rotated - e);
    const vec<float> neighbour = permute(itself, [](int i) { return i ^ 1; });
    const vec<float> turned = itself * unchecked_load(angles.cosines.data() + e) +
                              neighbour * unchecked_load(angles.sines.data() + e);
    partial_store(turned, x + e, rotated - e);
  }
}

}  // namespace

void rope_simd(Rope rope, int heads, Integers positions, MutableMatrix X) {
  const int d = X.cols / heads;
  Angles angles(rope);
  for (int i = 0; i < X.rows; ++i) {
    if (positions[i] == 0) continue;
    angles.move_to(positions[i], rope.rotated / 2);
    for (float* x = X[i].begin(); x < X[i].end(); x += d) {
      if (rope.half_split) {
        turn_halves(angles, x, rope.rotated / 2);
      } else {
        turn_neighbours(angles, x, rope.rotated);
      }
    }
  }
}
