#ifndef QKOAN_TESTS_LONG_CONTEXT_SUSPECTS_HPP
#define QKOAN_TESTS_LONG_CONTEXT_SUSPECTS_HPP
/// @file
/// Lesson 15: who is judged. Sound implementations of several styles, some with errors as large as
/// they may be, and faulty ones, most of which shipped somewhere. None crashes in the ranges of the
/// contract. They are plain functions, so what a case varies, and what a cache holds, is global.

#include <bit>
#include <map>
#include <numbers>
#include <string>

#include "exercises/long_context.hpp"
#include "reference/long_context.hpp"
#include "reference/t5_buckets.hpp"

namespace qkoan::suspects {

using namespace reference;

// ---- What all of them share ---------------------------------------------------------------------

/// Somebody's functions, and what is said about them afterwards.
template <class F>
struct Suspect {
  std::string what;
  F functions;
};

/// What a case varies, for functions that cannot carry anything: a size of tiles, of tables.
inline int variation = 8;

/// x with so many bits: 11 as a half float, 8 as a bfloat16.
inline double in_bits(double x, int bits) {
  int exponent = 0;
  const double mantissa = std::frexp(x, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(mantissa, bits)), exponent - bits);
}

/// 0.9 or −0.9, as by chance: errors that are as large as they may be.
inline double nearly_legal(int n) {
  return std::popcount(2654435769u * (n + variation)) % 2 ? 0.9 : -0.9;
}

// ---- 1: windows ---------------------------------------------------------------------------------

using Sees = bool (*)(int, int, int);

inline const std::vector<Suspect<Sees>> kSoundWindows = {
    {"the definition", window_sees},
    {"one comparison, without signs",
     [](int i, int j, int W) { return static_cast<unsigned>(i - j) < static_cast<unsigned>(W); }},
    {"keys from a beginning to an end",
     [](int i, int j, int W) { return j >= std::max(0, i - W + 1) && j < i + 1; }},
    {"blocks first, then keys", [](int i, int j, int W) {
       const int newest = i / variation, oldest = std::max(i - W + 1, 0) / variation;
       const int block = j / variation;
       if (block > newest || block < oldest) return false;
       return (block > oldest && block < newest) || window_sees(i, j, W);
     }}};

inline const std::vector<Suspect<Sees>> kFaultyWindows = {
    {"W + 1 tokens (flash-attention's left = W)",
     [](int i, int j, int W) { return j <= i && i - j <= W; }},
    {"W − 1 tokens", [](int i, int j, int W) { return j <= i && i - j < W - 1; }},
    {"half a window on each side", [](int i, int j, int W) { return std::abs(i - j) <= W / 2; }},
    {"chunks of W tokens", [](int i, int j, int W) { return j <= i && j / W == i / W; }},
    {"the future is seen", [](int i, int j, int W) { return std::abs(i - j) < W; }},
    {"causal, no window at all", [](int i, int j, int) { return j <= i; }},
    {"one older key in place of the own one",
     [](int i, int j, int W) { return j < i && i - j <= W; }},
    {"distances as half floats",
     [](int i, int j, int W) { return j <= i && in_bits(i - j, 11) < W; }},
    {"positions as half floats",
     [](int i, int j, int W) {
       const double offset = in_bits(i, 11) - in_bits(j, 11);
       return offset >= 0 && offset < W;
     }},
    {"whole tiles of keys",
     [](int i, int j, int W) {
       return j <= i && j / variation * variation + variation > i - W + 1;
     }},
    {"the next power of two is the window",
     [](int i, int j, int W) {
       return window_sees(i, j, static_cast<int>(std::bit_ceil(static_cast<unsigned>(W))));
     }},
    {"queries from 2048 on have no window",
     [](int i, int j, int W) { return j <= i && (i >= 2048 || i - j < W); }}};

// ---- 2: slopes ----------------------------------------------------------------------------------

using Slopes = void (*)(int, int, MutableRow);

/// Fills m by a function of the head, counted from 0.
template <class Slope>
void each_head(int first, MutableRow m, Slope slope) {
  for (int h = 0; h < m.size; ++h) m[h] = static_cast<float>(slope(first + h));
}

inline double slope_of(int h, int heads) { return std::exp2(-alibi_exponent(h, heads)); }
inline int two_power(int heads) {
  return static_cast<int>(std::bit_floor(static_cast<unsigned>(heads)));
}

