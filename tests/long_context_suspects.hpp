#ifndef QKOAN_TESTS_LONG_CONTEXT_SUSPECTS_HPP
#define QKOAN_TESTS_LONG_CONTEXT_SUSPECTS_HPP
/// @file
/// Lesson 15: who is judged, in tasks 1 to 3. Sound implementations of several styles, some with
/// errors as large as they may be, and faulty ones, many of which shipped somewhere. None crashes in
/// the ranges of the contract. They are plain functions, so what a case varies is global.

#include <bit>
#include <map>
#include <numbers>
#include <string>
#include <vector>

#include "exercises/long_context.hpp"
#include "reference/long_context.hpp"
#include "reference/t5_buckets.hpp"

namespace qkoan::suspects {

using namespace reference;

// ---- What all of them share ---------------------------------------------------------------------

/// Somebody's functions, and what is said about them afterwards; of a fault, where it shows.
template <class F>
struct Suspect {
  std::string what, where;
  F functions;

  Suspect(const char* what_, F f) : what(what_), functions(f) {}
  Suspect(const char* what_, const char* where_, F f) : what(what_), where(where_), functions(f) {}
};

/// What a case varies, for functions that cannot carry anything: a size of tiles, of tables.
inline int variation = 8;

/// x with so many bits: 11 as a half float, 8 as a bfloat16.
inline double in_bits(double x, int bits) {
  int exponent = 0;
  const double mantissa = std::frexp(x, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(mantissa, bits)), exponent - bits);
}

/// Errors of sound code end at a bound, those of faults begin at another. This one is just above it.
inline double just_above(double bound) { return std::numbers::sqrt2 * bound; }

/// Numbers 0 … 3 without a pattern.
inline int scattered(int n) {
  return static_cast<int>(2654435769u * static_cast<unsigned>(n + 7919 * variation) >> 13 & 3);
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
    {"W + 1 tokens (flash-attention's left = W)", "at offset W",
     [](int i, int j, int W) { return j <= i && i - j <= W; }},
    {"W − 1 tokens", "at offset W − 1",
     [](int i, int j, int W) { return j <= i && i - j < W - 1; }},
    {"half a window on each side", "at offset −1, and at W − 1",
     [](int i, int j, int W) { return std::abs(i - j) <= W / 2; }},
    {"chunks of W tokens", "at offset W − 1, for most queries",
     [](int i, int j, int W) { return j <= i && j / W == i / W; }},
    {"the future is seen", "at offset −1", [](int i, int j, int W) { return std::abs(i - j) < W; }},
    {"causal, no window at all", "at offset W", [](int i, int j, int) { return j <= i; }},
    {"one older key in place of the own one", "at offset 0, and at W",
     [](int i, int j, int W) { return j < i && i - j <= W; }},
    {"the window is one token late, once it is full", "at offsets 0 and W for i ≥ W",
     [](int i, int j, int W) { return window_sees(i < W ? i : i - 1, j, W); }},
    {"the window is one token early, once it is full", "at offsets −1 and W − 1 for i ≥ W",
     [](int i, int j, int W) { return window_sees(i < W ? i : i + 1, j, W); }},
    {"distances as half floats", "at offset W − 1 or W for half of all W above 2048",
     [](int i, int j, int W) { return j <= i && in_bits(i - j, 11) < W; }},
    {"positions as half floats", "at all four offsets for many i ≥ 2048",
     [](int i, int j, int W) {
       const double offset = in_bits(i, 11) - in_bits(j, 11);
       return offset >= 0 && offset < W;
     }},
    {"whole tiles of keys", "at offset W for most queries i ≥ W",
     [](int i, int j, int W) {
       return j <= i && j / variation * variation + variation > i - W + 1;
     }},
    {"the next power of two is the window", "at offset W for W that are no power of two",
     [](int i, int j, int W) {
       return window_sees(i, j, static_cast<int>(std::bit_ceil(static_cast<unsigned>(W))));
     }},
    {"queries from 2048 on have no window", "at offset W for i ≥ 2048",
     [](int i, int j, int W) { return j <= i && (i >= 2048 || i - j < W); }},
    {"one query in four has no window", "at offset W for i ≥ 2048, one i in 4, without a pattern",
     [](int i, int j, int W) {
       return j <= i && ((i >= 2048 && scattered(i) == 0) || i - j < W);
     }}};

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

