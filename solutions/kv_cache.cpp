/// @file
/// Lesson 13, our solution. Decoding reads every living key and value once and does two operations
/// with each number: memory is the limit, not arithmetic. So the SIMD form touches a slot once,
/// computes its score, and at once adds its value (online softmax): no buffer as long as the cache.
#include "kv_cache.hpp"

#include <algorithm>
#include <vector>

#include "simd.hpp"

using namespace simd;

int padded_positions(Integers mask, MutableIntegers positions) {
  int tokens = 0;
  for (int j = 0; j < mask.size; ++j) positions[j] = mask[j] == 1 ? tokens++ : -1;
  return tokens;
}

/// How old a slot is: 0 for the one that was written last, C − 1 for the one that will be next.
void ring_positions(int length, MutableIntegers positions) {
  const int C = positions.size, newest = length - 1;
  for (int slot = 0; slot < C; ++slot) {
    const int age = slot <= newest ? (newest - slot) % C : length;  // not reached yet: p = −1
    positions[slot] = newest - age;
  }
}

namespace {

/// Turns the pairs of x by to·θ'_c − from·θ_c. In double: at position 2²⁰ a float angle is off by a
/// twentieth, and a difference of two such angles by twice that.
void turn(int r, float base, int from, float new_base, int to, MutableRow x) {
  for (int c = 0; 2 * c < r; ++c) {
    const double exponent = -2.0 * c / r;
    const double had = from * std::pow(static_cast<double>(base), exponent);
    const double wanted = to * std::pow(static_cast<double>(new_base), exponent);
    const auto cosine = static_cast<float>(std::cos(wanted - had));
    const auto sine = static_cast<float>(std::sin(wanted - had));
    const float x0 = x[2 * c], x1 = x[2 * c + 1];
    x[2 * c] = x0 * cosine - x1 * sine;
    x[2 * c + 1] = x0 * sine + x1 * cosine;
  }
}

/// Whether the query at `position` sees the key of position p. Also true in one comparison: as
/// unsigned numbers, negative distances are larger than any window.
bool is_alive(int p, int position, int window) {
  return p >= 0 && static_cast<unsigned>(position - p) < static_cast<unsigned>(window);
}

}  // namespace

void append_key(Row k, Row v, int position, int r, float base, MutableMatrix K, MutableMatrix V) {
  const int slot = position % K.rows;
  std::copy(k.begin(), k.end(), K[slot].begin());
  std::copy(v.begin(), v.end(), V[slot].begin());
  turn(r, base, 0, base, position, K[slot]);
}

void move_keys(int r, float base, Integers from, float new_base, Integers to, MutableMatrix K) {
  for (int j = 0; j < K.rows; ++j) {
    if (from[j] >= 0) turn(r, base, from[j], new_base, to[j], K[j]);
  }
}

void decode(Row q, int position, Integers positions, Matrix K, Matrix V, int window, float slope,
            MutableRow o) {
  const float scale = 1 / std::sqrt(static_cast<float>(q.size));
  std::vector<float> s(K.rows);  // scores, −∞ in slots that are not alive
  float max = -INFINITY, sum = 0;
  for (int j = 0; j < K.rows; ++j) {
    s[j] = -INFINITY;
    if (!is_alive(positions[j], position, window)) continue;
    float dot = 0;
    for (int c = 0; c < q.size; ++c) dot += q[c] * K[j][c];
    s[j] = dot * scale - slope * static_cast<float>(position - positions[j]);
    max = std::max(max, s[j]);
  }
  std::fill(o.begin(), o.end(), 0.0f);
  for (int j = 0; j < K.rows; ++j) {
    if (s[j] == -INFINITY) continue;  // not 0·v: v may be NaN
    const float weight = std::exp(s[j] - max);
    sum += weight;
    for (int c = 0; c < o.size; ++c) o[c] += weight * V[j][c];
  }
  if (sum == 0) return;
  for (float& x : o) x /= sum;
}

namespace {

constexpr int kLanes = vec<float>::size();

/// q·k, with two sums in turn, so that an addition need not wait for the one before. Lanes behind
/// the end are loaded as 0 and add nothing.
inline float dot(Row q, const float* k) {
  vec<float> even = 0, odd = 0;
  int c = 0;
  for (; c + 2 * kLanes <= q.size; c += 2 * kLanes) {
    even += unchecked_load(q.data + c) * unchecked_load(k + c);
    odd += unchecked_load(q.data + c + kLanes) * unchecked_load(k + c + kLanes);
  }
  for (; c < q.size; c += kLanes)
    even += partial_load(q.data + c, q.size - c) * partial_load(k + c, q.size - c);
  return reduce(even + odd);
}

/// o = keep·o + weight·v
inline void add_value(float keep, float weight, const float* v, MutableRow o) {
  for (int c = 0; c < o.size; c += kLanes) {
    const int left = o.size - c;
    const vec<float> sum =
        keep * partial_load(o.data + c, left) + weight * partial_load(v + c, left);
    partial_store(sum, o.data + c, left);
  }
}

}  // namespace

/// The online softmax of lesson 03, one living slot after the other. Of two exponentials one is
/// always e⁰: either the maximum stays (keep = 1), or this key is the new maximum (weight = 1). So
/// there is one call of exp a key, which a key of more than a few elements hides.
void decode_simd(Row q, int position, Integers positions, Matrix K, Matrix V, int window,
                 float slope, MutableRow o) {
  const float scale = 1 / std::sqrt(static_cast<float>(q.size));
  std::fill(o.begin(), o.end(), 0.0f);
  float max = -INFINITY, sum = 0;
  for (int j = 0; j < K.rows; ++j) {
    if (!is_alive(positions[j], position, window)) continue;
    const float s = dot(q, K[j].data) * scale - slope * static_cast<float>(position - positions[j]);
    const float keep = s > max ? std::exp(max - s) : 1;  // the first key finds max = −∞: keep = 0
    const float weight = s > max ? 1 : std::exp(s - max);
    max = std::max(max, s);
    sum = keep * sum + weight;
    add_value(keep, weight, V[j].data, o);
  }
  const float share = sum > 0 ? 1 / sum : 0;
  for (float& x : o) x *= share;
}
