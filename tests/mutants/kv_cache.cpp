/// @file
/// Lesson 13: what goes wrong with caches, and what may differ and is right.

#include "exercises/kv_cache.hpp"

#include <complex>
#include <cstdlib>
#include <numbers>

#include "tests/support/mutants.hpp"

namespace {

/// Turns pair (x[a], x[b]).
void turn_pair(MutableRow x, int a, int b, double angle) {
  const auto cosine = static_cast<float>(std::cos(angle));
  const auto sine = static_cast<float>(std::sin(angle));
  const float x0 = x[a], x1 = x[b];
  x[a] = x0 * cosine - x1 * sine;
  x[b] = x0 * sine + x1 * cosine;
}

double frequency(int r, double base, int c) { return std::pow(base, -2.0 * c / r); }

/// Turns the first r elements, pair by pair, by angle(c).
template <class Angle>
void turn(int r, MutableRow x, Angle angle) {
  for (int c = 0; 2 * c < r; ++c) turn_pair(x, 2 * c, 2 * c + 1, angle(c));
}

/// Copies key and value into a slot, and gives the key that is there now.
MutableRow store(Row k, Row v, int slot, MutableMatrix K, MutableMatrix V) {
  std::copy(k.begin(), k.end(), K[slot].begin());
  std::copy(v.begin(), v.end(), V[slot].begin());
  return K[slot];
}

int even(int d) { return d / 2 * 2; }

float dot(Row q, Row k, int first = 0) {
  float sum = 0;
  for (int c = first; c < q.size; ++c) sum += q[c] * k[c];
  return sum;
}

float root(Row q) { return std::sqrt(static_cast<float>(q.size)); }

bool alive(int p, int position, int window) {
  return p >= 0 && p <= position && position - p < window;
}

/// Softmax of the scores of those slots that `sees` says, and the weighted sum of their values.
template <class Sees, class Score>
void attend(Matrix V, MutableRow o, Sees sees, Score score) {
  std::vector<float> s(V.rows, -INFINITY);
  float max = -INFINITY, sum = 0;
  for (int j = 0; j < V.rows; ++j) {
    if (sees(j)) max = std::max(max, s[j] = score(j));
  }
  std::fill(o.begin(), o.end(), 0.0f);
  for (int j = 0; j < V.rows; ++j) {
    if (s[j] == -INFINITY) continue;
    const float weight = std::exp(s[j] - max);
    sum += weight;
    for (int c = 0; c < o.size; ++c) o[c] += weight * V[j][c];
  }
  for (float& x : o) x /= sum > 0 ? sum : 1;
}

/// One step of the online softmax, of which a bug may forget a part.
struct Online {
  float max = -INFINITY, sum = 0;
  void add(float s, Row v, MutableRow o, bool rescale_sum, bool rescale_output) {
    const float next = std::max(max, s), keep = std::exp(max - next), weight = std::exp(s - next);
    sum = (rescale_sum || max == -INFINITY ? keep : 1) * sum + weight;
    for (int c = 0; c < o.size; ++c)
      o[c] = (rescale_output || max == -INFINITY ? keep : 1) * o[c] + weight * v[c];
    max = next;
  }
  void finish(MutableRow o) const {
    for (float& x : o) x = sum > 0 ? x / sum : 0;
  }
};

template <class Sees, class Score>
Online attend_online(Online online, Matrix V, MutableRow o, Sees sees, Score score,
                     bool rescale_sum = true, bool rescale_output = true) {
  std::fill(o.begin(), o.end(), 0.0f);
  for (int j = 0; j < V.rows; ++j) {
    if (sees(j)) online.add(score(j), V[j], o, rescale_sum, rescale_output);
  }
  return online;
}

}  // namespace

/// The arguments of decode, and what most of its mutants need of them.
#define STEP                                                                                       \
  (Row q, int position, Integers at, Matrix K, Matrix V, [[maybe_unused]] int window, float slope, \
   MutableRow o)
#define SEES [=](int j) { return alive(at[j], position, window); }
#define BIAS(distance) (slope * static_cast<float>(distance))
#define SCORE [=](int j) { return dot(q, K[j]) / root(q) - BIAS(position - at[j]); }