#define SLOPES(expression)                                                   \
  []([[maybe_unused]] int heads, int first, MutableRow m) {                  \
    each_head(first, m, [=]([[maybe_unused]] int h) { return expression; }); \
  }

inline const std::vector<Suspect<Slopes>> kSoundSlopes = {
    {"the definition", SLOPES(slope_of(h, heads))},
    {"powers of a rounded ratio, as in Bloom",
     SLOPES(std::pow(
         static_cast<float>(std::exp2((h < two_power(heads) ? -8. : -4.) / two_power(heads))),
         h < two_power(heads) ? h + 1. : 2. * (h - two_power(heads)) + 1))},
    {"slopes as bfloat16", SLOPES(in_bits(slope_of(h, heads), 8))},
    {"errors as large as they may be",
     SLOPES(slope_of(h, heads) * (1 + nearly_legal(h + heads) * 0x1p-8))}};

inline const std::vector<Suspect<Slopes>> kFaultySlopes = {
    {"one geometric sequence (mlx 343)", SLOPES(std::exp2(-8. * (h + 1) / heads))},
    {"heads counted from 0 on every machine (Megatron-DeepSpeed 227)",
     SLOPES(slope_of(h - first, heads))},
    {"the heads of one machine taken for all",
     [](int, int, MutableRow m) { each_head(0, m, [=](int h) { return slope_of(h, m.size); }); }},
    {"exponents from 0 (aprender PR2143)",
     SLOPES(slope_of(h, heads) * std::exp2(8. / two_power(heads)))},
    {"sorted (CROMA 12)",
     [](int heads, int first, MutableRow m) {
       std::vector<double> all;
       for (int h = 0; h < heads; ++h) all.push_back(-slope_of(h, heads));
       std::sort(all.begin(), all.end());
       each_head(first, m, [&](int h) { return -all[h]; });
     }},
    {"the book's 2^(−8/k)", SLOPES(std::exp2(-8. / (h + 1)))},
    {"other heads repeat the first ones", SLOPES(slope_of(h % two_power(heads), two_power(heads)))},
    {"slopes of the next power of two",
     SLOPES(std::exp2(-8. * (h + 1) / std::bit_ceil(static_cast<unsigned>(heads))))},
    {"8/c as a whole number",
     SLOPES(h < two_power(heads) ? std::exp2(-(8 / two_power(heads)) * (h + 1))
                                 : slope_of(h, heads))},
    {"a part behind head c begins the second series anew",
     SLOPES(slope_of(first > two_power(heads) ? h - first + two_power(heads) : h, heads))},
    {"the sign (attention-gym PR86)", SLOPES(-slope_of(h, heads))}};

// ---- 3: buckets ---------------------------------------------------------------------------------

using Bucket = int (*)(int, int, int, bool);

/// One direction has 2h buckets; `x` computes what is added to h.
template <class X>
int bucket_by(int offset, int buckets, bool bidirectional, X x) {
  const int h = buckets / (bidirectional ? 4 : 2);
  const int n = bidirectional ? std::abs(offset) : std::max(offset, 0);
  const int future = bidirectional && offset < 0 ? 2 * h : 0;
  return future + (n < h ? n : std::min(h + static_cast<int>(x(n, h)), 2 * h - 1));
}

inline double exact_x(int n, int h, int D) {
  return h * std::log(1. * n / h) / std::log(1. * D / h);
}

#define BUCKET(x)                                                        \
  [](int o, int buckets, [[maybe_unused]] int D, bool both) {            \
    return bucket_by(o, buckets, both, [=](int n, int h) { return x; }); \
  }

inline const std::vector<Suspect<Bucket>> kSoundBuckets = {
    {"the definition", offset_bucket},
    {"whole numbers, no logarithms",
     [](int o, int buckets, int D, bool both) {
       static std::map<std::pair<int, int>, std::vector<int>> known;
       const int one_direction = both ? buckets / 2 : buckets;
       auto& first = known[{one_direction, D}];
       if (first.empty()) first = t5_first_distances(one_direction, D);
       return t5_bucket(o, first, both);
     }},
    {"logarithms to base 2, with a nudge",
     BUCKET(h*(std::log2(1. * n / h) / std::log2(1. * D / h)) + 2e-9)}};