inline double one_sequence(int h, int heads) { return std::exp2(-8. * (h + 1) / heads); }

inline const std::vector<Suspect<Slopes>> kFaultySlopes = {
    {"one geometric sequence (mlx 343)", "if the number of heads is no power of two",
     SLOPES(one_sequence(h, heads))},
    {"heads counted from 0 on every machine (Megatron-DeepSpeed 227)", "for first > 0",
     SLOPES(slope_of(h - first, heads))},
    {"the heads of one machine taken for all", "if m.size < heads",
     [](int, int, MutableRow m) { each_head(0, m, [=](int h) { return slope_of(h, m.size); }); }},
    {"exponents from 0 (aprender PR2143)", "everywhere",
     SLOPES(slope_of(h, heads) * std::exp2(8. / two_power(heads)))},
    {"sorted (CROMA 12)", "if the number of heads is no power of two",
     [](int heads, int first, MutableRow m) {
       std::vector<double> all;
       for (int h = 0; h < heads; ++h) all.push_back(-slope_of(h, heads));
       std::sort(all.begin(), all.end());
       each_head(first, m, [&](int h) { return -all[h]; });
     }},
    {"the book's 2^(−8/k)", "for two heads and more", SLOPES(std::exp2(-8. / (h + 1)))},
    {"other heads repeat the first ones", "if the number of heads is no power of two",
     SLOPES(slope_of(h % two_power(heads), two_power(heads)))},
    {"slopes of the next power of two", "if the number of heads is no power of two",
     SLOPES(one_sequence(h, static_cast<int>(std::bit_ceil(static_cast<unsigned>(heads)))))},
    {"8/c as a whole number", "for 16 heads and more",
     SLOPES(h < two_power(heads) ? std::exp2(-(8 / two_power(heads)) * (h + 1))
                                 : slope_of(h, heads))},
    {"a part behind head c begins the second series anew", "for first > c",
     SLOPES(slope_of(first > two_power(heads) ? h - first + two_power(heads) : h, heads))},
    {"the series of a part's first head goes on", "if heads before c and behind it are in one part",
     SLOPES(first < two_power(heads) ? one_sequence(h, two_power(heads)) : slope_of(h, heads))},
    {"a part is written from its end", "for m.size > 1",
     [](int heads, int first, MutableRow m) {
       each_head(first, m, [=](int h) { return slope_of(2 * first + m.size - 1 - h, heads); });
     }},
    {"a table of 64 slopes begins anew", "for more than 64 heads", SLOPES(slope_of(h % 64, heads))},
    {"one geometric sequence, for one even number of heads", "for one number from 18 to 86",
     SLOPES(heads == 4 * variation + 6 ? one_sequence(h, heads) : slope_of(h, heads))},
    {"one geometric sequence, for one odd number of heads", "for one number from 71 to 105",
     SLOPES(heads == 2 * variation + 65 ? one_sequence(h, heads) : slope_of(h, heads))},
    {"small slopes are too small", "below 1/64, by 4.4 % of the slope",
     SLOPES(slope_of(h, heads) * (slope_of(h, heads) < 0x1p-6 ? 1 - just_above(0x1p-5) : 1))},
    {"all slopes are too large", "everywhere, by 4.4 %: more than 2⁻⁵",
     SLOPES(slope_of(h, heads) * (1 + just_above(0x1p-5)))},
    {"NaN behind head c", "if the number of heads is no power of two",
     SLOPES(h < two_power(heads) ? slope_of(h, heads) : NAN)},
    {"the sign (attention-gym PR86)", "everywhere", SLOPES(-slope_of(h, heads))}};

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

inline constexpr int kBucketSets[][2] = {{32, 128}, {64, 128}, {32, 256}, {32, 1024}, {320, 800}};