// ---- The plain and right implementation ---------------------------------------------------------

int padded_positions(Integers mask, MutableIntegers positions) {
  int tokens = 0;
  for (int j = 0; j < mask.size; ++j) positions[j] = mask[j] == 1 ? tokens++ : -1;
  return tokens;
}

void ring_positions(int length, MutableIntegers positions) {
  std::fill(positions.begin(), positions.end(), -1);
  for (int p = std::max(0, length - positions.size); p < length; ++p)
    positions[p % positions.size] = p;
}

void append_key(Row k, Row v, int position, int r, float base, MutableMatrix K, MutableMatrix V) {
  turn(r, store(k, v, position % K.rows, K, V),
       [=](int c) { return position * frequency(r, base, c); });
}

void decode STEP { attend(V, o, SEES, SCORE); }

void move_keys(int r, float base, Integers from, float new_base, Integers to, MutableMatrix K) {
  for (int j = 0; j < K.rows; ++j) {
    if (from[j] < 0) continue;
    turn(r, K[j], [&](int c) {
      return to[j] * frequency(r, new_base, c) - from[j] * frequency(r, base, c);
    });
  }
}

void decode_simd STEP { decode(q, position, at, K, V, window, slope, o); }

// ---- Bugs of padded positions -------------------------------------------------------------------

// keras-team/keras-hub #571: GPT-2 wrote worse text when its prompt was padded on the left.
QKOAN_BUG(int, padded_positions, padding_counts,
          "padding is counted: positions are places in the row")
(Integers mask, MutableIntegers positions) {
  const int next = padded_positions(mask, positions);
  for (int j = 0; j < mask.size; ++j) positions[j] = mask[j] == 1 ? j : -1;
  return next;
}

QKOAN_BUG(int, padded_positions, next_is_length,
          "the next token's position is the length of the padded row")
(Integers mask, MutableIntegers positions) {
  padded_positions(mask, positions);
  return mask.size;
}

QKOAN_BUG(int, padded_positions, from_one,
          "tokens are counted from 1, as a running sum of the mask does")
(Integers mask, MutableIntegers positions) {
  const int next = padded_positions(mask, positions);
  for (int& p : positions) p += p >= 0;
  return next + 1;
}

QKOAN_BUG(int, padded_positions, padding_keeps_position,
          "padding has the position of the token before it")
(Integers mask, MutableIntegers positions) {
  int tokens = 0;
  for (int j = 0; j < mask.size; ++j) positions[j] = (tokens += mask[j]) - 1;
  return tokens;
}

// ---- Bugs of the ring ---------------------------------------------------------------------------

QKOAN_BUG(void, ring_positions, slot_is_position, "a slot's number is taken for a position")
(int length, MutableIntegers positions) {
  for (int s = 0; s < positions.size; ++s) positions[s] = s < length ? s : -1;
}

QKOAN_BUG(void, ring_positions, oldest_first,
          "the ring is read as if its oldest token always stood in slot 0")
(int length, MutableIntegers positions) {
  const int oldest = std::max(0, length - positions.size);
  for (int s = 0; s < positions.size; ++s) positions[s] = oldest + s < length ? oldest + s : -1;
}

QKOAN_BUG(void, ring_positions, oldest_stays,
          "the oldest token is kept one step too long, where the newest one is")
(int length, MutableIntegers positions) { ring_positions(std::max(0, length - 1), positions); }

QKOAN_BUG(
    void, ring_positions, negative_remainder,
    "empty slots have positions of the future: the remainder of a negative number is negative")
(int length, MutableIntegers positions) {
  for (int s = 0; s < positions.size; ++s)
    positions[s] = length - 1 - (length - 1 - s) % positions.size;
}

QKOAN_BUG(void, ring_positions, newest_round,
          "all slots are counted as of the newest round, also those it has not reached")
(int length, MutableIntegers positions) {
  const int first = std::max(0, length - 1) / positions.size * positions.size;
  for (int s = 0; s < positions.size; ++s) positions[s] = first + s;
}