inline const std::vector<Suspect<Bucket>> kFaultyBuckets = {
    {"no last bucket (candle PR1312)",
     [](int o, int buckets, int D, bool both) {
       const int h = buckets / (both ? 4 : 2), n = both ? std::abs(o) : std::max(o, 0);
       if (n < D) return offset_bucket(o, buckets, D, both);
       return (both && o < 0 ? 2 * h : 0) + h + static_cast<int>(exact_x(n, h, D));
     }},
    {"one direction has all buckets",
     [](int o, int buckets, int D, bool both) {
       const int b = distance_bucket(both ? std::abs(o) : std::max(o, 0), buckets / 2, D);
       return both ? std::min(b + (o < 0 ? buckets / 2 : 0), buckets - 1) : b;
     }},
    {"key minus query (gluon-nlp PR1470)",
     [](int o, int buckets, int D, bool both) { return offset_bucket(-o, buckets, D, both); }},
    {"a logarithm that is a little low", BUCKET(exact_x(n, h, D) * (1 - 0x1p-24))},
    {"the own key among those of the future",
     [](int o, int buckets, int D, bool both) {
       return both && o == 0 ? buckets / 2 : offset_bucket(o, buckets, D, both);
     }},
    {"128 in place of D (llama.cpp)", BUCKET(n >= 128 ? h : exact_x(n, h, 128))},
    {"the summand h is missing (a misprint)",
     BUCKET(std::min<double>(exact_x(n, h, D), h - 1) - h)},
    {"logarithms as bfloat16",
     BUCKET(in_bits(in_bits(std::log(1. * n / h), 8) / in_bits(std::log(1. * D / h), 8), 8) * h)},
    {"keys of the future have distances, too",
     [](int o, int buckets, int D, bool both) {
       return offset_bucket(both ? o : std::abs(o), buckets, D, both);
     }},
    {"D − 1 in place of D", BUCKET(exact_x(n, h, D - 1))},
    {"both directions share their buckets",
     [](int o, int buckets, int D, bool both) {
       return offset_bucket(both ? std::abs(o) : o, buckets, D, both);
     }},
    {"rounded to the nearest", BUCKET(exact_x(n, h, D) + 0.5)}};

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

inline const std::vector<Suspect<Rotate>> kFaultyRotations = {
    {"pairs of the other layout (llama.cpp 2376)",
     [](Rotation r, int p, Row x, MutableRow y) {
       rotate({r.rotated, r.base, !r.half_split}, p, x, y);
     }},
    {"interleaved pairs whatever is asked for",
     [](Rotation r, int p, Row x, MutableRow y) { rotate({r.rotated, r.base, false}, p, x, y); }},
    {"frequencies of the whole head (pie PR603)",
     [](Rotation r, int p, Row x, MutableRow y) {
       std::vector<double> theta = frequencies(r.base, even(x.size));
       theta.resize(r.rotated / 2);
       turn(r, x, y, theta, [=](double t) { return p * t; });
     }},
    {"the whole head is turned (llama.cpp PR4889)",
     [](Rotation r, int p, Row x, MutableRow y) {
       rotate({even(x.size), r.base, r.half_split}, p, x, y);
     }},
    {"elements behind r become 0",
     [](Rotation r, int p, Row x, MutableRow y) {
       rotate(r, p, x, y);
       std::fill(y.begin() + r.rotated, y.end(), 0.0f);
     }},
    {"x1 is computed from the new x0",
     [](Rotation r, int p, Row x, MutableRow y) {
       rotate(r, p, x, y);
       const std::vector<double> theta = frequencies_of(r);
       for (int k = 0; k < r.rotated / 2; ++k) {
         const auto [a, b] = pair_of(k, r.rotated, r.half_split);
         const double angle = p * theta[k];
         y[b] = static_cast<float>(y[a] * std::sin(angle) + x[b] * std::cos(angle));
       }
     }},
    {"base 10000 always (gpt-fast 179)",
     [](Rotation r, int p, Row x, MutableRow y) {
       rotate({r.rotated, 1e4f, r.half_split}, p, x, y);
     }},
    {"angles as floats (transformers 25681)", TURN(static_cast<float>(p) * static_cast<float>(t))},
    {"frequencies as bfloat16 (Megatron-LM 535)", TURN(p* in_bits(t, 8))},
    {"positions as half floats", TURN(in_bits(p, 11) * t)},
    {"each angle is the one before by a float (ggml)",
     [](Rotation r, int p, Row x, MutableRow y) {
       const float ratio = std::pow(r.base, -2.0f / static_cast<float>(r.rotated));
       float angle = static_cast<float>(p) / ratio;
       turn(r, x, y, frequencies_of(r), [&](double) { return angle *= ratio; });
     }},
    {"turned backwards", TURN(-p* t)},
    {"negative positions turn forwards", TURN(std::abs(p) * t)},
    {"a table that ends", TURN(std::clamp(p, -4096 * variation, 4096 * variation) * t)}};

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