/// In one set, the last bucket begins one distance late.
template <int set>
int late_end(int o, int buckets, int D, bool both) {
  const int b = offset_bucket(o, buckets, D, both), one_direction = both ? buckets / 2 : buckets;
  if (buckets != kBucketSets[set][0] || D != kBucketSets[set][1]) return b;
  const bool last = b % one_direction == one_direction - 1;
  return last && offset_bucket(o - (o < 0 ? -1 : 1), buckets, D, both) != b ? b - 1 : b;
}

inline const std::vector<Suspect<Bucket>> kFaultyBuckets = {
    {"no last bucket (candle PR1312)", "at |offset| ≥ D",
     [](int o, int buckets, int D, bool both) {
       const int h = buckets / (both ? 4 : 2), n = both ? std::abs(o) : std::max(o, 0);
       if (n < D) return offset_bucket(o, buckets, D, both);
       return (both && o < 0 ? 2 * h : 0) + h + static_cast<int>(exact_x(n, h, D));
     }},
    {"one direction has all buckets", "if bidirectional, at many |offset| ≥ h",
     [](int o, int buckets, int D, bool both) {
       const int b = distance_bucket(both ? std::abs(o) : std::max(o, 0), buckets / 2, D);
       return both ? std::min(b + (o < 0 ? buckets / 2 : 0), buckets - 1) : b;
     }},
    {"key minus query (gluon-nlp PR1470)", "at every offset but 0",
     [](int o, int buckets, int D, bool both) { return offset_bucket(-o, buckets, D, both); }},
    {"a logarithm that is a little low", "where x is whole, as at 16, 32 and 64 of (32, 128)",
     BUCKET(exact_x(n, h, D) * (1 - 0x1p-24))},
    {"the own key among those of the future", "at offset 0 if bidirectional",
     [](int o, int buckets, int D, bool both) {
       return both && o == 0 ? buckets / 2 : offset_bucket(o, buckets, D, both);
     }},
    {"128 in place of D (llama.cpp)", "if D is not 128", BUCKET(n >= 128 ? h : exact_x(n, h, 128))},
    {"the summand h is missing (a misprint)", "at |offset| ≥ h",
     BUCKET(std::min<double>(exact_x(n, h, D), h - 1) - h)},
    {"logarithms as bfloat16", "at some offsets, more of them in the larger sets",
     BUCKET(in_bits(in_bits(std::log(1. * n / h), 8) / in_bits(std::log(1. * D / h), 8), 8) * h)},
    {"keys of the future have distances, too", "at negative offsets if not bidirectional",
     [](int o, int buckets, int D, bool both) {
       return offset_bucket(both ? o : std::abs(o), buckets, D, both);
     }},
    {"D − 1 in place of D", "at single offsets", BUCKET(exact_x(n, h, D - 1))},
    {"both directions share their buckets", "at negative offsets if bidirectional",
     [](int o, int buckets, int D, bool both) {
       return offset_bucket(both ? std::abs(o) : o, buckets, D, both);
     }},
    {"rounded to the nearest", "at many |offset| ≥ h", BUCKET(exact_x(n, h, D) + 0.5)},
    {"distances as bytes", "at |offset| ≥ 256",
     [](int o, int buckets, int D, bool both) {
       return offset_bucket(o < 0 ? -(-o & 255) : o & 255, buckets, D, both);
     }},
    {"the past ends at 200", "at offsets above 200, in sets with D > 200",
     [](int o, int buckets, int D, bool both) {
       return offset_bucket(std::min(o, 200), buckets, D, both);
     }},
    {"the future ends at −200", "at offsets below −200, in sets with D > 200, if bidirectional",
     [](int o, int buckets, int D, bool both) {
       return offset_bucket(std::max(o, -200), buckets, D, both);
     }},
    {"the last bucket of (32, 128) begins late", "at one |offset| of this set", late_end<0>},
    {"the last bucket of (64, 128) begins late", "at one |offset| of this set", late_end<1>},
    {"the last bucket of (32, 256) begins late", "at one |offset| of this set", late_end<2>},
    {"the last bucket of (32, 1024) begins late", "at one |offset| of this set", late_end<3>},
    {"the last bucket of (320, 800) begins late", "at one |offset| of this set", late_end<4>}};

#undef SLOPES
#undef BUCKET

}  // namespace qkoan::suspects

#endif