// ---- Bugs of appending --------------------------------------------------------------------------

QKOAN_BUG(void, append_key, turned_by_slot, "the key is turned by its slot, not by its position")
(Row k, Row v, int position, int r, float base, MutableMatrix K, MutableMatrix V) {
  append_key(k, v, position % K.rows, r, base, K, V);
}

QKOAN_BUG(void, append_key, others_turn_too, "all keys of the cache are turned again at every step")
(Row k, Row v, int position, int r, float base, MutableMatrix K, MutableMatrix V) {
  append_key(k, v, position, r, base, K, V);
  for (int s = 0; s < K.rows; ++s) {
    if (s != position % K.rows) turn(r, K[s], [=](int c) { return frequency(r, base, c); });
  }
}

QKOAN_BUG(void, append_key, stays_in_last_slot, "a full cache writes all tokens into its last slot")
(Row k, Row v, int position, int r, float base, MutableMatrix K, MutableMatrix V) {
  turn(r, store(k, v, std::min(position, K.rows - 1), K, V),
       [=](int c) { return position * frequency(r, base, c); });
}

QKOAN_BUG(void, append_key, half_split, "pairs are (x[c], x[c + r/2]), the other layout")
(Row k, Row v, int position, int r, float base, MutableMatrix K, MutableMatrix V) {
  const MutableRow x = store(k, v, position % K.rows, K, V);
  for (int c = 0; 2 * c < r; ++c) turn_pair(x, c, c + r / 2, position * frequency(r, base, c));
}

QKOAN_BUG(void, append_key, frequencies_of_d, "frequencies are base^(−2c/d), also where r < d")
(Row k, Row v, int position, int r, float base, MutableMatrix K, MutableMatrix V) {
  turn(r, store(k, v, position % K.rows, K, V),
       [=](int c) { return position * frequency(k.size, base, c); });
}

QKOAN_BUG(void, append_key, float_angle, "the angle is rounded to a float, off by 1/20 far out")
(Row k, Row v, int position, int r, float base, MutableMatrix K, MutableMatrix V) {
  turn(r, store(k, v, position % K.rows, K, V), [=](int c) {
    const volatile float angle =
        static_cast<float>(position) * static_cast<float>(frequency(r, base, c));
    return static_cast<double>(angle);
  });
}

QKOAN_BUG(void, append_key, value_in_keys, "the value is stored in the keys' row, over the key")
(Row k, Row v, int position, int r, float base, MutableMatrix K, MutableMatrix V) {
  append_key(k, v, position, r, base, K, V);
  std::copy_n(v.data, std::min(k.size, v.size), K[position % K.rows].data);
}

// ---- Bugs of decoding ---------------------------------------------------------------------------

// Blaizzy/mlx-vlm #1983.
QKOAN_BUG(void, decode, query_at_zero, "the query's position is 0 in every step")
STEP {
  attend(V, o, SEES, [=](int j) { return dot(q, K[j]) / root(q) - BIAS(std::abs(0 - at[j])); });
}

QKOAN_BUG(void, decode, distance_of_slots, "distances are counted in slots, not in positions")
STEP {
  const int own = position % K.rows;
  attend(V, o, SEES, [=](int j) { return dot(q, K[j]) / root(q) - BIAS(std::abs(own - j)); });
}

// huggingface/transformers #39408: flash-attention counts the keys beside the own one.
QKOAN_BUG(void, decode, window_beside_own, "the window has one key more: it does not count the own")
STEP { decode(q, position, at, K, V, window + 1, slope, o); }

QKOAN_BUG(void, decode, window_too_small, "the window has one key less than it should")
STEP { decode(q, position, at, K, V, window - 1, slope, o); }

QKOAN_BUG(void, decode, window_ignored, "all cached keys count, also those behind the window")
STEP { decode(q, position, at, K, V, 1 << 30, slope, o); }

QKOAN_BUG(void, decode, future_seen, "keys behind the query's position are seen")
STEP {
  attend(V, o, [=](int j) { return at[j] >= 0 && position - at[j] < window; }, SCORE);
}