inline const std::vector<Suspect<Yarn>> kFaultyYarns = {
    {"in the tables and in the scale (vLLM PR30384)", YARN(m, m* m)},
    {"nowhere (mobius PR548)", YARN(1, 1)},
    {"m in the scale in place of m²", YARN(1, m)},
    {"m in the tables, m in the scale", YARN(m, m)},
    {"in the tables, and taken back behind", YARN(m, 1 / (m * m))},
    {"the logarithm to base 10", YARN(s > 1 ? 0.1 * std::log10(s) + 1 : 1, 1)},
    {"the logarithm to base 2", YARN(1, std::pow(s > 1 ? 0.1 * std::log2(s) + 1 : 1, 2))},
    {"also for s < 1", YARN(0.1 * std::log(s) + 1, 1)},
    {"for whole s only", YARN(whole_m(s), 1)},
    {"s is never above 32", YARN(1, std::pow(yarn_m(std::min(s, 32.0f)), 2))},
    {"1/√128 for every d", YARN(m, std::sqrt(d / 128.))},
    {"not behind the trained length", YARN(p < 4096 ? m : 1, 1)},
    {"cosines only",
     {[](int p, float s, MutableRow c, MutableRow n) { tables_by(p, c, n, yarn_m(s), 1); },
      [](int d, float) { return static_cast<float>(1 / std::sqrt(d)); }}}};

// ---- 6: dynamic NTK with a cache ----------------------------------------------------------------

/// What the caches of all suspects hold.
inline struct {
  std::vector<std::vector<float>> keys;  ///< of this text, not rotated
  std::vector<std::vector<float>> all;   ///< of all texts
  int longest = 0;

  int length() const { return static_cast<int>(keys.size()); }
  Row key(int j) const { return {keys.at(j).data(), static_cast<int>(keys[j].size())}; }
} held;

inline void begin() { held.keys.clear(); }
inline void append(Row key) {
  held.keys.emplace_back(key.begin(), key.end());
  held.all.emplace_back(key.begin(), key.end());
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

inline const std::vector<Suspect<Cache>> kFaultyCaches = {
    {"keys keep their base (transformers 25104)", CACHE(BASE_OF(l), p, BASE_OF(j + 1), j)},
    {"the trained base for ever", CACHE(10000, p, 10000, j)},
    {"never back to an earlier base (transformers PR46624)",
     CACHE(BASE_OF(held.longest), p, BASE_OF(held.longest), j)},
    {"built once for s·T tokens (vLLM 3488)",
     CACHE(BASE_OF(kTrained * 8), p, BASE_OF(kTrained * 8), j)},
    {"one token too early", CACHE(BASE_OF(l + 1), p, BASE_OF(l + 1), j)},
    {"one token too late", CACHE(BASE_OF(l - 1), p, BASE_OF(l - 1), j)},
    {"keys are turned twice", {begin, append, score_of_key_turned_twice}},
    {"the query at position 0 (mlx-vlm 1983)", CACHE(BASE_OF(l), 0, BASE_OF(l), j)},
    {"the query one position too far", CACHE(BASE_OF(l), l, BASE_OF(l), j)},
    {"the query has the trained base", CACHE(10000, p, BASE_OF(l), j)},
    {"keys of the text before",
     {begin, append,
      [](Row q, int j) {
        const double base = cache_base(held.length(), q.size), p = held.length() - 1;
        const auto& key = held.all.at(j);
        return static_cast<float>(
            score_of(q, base, p, {key.data(), static_cast<int>(key.size())}, base, j));
      }}},
    {"a ring of 128 slots",
     {begin, append, [](Row q, int j) {
        const int newest = held.length() - 1, last = j + (newest - j) / 128 * 128;
        const double base = cache_base(held.length(), q.size);
        return static_cast<float>(score_of(q, base, newest, held.key(last), base, last));
      }}}};

#undef SLOPES
#undef BUCKET
#undef TURN
#undef YARN
#undef CACHE
#undef BASE_OF

}  // namespace qkoan::suspects

#endif
