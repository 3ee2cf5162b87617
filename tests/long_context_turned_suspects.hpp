#ifndef QKOAN_TESTS_LONG_CONTEXT_TURNED_SUSPECTS_HPP
#define QKOAN_TESTS_LONG_CONTEXT_TURNED_SUSPECTS_HPP
/// @file
/// Lesson 15: who is judged, in tasks 4 to 6: rotations, YaRN's factor, caches.

#include "tests/long_context_suspects.hpp"

namespace qkoan::suspects {

// ---- 4: rotations -------------------------------------------------------------------------------

using Rotate = void (*)(Rotation, int, Row, MutableRow);

/// Turned by angles that a function of position and frequency computes.
template <class Angle>
void turn(Rotation r, Row x, MutableRow y, std::vector<double> theta, Angle angle) {
  for (double& t : theta) t = angle(t);
  turn_pairs(theta, r.half_split, x, y);
}

inline std::vector<double> frequencies_of(Rotation r) { return frequencies(r.base, r.rotated); }
inline int even(int n) { return n / 2 * 2; }

#define TURN(angle)                                                                     \
  [](Rotation r, [[maybe_unused]] int p, Row x, MutableRow y) {                         \
    turn(r, x, y, frequencies_of(r), [=]([[maybe_unused]] double t) { return angle; }); \
  }

inline const std::vector<Suspect<Rotate>> kSoundRotations = {
    {"the definition", rotate},
    {"angles as a part of one turn", TURN(std::remainder(p* t, 2 * std::numbers::pi))},
    {"errors as large as they may be", [](Rotation r, int p, Row x, MutableRow y) {
       rotate(r, p, x, y);
       for (int k = 0; k < r.rotated / 2; ++k) {
         const auto [a, b] = pair_of(k, r.rotated, r.half_split);
         const double size = (std::fabs(x[a]) + std::fabs(x[b])) * 0x1p-16;
         y[a] += static_cast<float>(nearly_legal(k + p) * size);
         y[b] += static_cast<float>(nearly_legal(k - p) * size);
       }
     }}};

/// Sound, but with a base, a position, or a layout that is not the one asked for.
#define ROTATE(p_used, base_used, split_used)                                     \
  [](Rotation r, int p, Row x, MutableRow y) {                                    \
    [[maybe_unused]] const bool far = std::abs(p) >= 1 << 19, odd = p % 2 != 0;   \
    rotate({r.rotated, static_cast<float>(base_used), split_used}, p_used, x, y); \
  }

/// Turns by the frequencies of other pairs: those of r' elements, and none above `last`.
inline void turn_as_in(Rotation r, int p, Row x, MutableRow y, int elements, int last) {
  std::vector<double> theta = frequencies(r.base, elements);
  theta.resize(r.rotated / 2);
  for (double& t : theta) t = std::max(t, theta[std::min<int>(last, r.rotated / 2 - 1)]);
  turn(r, x, y, theta, [=](double t) { return p * t; });
}

/// Sound, but then something happens to some elements.
template <class Change>
void rotate_and(Rotation r, int p, Row x, MutableRow y, int begin, int end, Change change) {
  rotate(r, p, x, y);
  for (int e = begin; e < end; ++e) y[e] = static_cast<float>(change(y[e]));
}

inline const std::vector<Suspect<Rotate>> kFaultyRotations = {
    {"pairs of the other layout (llama.cpp 2376)", "everywhere but at position 0",
     ROTATE(p, r.base, !r.half_split)},
    {"interleaved pairs whatever is asked for", "if half_split", ROTATE(p, r.base, false)},
    {"half-split pairs whatever is asked for", "if not half_split", ROTATE(p, r.base, true)},
    {"frequencies of the whole head (pie PR603)", "if x.size > r",
     [](Rotation r, int p, Row x, MutableRow y) {
       turn_as_in(r, p, x, y, even(x.size), r.rotated);
     }},
    {"frequencies of the next power of two", "if r is no power of two",
     [](Rotation r, int p, Row x, MutableRow y) {
       const unsigned elements = std::bit_ceil(static_cast<unsigned>(r.rotated));
       turn_as_in(r, p, x, y, static_cast<int>(elements), r.rotated);
     }},
    {"a table of 32 frequencies", "for r > 64, in pairs from 32 on",
     [](Rotation r, int p, Row x, MutableRow y) { turn_as_in(r, p, x, y, r.rotated, 31); }},
    {"the whole head is turned (llama.cpp PR4889)", "behind element r",
     [](Rotation r, int p, Row x, MutableRow y) {
       rotate({even(x.size), r.base, r.half_split}, p, x, y);
     }},
    {"elements behind r become 0", "behind element r",
     [](Rotation r, int p, Row x, MutableRow y) {
       rotate_and(r, p, x, y, r.rotated, x.size, [](float) { return 0; });
     }},
    {"the rest is copied in fours", "in the last elements, if x.size − r is no multiple of 4",
     [](Rotation r, int p, Row x, MutableRow y) {
       const int whole = x.size - (x.size - r.rotated) % 4;
       rotate_and(r, p, x, y, whole, x.size, [](float) { return 0; });
     }},
    {"a buffer of 128 elements", "behind element 128",
     [](Rotation r, int p, Row x, MutableRow y) {
       rotate_and(r, p, x, y, 128, x.size, [](float) { return 0; });
     }},
    {"x1 is computed from the new x0", "nearly everywhere",
     [](Rotation r, int p, Row x, MutableRow y) {
       rotate(r, p, x, y);
       const std::vector<double> theta = frequencies_of(r);
       for (int k = 0; k < r.rotated / 2; ++k) {
         const auto [a, b] = pair_of(k, r.rotated, r.half_split);
         const double angle = p * theta[k];
         y[b] = static_cast<float>(y[a] * std::sin(angle) + x[b] * std::cos(angle));
       }
     }},
    {"base 10000 always (gpt-fast 179)", "for other bases", ROTATE(p, 1e4, r.half_split)},
    {"base 500000 always", "for other bases", ROTATE(p, 5e5, r.half_split)},
    {"no base is below 10000", "for bases below 10⁴",
     ROTATE(p, std::max(r.base, 1e4f), r.half_split)},
    {"the base as a half float ends at 65504", "for bases above 10⁵",
     ROTATE(p, std::min(r.base, 65504.0f), r.half_split)},
    {"angles as floats (transformers 25681)", "from |p| = 2¹⁹ on",
     TURN(static_cast<float>(p) * static_cast<float>(t))},
    {"frequencies as bfloat16 (Megatron-LM 535)", "at |p| above some dozens",
     TURN(p* in_bits(t, 8))},
    {"positions as half floats", "at most |p| above 2048", TURN(in_bits(p, 11) * t)},
    {"each angle is the one before by a float (ggml)", "from |p| = 2¹⁹ on",
     [](Rotation r, int p, Row x, MutableRow y) {
       const float ratio = std::pow(r.base, -2.0f / static_cast<float>(r.rotated));
       float angle = static_cast<float>(p) / ratio;
       turn(r, x, y, frequencies_of(r), [&](double) { return angle *= ratio; });
     }},
    {"odd positions are one too small, far away", "at odd p, from |p| = 2¹⁹ on",
     ROTATE(far&& odd ? p - 1 : p, r.base, r.half_split)},
    {"even positions are one too small, far away", "at even p, from |p| = 2¹⁹ on",
     ROTATE(far && !odd ? p - 1 : p, r.base, r.half_split)},
    {"turned backwards", "everywhere but at position 0", TURN(-p* t)},
    {"negative positions turn forwards", "for p < 0", TURN(std::abs(p) * t)},
    {"positive positions turn backwards", "for p > 0", TURN(-std::abs(p) * t)},
    {"a table that ends", "from |p| = 2¹⁹ on at the latest",
     TURN(std::clamp(p, -4096 * variation, 4096 * variation) * t)},
    {"fixed-point numbers that end at 1/8", "at |x| ≥ 1/4",
     [](Rotation r, int p, Row x, MutableRow y) {
       rotate_and(r, p, x, y, 0, r.rotated, [](float z) { return std::clamp(z, -0.125f, 0.125f); });
     }},
    {"errors that are just too large", "everywhere, by 2^−7.5·(|x0| + |x1|)",
     [](Rotation r, int p, Row x, MutableRow y) {
       rotate(r, p, x, y);
       for (int k = 0; k < r.rotated / 2; ++k) {
         const auto [a, b] = pair_of(k, r.rotated, r.half_split);
         const float size = std::fabs(x[a]) + std::fabs(x[b]);
         y[a] += static_cast<float>(just_above(0x1p-8)) * size;
       }
     }},
    {"NaN in the last pair", "everywhere, in element r − 1",
     [](Rotation r, int p, Row x, MutableRow y) {
       rotate_and(r, p, x, y, r.rotated - 1, r.rotated, [](float) { return NAN; });
     }}};

// ---- 5: YaRN's factor ---------------------------------------------------------------------------

/// Tables of the frequencies of lesson 10, cosines and sines times a factor each.
inline void tables_by(int position, MutableRow cosines, MutableRow sines, double factor,
                      double of_sines) {
  const std::vector<double> theta = frequencies(10000, 2 * cosines.size);
  for (int k = 0; k < cosines.size; ++k) {
    cosines[k] = static_cast<float>(factor * std::cos(position * theta[k]));
    sines[k] = static_cast<float>(of_sines * std::sin(position * theta[k]));
  }
}

/// A suspect by the factors of its tables and of its scale, functions of s, m, position p and d.
#define YARN(tables, scale)                                                           \
  {[]([[maybe_unused]] int p, [[maybe_unused]] float s, MutableRow c, MutableRow n) { \
     [[maybe_unused]] const double m = yarn_m(s);                                     \
     const double factor = tables;                                                    \
     tables_by(p, c, n, factor, factor);                                              \
   },                                                                                 \
   []([[maybe_unused]] int d, [[maybe_unused]] float s) {                             \
     [[maybe_unused]] const double m = yarn_m(s);                                     \
     return static_cast<float>((scale) / std::sqrt(d));                               \
   }}

inline double whole_m(float s) { return yarn_m(std::floor(s)); }

inline const std::vector<Suspect<Yarn>> kSoundYarns = {
    {"in cosines and sines", YARN(m, 1)},
    {"in the scale", YARN(1, m* m)},
    {"a root here, a root there", YARN(std::sqrt(m), m)},
    {"too large before, taken back behind", YARN(m* m, 1 / (m * m))},
    {"errors as large as they may be", YARN(m, 1 + nearly_legal(d) * 0x1p-12)}};

/// Tables with the factor m in pairs begin … end − 1 of eight parts of all, and 1 in the others.
template <int begin, int end>
void tables_in_part(int position, float s, MutableRow cosines, MutableRow sines) {
  tables_by(position, cosines, sines, 1, 1);
  for (int k = 0; k < cosines.size; ++k) {
    const double factor = 8 * k >= begin * cosines.size && 8 * k < end * cosines.size;
    cosines[k] *= static_cast<float>(factor == 1 ? yarn_m(s) : 1);
    sines[k] *= static_cast<float>(factor == 1 ? yarn_m(s) : 1);
  }
}
inline float plain_scale(int d, float) { return static_cast<float>(1 / std::sqrt(d)); }

/// 1/√d, where √d is a power of two.
inline double shifted_root(int d) { return std::exp2(std::round(-std::log2(d) / 2)); }

/// Wrong for a single s of the contract's.
#define WRONG_AT(s_wrong) YARN(m, s == (s_wrong) ? 1.05 : 1)

inline const std::vector<Suspect<Yarn>> kFaultyYarns = {
    {"in the tables and in the scale (vLLM PR30384)", "for s > 1", YARN(m, m* m)},
    {"nowhere (mobius PR548)", "for s > 1", YARN(1, 1)},
    {"m in the scale in place of m²", "for s > 1", YARN(1, m)},
    {"m in the tables, m in the scale", "for s > 1", YARN(m, m)},
    {"in the tables, and taken back behind", "for s > 1", YARN(m, 1 / (m * m))},
    {"the logarithm to base 10", "for s > 1", YARN(s > 1 ? 0.1 * std::log10(s) + 1 : 1, 1)},
    {"the logarithm to base 2", "for s > 1",
     YARN(1, std::pow(s > 1 ? 0.1 * std::log2(s) + 1 : 1, 2))},
    {"also for s < 1", "for s = 1/4", YARN(0.1 * std::log(s) + 1, 1)},
    {"for whole s only", "for s = 1.5 and 2.5", YARN(whole_m(s), 1)},
    {"s is never above 32", "for s = 40 and 64", YARN(1, std::pow(yarn_m(std::min(s, 32.0f)), 2))},
    {"5 % too much at s = 1/4", "for this s only", WRONG_AT(0.25f)},
    {"5 % too much at s = 1.5", "for this s only", WRONG_AT(1.5f)},
    {"5 % too much at s = 2", "for this s only", WRONG_AT(2)},
    {"5 % too much at s = 2.5", "for this s only", WRONG_AT(2.5f)},
    {"5 % too much at s = 4", "for this s only", WRONG_AT(4)},
    {"5 % too much at s = 16", "for this s only", WRONG_AT(16)},
    {"5 % too much at s = 40", "for this s only", WRONG_AT(40)},
    {"5 % too much at s = 64", "for this s only", WRONG_AT(64)},
    {"1/√128 for every d", "if d is not 128", YARN(m, std::sqrt(d / 128.))},
    {"√d as a power of two", "if d is no power of 4", YARN(m, std::sqrt(d) * shifted_root(d))},
    {"not behind the trained length", "from position 4096 on", YARN(p < 4096 ? m : 1, 1)},
    {"cosines only",
     "behind position 0",
     {[](int p, float s, MutableRow c, MutableRow n) { tables_by(p, c, n, yarn_m(s), 1); },
      plain_scale}},
    {"fast pairs only", "in the slower half of the pairs", {tables_in_part<0, 4>, plain_scale}},
    {"slow pairs only", "in the faster half of the pairs", {tables_in_part<4, 8>, plain_scale}},
    {"errors that are just too large", "everywhere, by 2^−5.5", YARN(m, 1 + just_above(0x1p-6))},
    {"NaN, the root of a negative logarithm", "for s = 1/4", YARN(s < 1 ? NAN : m, 1)}};

// ---- 6: dynamic NTK with a cache ----------------------------------------------------------------

/// What the caches of all suspects hold.
inline struct {
  bool begun = false;
  std::vector<std::vector<float>> keys;  ///< of this text, not rotated
  std::vector<std::vector<float>> all;   ///< of all texts
  std::vector<int> read_at;              ///< how long the text was when key j was first asked for
  int longest = 0;

  int length() const { return static_cast<int>(keys.size()); }
  Row key(int j) const { return {keys.at(j).data(), static_cast<int>(keys[j].size())}; }
} held;

inline void begin() {
  held.begun = true;
  held.keys.clear();
  held.read_at.clear();
}
inline void append(Row key) {
  held.keys.emplace_back(key.begin(), key.end());
  held.all.emplace_back(key.begin(), key.end());
  held.read_at.push_back(0);
  held.longest = std::max(held.longest, held.length());
}

/// A suspect by the bases and positions of query and key, with d elements, length l, and newest p.
#define CACHE(q_base, q_position, key_base, key_position)                       \
  {begin, append, [](Row q, int j) {                                            \
     [[maybe_unused]] const int d = q.size, l = held.length(), p = l - 1;       \
     return static_cast<float>(                                                 \
         score_of(q, q_base, q_position, held.key(j), key_base, key_position)); \
   }}
#define BASE_OF(length) cache_base(length, d)

/// The length that key j was first asked for at, or is now.
inline int first_read(int j) {
  int& length = held.read_at.at(j);
  return length = length == 0 ? held.length() : length;
}

/// A base that ends where it must not: below 1, x is negative for short texts, and no power of it.
inline double base_without_end(int l, int d) {
  const double x = 8. * l / kTrained - 7;
  return x < 0 ? NAN : cache_base(l, d);
}

/// A base that is smaller in short texts.
inline double shrunk_base(int l, int d) {
  return l < 56 ? 10000. * l / kTrained : cache_base(l, d);
}

/// A key whose angle has grown by that of a second base.
inline float score_of_key_turned_twice(Row q, int j) {
  const int l = held.length(), d = q.size;
  const double first = BASE_OF(j + 1), now = BASE_OF(l);
  if (first == now) return static_cast<float>(score_of(q, now, l - 1, held.key(j), now, j));
  std::vector<float> turned(d);
  std::vector<double> angles = frequencies(first, d);
  for (double& a : angles) a *= j;
  turn_pairs(angles, false, held.key(j), {turned.data(), d});
  return static_cast<float>(score_of(q, now, l - 1, {turned.data(), d}, now, j));
}

inline const std::vector<Suspect<Cache>> kSoundCaches = {
    {"keys are turned when they are read", CACHE(BASE_OF(l), p, BASE_OF(l), j)},
    {"the query is turned by the offset", CACHE(BASE_OF(l), p - j, BASE_OF(l), 0)},
    {"positions count from 1 for both", CACHE(BASE_OF(l), l, BASE_OF(l), j + 1)},
    {"errors as large as they may be",
     {begin, append, [](Row q, int j) {
        const double base = cache_base(held.length(), q.size), p = held.length() - 1;
        return static_cast<float>(score_of(q, base, p, held.key(j), base, j) +
                                  nearly_legal(j) * 0x1p-14 * score_magnitude(q, held.key(j)));
      }}}};

/// One base for query and key.
#define WITH_BASE(base) CACHE(base, p, base, j)

inline const std::vector<Suspect<Cache>> kFaultyCaches = {
    {"keys keep their base (transformers 25104)", "for l > T, at small j",
     CACHE(BASE_OF(l), p, BASE_OF(j + 1), j)},
    {"keys behind T keep their base", "for l > T, at T ≤ j < l − 1",
     CACHE(BASE_OF(l), p, BASE_OF(j < kTrained ? l : j + 1), j)},
    {"keys keep the base that they were first read with", "for l > T, in asking for a key again",
     CACHE(BASE_OF(l), p, BASE_OF(first_read(j)), j)},
    {"the trained base for ever", "for l > T", WITH_BASE(10000)},
    {"never back to an earlier base (transformers PR46624)", "in a text after a longer one",
     WITH_BASE(BASE_OF(held.longest))},
    {"built once for s·T tokens (vLLM 3488)", "at all lengths", WITH_BASE(BASE_OF(kTrained * 8))},
    {"one token too early", "for l ≥ T, most just behind T", WITH_BASE(BASE_OF(l + 1))},
    {"one token too late", "for l > T, most just behind T", WITH_BASE(BASE_OF(l - 1))},
    {"at the switch, the base of s·T tokens", "at l = T + 1",
     WITH_BASE(BASE_OF(l == kTrained + 1 ? kTrained * 8 : l))},
    {"the trained base at odd lengths", "at odd l > T + 1",
     WITH_BASE(BASE_OF(l % 2 != 0 && l > kTrained + 1 ? kTrained : l))},
    {"the trained base at even lengths", "at even l > T",
     WITH_BASE(BASE_OF(l % 2 == 0 ? kTrained : l))},
    {"smaller bases for shorter texts", "for l < 56", WITH_BASE(shrunk_base(l, d))},
    {"NaN in short texts, the power of a negative x", "for l < 56",
     WITH_BASE(base_without_end(l, d))},
    {"keys are turned twice", "for l > T", {begin, append, score_of_key_turned_twice}},
    {"the query at position 0 (mlx-vlm 1983)", "at all lengths above 1",
     CACHE(BASE_OF(l), 0, BASE_OF(l), j)},
    {"the query one position too far", "at all lengths", CACHE(BASE_OF(l), l, BASE_OF(l), j)},
    {"the query has the trained base", "for l > T", CACHE(10000, p, BASE_OF(l), j)},
    {"keys of the text before",
     "in the second text",
     {begin, append,
      [](Row q, int j) {
        const double base = cache_base(held.length(), q.size), p = held.length() - 1;
        const auto& key = held.all.at(j);
        return static_cast<float>(
            score_of(q, base, p, {key.data(), static_cast<int>(key.size())}, base, j));
      }}},
    {"a ring of too few slots",
     "for l > 216, at small j",
     {begin, append,
      [](Row q, int j) {
        const int slots = 196 + variation, newest = held.length() - 1;
        const int last = j + (newest - j) / slots * slots;
        const double base = cache_base(held.length(), q.size);
        return static_cast<float>(score_of(q, base, newest, held.key(last), base, last));
      }}},
    {"errors that are just too large",
     "everywhere, by 2^−7.5 of the sum",
     {begin, append, [](Row q, int j) {
        const double base = cache_base(held.length(), q.size), p = held.length() - 1;
        return static_cast<float>(score_of(q, base, p, held.key(j), base, j) +
                                  just_above(0x1p-8) * score_magnitude(q, held.key(j)));
      }}}};

#undef TURN
#undef ROTATE
#undef YARN
#undef WRONG_AT
#undef CACHE
#undef BASE_OF
#undef WITH_BASE

}  // namespace qkoan::suspects

#endif