QKOAN_BUG(void, decode, empty_seen, "empty slots count as keys of position −1")
STEP {
  attend(V, o, [=](int j) { return at[j] <= position && position - at[j] < window; }, SCORE);
}

QKOAN_BUG(void, decode, weighs_dead_slots, "dead slots take part with weight 0, and 0·NaN is NaN")
STEP {
  decode(q, position, at, K, V, window, slope, o);
  for (int j = 0; j < K.rows; ++j) {
    if (!alive(at[j], position, window))
      for (int c = 0; c < o.size; ++c) o[c] += 0 * V[j][c];
  }
}

QKOAN_BUG(void, decode, nothing_is_nan, "where no key is alive, the output is 0/0")
STEP {
  decode(q, position, at, K, V, window, slope, o);
  for (int j = 0; j < K.rows; ++j) {
    if (alive(at[j], position, window)) return;
  }
  std::fill(o.begin(), o.end(), NAN);
}

// "Foundations of Large Language Models", chapter 2, and Falcon have it so.
QKOAN_BUG(void, decode, bias_inside_scale, "the bias is scaled by 1/√d like the product")
STEP {
  attend(V, o, SEES, [=](int j) { return (dot(q, K[j]) - BIAS(position - at[j])) / root(q); });
}

QKOAN_BUG(void, decode, rewards_distance, "the sign of the bias is wrong: old keys are rewarded")
STEP { decode(q, position, at, K, V, window, -slope, o); }

QKOAN_BUG(void, decode, rounds_positions, "slope times position is rounded before the difference")
STEP {
  attend(V, o, SEES, [=](int j) {
    const volatile float bias = BIAS(at[j]);
    const volatile float score = dot(q, K[j]) / root(q) + bias;
    return score;
  });
}

QKOAN_BUG(void, decode, no_maximum,
          "the maximum is not subtracted: e^s is infinite, or 0 for all keys")
STEP {
  float sum = 0;
  std::fill(o.begin(), o.end(), 0.0f);
  for (int j = 0; j < K.rows; ++j) {
    if (!alive(at[j], position, window)) continue;
    const float weight = std::exp(dot(q, K[j]) / root(q) - BIAS(position - at[j]));
    sum += weight;
    for (int c = 0; c < o.size; ++c) o[c] += weight * V[j][c];
  }
  for (float& x : o) x = sum > 0 ? x / sum : 0;
}

// ---- Bugs of moving -----------------------------------------------------------------------------

// ggml-org/llama.cpp PR4889.
QKOAN_BUG(void, move_keys, whole_head, "all elements are turned where only the first r were")
(int, float base, Integers from, float new_base, Integers to, MutableMatrix K) {
  move_keys(even(K.cols), base, from, new_base, to, K);
}

// huggingface/transformers #25104.
QKOAN_BUG(void, move_keys, stale_base, "keys keep the base that they were rotated with")
(int r, float base, Integers from, float, Integers to, MutableMatrix K) {
  move_keys(r, base, from, base, to, K);
}

QKOAN_BUG(void, move_keys, new_base_only,
          "keys are moved as if they had been rotated with the new base already")
(int r, float, Integers from, float new_base, Integers to, MutableMatrix K) {
  move_keys(r, new_base, from, new_base, to, K);
}

QKOAN_BUG(void, move_keys, turns_on_top, "the new rotation is put on top of the old one")
(int r, float, Integers from, float new_base, Integers to, MutableMatrix K) {
  for (int j = 0; j < K.rows; ++j) {
    if (from[j] >= 0) turn(r, K[j], [&](int c) { return to[j] * frequency(r, new_base, c); });
  }
}

QKOAN_BUG(void, move_keys, moves_empty, "empty rows are moved, too, from position −1")
(int r, float base, Integers from, float new_base, Integers to, MutableMatrix K) {
  for (int j = 0; j < K.rows; ++j)
    turn(r, K[j], [&](int c) {
      return to[j] * frequency(r, new_base, c) - from[j] * frequency(r, base, c);
    });
}

QKOAN_BUG(void, move_keys, overwrites_x0, "x1 is computed from the x0 that was just written")
(int r, float base, Integers from, float new_base, Integers to, MutableMatrix K) {
  for (int j = 0; j < K.rows; ++j) {
    for (int c = 0; from[j] >= 0 && 2 * c < r; ++c) {
      const double angle = to[j] * frequency(r, new_base, c) - from[j] * frequency(r, base, c);
      const auto cosine = static_cast<float>(std::cos(angle));
      const auto sine = static_cast<float>(std::sin(angle));
      float &x0 = K[j][2 * c], &x1 = K[j][2 * c + 1];
      x0 = x0 * cosine - x1 * sine;
      x1 = x0 * sine + x1 * cosine;
    }
  }
}

// ---- Bugs that SIMD and one pass bring ----------------------------------------------------------

QKOAN_BUG(void, decode_simd, sum_not_rescaled,
          "the sum keeps its old scale when the maximum grows; only the output is corrected")
STEP { attend_online(Online{}, V, o, SEES, SCORE, false, true).finish(o); }

QKOAN_BUG(void, decode_simd, output_not_rescaled,
          "the output keeps its old scale when the maximum grows; only the sum is corrected")
STEP { attend_online(Online{}, V, o, SEES, SCORE, true, false).finish(o); }

QKOAN_BUG(void, decode_simd, maximum_from_zero,
          "the maximum begins with 0: far keys, all scores deep below it, weigh nothing")
STEP { attend_online(Online{0, 0}, V, o, SEES, SCORE).finish(o); }

QKOAN_BUG(void, decode_simd, misses_key_tail,
          "key elements behind the last full vector are left out")
STEP {
  const int whole = q.size / 8 * 8;
  attend(V, o, SEES, [=](int j) {
    const Row front{q.data, whole};
    return dot(front, K[j]) / root(q) - BIAS(position - at[j]);
  });
}

QKOAN_BUG(void, decode_simd, misses_value_tail,
          "output elements behind the last full vector are not divided by the sum")
STEP { attend_online(Online{}, V, o, SEES, SCORE).finish({o.data, o.size / 8 * 8}); }

QKOAN_BUG(void, decode_simd, window_on_both_sides,
          "a key is alive by the size of its distance, so that those of the future are, too")
STEP {
  attend(V, o, [=](int j) { return at[j] >= 0 && std::abs(position - at[j]) < window; }, SCORE);
}

QKOAN_BUG(void, decode_simd, alive_by_eight,
          "of eight slots the first decides whether all are alive")
STEP {
  attend(V, o, [=](int j) { return alive(at[j / 8 * 8], position, window); }, SCORE);
}

// ---- Correct variants ---------------------------------------------------------------------------

QKOAN_VARIANT(void, ring_positions, by_formula, "the age of each slot, by one remainder")
(int length, MutableIntegers positions) {
  const int C = positions.size;
  for (int s = 0; s < C; ++s) positions[s] = s < length ? length - 1 - (length - 1 - s) % C : -1;
}

QKOAN_VARIANT(void, append_key, complex_numbers, "pairs as complex numbers in double")
(Row k, Row v, int position, int r, float base, MutableMatrix K, MutableMatrix V) {
  const MutableRow x = store(k, v, position % K.rows, K, V);
  for (int c = 0; 2 * c < r; ++c) {
    const std::complex<double> z(x[2 * c], x[2 * c + 1]);
    const auto y = z * std::polar(1.0, position * std::exp(-2.0 * c / r * std::log(base * 1.0)));
    x[2 * c] = static_cast<float>(y.real());
    x[2 * c + 1] = static_cast<float>(y.imag());
  }
}

QKOAN_VARIANT(void, move_keys, back_and_forth, "rotated back to position 0, then to the new one")
(int r, float base, Integers from, float new_base, Integers to, MutableMatrix K) {
  for (int j = 0; j < K.rows; ++j) {
    if (from[j] < 0) continue;
    turn(r, K[j], [&](int c) { return -from[j] * frequency(r, base, c); });
    turn(r, K[j], [&](int c) { return to[j] * frequency(r, new_base, c); });
  }
}

QKOAN_VARIANT(void, decode, online, "the online softmax, in the order of slots")
STEP { attend_online(Online{}, V, o, SEES, SCORE).finish(o); }

QKOAN_VARIANT(void, decode, base_two, "log₂e in the query and in the slope, powers of two")
STEP {
  constexpr float kLog2E = std::numbers::log2e_v<float>;
  std::vector<float> scaled(q.begin(), q.end());
  for (float& x : scaled) x *= kLog2E / root(q);
  const Row query{scaled.data(), q.size};
  std::vector<float> s(K.rows, -INFINITY);
  float max = -INFINITY, sum = 0;
  for (int j = 0; j < K.rows; ++j)
    if (alive(at[j], position, window))
      max = std::max(
          max, s[j] = dot(query, K[j]) - kLog2E * slope * static_cast<float>(position - at[j]));
  std::fill(o.begin(), o.end(), 0.0f);
  for (int j = 0; j < K.rows; ++j) {
    if (s[j] == -INFINITY) continue;
    sum += std::exp2(s[j] - max);
    for (int c = 0; c < o.size; ++c) o[c] += std::exp2(s[j] - max) * V[j][c];
  }
  for (float& x : o) x = sum > 0 ? x / sum : 0;
}

QKOAN_VARIANT(void, decode, weights_first,
              "weights are divided first; the sum begins with the bias")
STEP {
  std::vector<float> p(K.rows, -INFINITY);
  for (int j = 0; j < K.rows; ++j) {
    if (!alive(at[j], position, window)) continue;
    p[j] = -BIAS(position - at[j]);
    for (int c = q.size - 1; c >= 0; --c) p[j] += q[c] * (1 / root(q)) * K[j][c];
  }
  const float max = *std::max_element(p.begin(), p.end());
  std::fill(o.begin(), o.end(), 0.0f);
  if (max == -INFINITY) return;
  float sum = 0;
  for (float& x : p) sum += x = std::exp(x - max);
  for (int j = K.rows - 1; j >= 0; --j)
    for (int c = 0; c < o.size && p[j] > 0; ++c) o[c] += p[j] * (1 / sum) * V[j][c];
}

QKOAN_VARIANT(void, decode, in_double, "everything in double, rounded at the end")
STEP {
  std::vector<double> s(K.rows, -INFINITY), sums(o.size, 0);
  double max = -INFINITY, sum = 0;
  for (int j = 0; j < K.rows; ++j) {
    if (!alive(at[j], position, window)) continue;
    double product = 0;
    for (int c = 0; c < q.size; ++c) product += static_cast<double>(q[c]) * K[j][c];
    s[j] = product / std::sqrt(q.size) - static_cast<double>(slope) * (position - at[j]);
    max = std::max(max, s[j]);
  }
  for (int j = 0; j < K.rows; ++j) {
    if (s[j] == -INFINITY) continue;
    sum += std::exp(s[j] - max);
    for (int c = 0; c < o.size; ++c) sums[c] += std::exp(s[j] - max) * V[j][c];
  }
  for (int c = 0; c < o.size; ++c) o[c] = sum > 0 ? static_cast<float>(sums[c] / sum) : 0;
}

QKOAN_VARIANT(void, decode_simd, two_parts,
              "even and odd slots online, each for itself, then merged")
STEP {
  Online parts[2];
  std::vector<float> sums(2 * o.size, 0);
  for (int j = 0; j < K.rows; ++j)
    if (alive(at[j], position, window))
      parts[j % 2].add(dot(q, K[j]) / root(q) - BIAS(position - at[j]), V[j],
                       {sums.data() + j % 2 * o.size, o.size}, true, true);
  const float max = std::max(parts[0].max, parts[1].max);
  const float a = max == -INFINITY ? 0 : std::exp(parts[0].max - max);
  const float b = max == -INFINITY ? 0 : std::exp(parts[1].max - max);
  const float sum = a * parts[0].sum + b * parts[1].sum;
  for (int c = 0; c < o.size; ++c) o[c] = sum > 0 ? (a * sums[c] + b * sums[o.size + c]) / sum : 0;
}
