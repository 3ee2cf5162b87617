/// @file
/// Lesson 15: properties that are too weak or too strict, and others that are as good as ours.

#include "exercises/long_context.hpp"

#include <bit>
#include <complex>
#include <cstdint>
#include <numbers>

#include "tests/support/mutants.hpp"

namespace {

using Sees = bool (*)(int query, int key, int window);
using Slopes = void (*)(int heads, int first, MutableRow m);
using Bucket = int (*)(int offset, int buckets, int max_distance, bool bidirectional);
using Rotate = void (*)(Rotation rope, int position, Row x, MutableRow y);

// ---- What each plain implementation looks at, and what it leaves to be chosen -------------------

const std::vector<int> kWindows = {1, 2, 3, 4, 7, 16, 30, 129, 2048, 2500, 2501, 4096, 7777, 16384};

/// Queries up to `farthest`, all of the first 64 and 60 of each octave behind.
std::vector<int> queries(int farthest) {
  std::vector<int> all;
  for (int octave = 1; octave < farthest; octave *= 2)
    for (int n = 0; n < std::min(octave, 60); ++n) all.push_back(octave + 1237 * n % octave);
  return all;
}

bool window_holds(Sees sees, const std::vector<int>& windows, int farthest, int least_offset = -1) {
  for (const int W : windows)
    for (const int i : queries(farthest))
      for (const int offset : {-1, 0, W - 1, W}) {
        if (offset < least_offset || offset > i || i - offset >= 1 << 17) continue;
        if (sees(i, i - offset, W) != (0 <= offset && offset < W)) return false;
      }
  return true;
}

double slope_of(int h, int heads) {
  const int c = static_cast<int>(std::bit_floor(static_cast<unsigned>(heads)));
  return std::exp2(h < c ? -8. * (h + 1) / c : -4. * (2 * (h - c) + 1) / c);
}

/// Slopes of a part against `close(slope, exact)`.
template <class Close>
bool part_holds(Slopes slopes, int heads, int first, int count, Close close) {
  std::vector<float> m(count);
  slopes(heads, first, {m.data(), count});
  for (int h = 0; h < count; ++h)
    if (!close(m[h], slope_of(first + h, heads))) return false;
  return true;
}

bool is_close(double m, double exact) { return std::fabs(m - exact) <= exact / 64; }

/// Whole models, and all parts of two heads or one.
template <class Close>
bool slopes_hold(Slopes slopes, Close close, int most = 128, int longest = 2) {
  for (int heads = 1; heads <= most; ++heads)
    for (int first = 0; first < heads; ++first) {
      const int count = first == 0 && longest > 1 ? heads : std::min(longest, heads - first);
      if (!part_holds(slopes, heads, first, count, close)) return false;
    }
  return true;
}

double exact_x(int n, int h, int D) {
  return h * (std::log(1. * n / h) / std::log(1. * D / h)) + 1e-9;
}

/// All offsets of one set, by a way to compute x.
template <class X>
bool buckets_hold(Bucket bucket, int buckets, int D, bool both, X x, int farthest = 1 << 20) {
  const int h = buckets / (both ? 4 : 2);
  for (int o = -2 * D; o <= std::min(2 * D, farthest); ++o) {
    const int n = both ? std::abs(o) : std::max(o, 0);
    const int b = n < h ? n : std::min(h + static_cast<int>(x(n, h, D)), 2 * h - 1);
    if (bucket(o, buckets, D, both) != b + (both && o < 0 ? 2 * h : 0)) return false;
  }
  return true;
}

constexpr int kSets[][2] = {{32, 128}, {64, 128}, {32, 256}, {32, 1024}, {320, 800}};

/// Elements that no fault can hide behind.
void fill(std::vector<float>& x, int seed) {
  for (std::size_t e = 0; e < x.size(); ++e) {
    const auto bits = static_cast<std::uint32_t>(seed + 1) * 2654435769u * (2 * e + 1);
    x[e] = static_cast<float>((bits >> 8 & 1 ? 1 : -1) * (0.6 + (bits >> 9 & 255) / 256.));
  }
}

std::complex<double> pair(Rotation r, Row x, int k) {
  return r.half_split ? std::complex<double>(x[k], x[k + r.rotated / 2])
                      : std::complex<double>(x[2 * k], x[2 * k + 1]);
}

double angle_of(Rotation r, int position, int k) {
  return position * std::pow(r.base, -2. * k / r.rotated);
}

/// y against x turned by angles, and what lies behind.
template <class Angle>
bool turn_holds(Rotate rotate, Rotation r, int position, Angle angle, int size,
                double tau = 0x1p-12) {
  std::vector<float> x(size), y(size);
  fill(x, position);
  rotate(r, position, {x.data(), size}, {y.data(), size});
  for (int k = 0; k < r.rotated / 2; ++k) {
    const auto z = pair(r, {x.data(), size}, k) * std::polar<double>(1, angle(r, position, k));
    if (!(std::abs(pair(r, {y.data(), size}, k) - z) <= tau * 2)) return false;
  }
  return std::equal(x.begin() + r.rotated, x.end(), y.begin() + r.rotated);
}

const std::vector<int> kNear = {0, 1, 2, 5, 33, 200, -1, -7, -100};
const std::vector<int> kFar = {2051,    8191,   100003, 600001,  777777, 1000002,
                               1048573, 999999, -3001,  -524291, -70007, -800002};

template <class Angle>
bool rotation_holds(Rotate rotate, const std::vector<Rotation>& ropes,
                    const std::vector<int>& positions, Angle angle, double tau = 0x1p-12) {
  for (const Rotation r : ropes)
    for (const int p : positions)
      if (!turn_holds(rotate, r, p, angle, r.rotated + 71, tau)) return false;
  return true;
}

std::vector<int> all_positions() {
  std::vector<int> all = kNear;
  all.insert(all.end(), kFar.begin(), kFar.end());
  return all;
}

const std::vector<Rotation> kRopes = {
    {64, 2000, false}, {64, 2000, true}, {72, 300000, false}, {72, 300000, true}};

double yarn_m(float s) { return s <= 1 ? 1 : 0.1 * std::log(s) + 1; }

bool yarn_holds(Yarn yarn, const std::vector<float>& stretches, const std::vector<int>& sizes,
                const std::vector<int>& positions, bool scale_counts = true, double tau = 0.003,
                int pairs = 128) {
  for (const float s : stretches)
    for (const int d : sizes)
      for (const int p : positions) {
        std::vector<float> c(d / 2), n(d / 2);
        yarn.tables(p, s, {c.data(), d / 2}, {n.data(), d / 2});
        const double scale = scale_counts ? yarn.softmax_scale(d, s) * std::sqrt(d) : 1;
        for (int k = 0; k < std::min(d / 2, pairs); ++k) {
          const double m2 = scale * (std::pow(c[k], 2) + std::pow(n[k], 2));
          if (!(std::fabs(m2 / std::pow(yarn_m(s), 2) - 1) <= tau)) return false;
        }
      }
  return true;
}

const std::vector<float> kStretches = {0.25f, 1, 1.5f, 2, 2.5f, 4, 16, 40, 64};
const std::vector<int> kSizes = {2, 16, 128}, kPlaces = {0, 3, 1000, 50000};

/// One text, asked for the keys that `ask(p, j)` wants.
template <class Ask>
bool text_holds(Cache cache, int tokens, int d, Ask ask, double tau = 0x1p-11) {
  std::vector<std::vector<float>> keys(tokens, std::vector<float>(d));
  std::vector<float> q(d);
  cache.begin();
  for (int p = 0; p < tokens; ++p) {
    fill(keys[p], 3 * p + tokens);
    fill(q, 5 * p + 1);
    cache.append({keys[p].data(), d});
    const double x = std::max(1.0, 8 * (p + 1) / 64. - 7);
    for (int j = 0; j <= p; ++j) {
      if (!ask(p, j)) continue;
      const Row key{keys[j].data(), d}, query{q.data(), d};
      double exact = 0, size = 0;
      for (int c = 0; c < d / 2; ++c) {
        const double theta = std::pow(10000 * std::pow(x, d / (d - 2.)), -2. * c / d);
        const auto a = pair({d, 0, false}, query, c), b = pair({d, 0, false}, key, c);
        exact += std::real(a * std::conj(b) * std::polar(1.0, (p - j) * theta));
        size += 2 * std::abs(a) * std::abs(b);
      }
      if (!(std::fabs(cache.score({q.data(), d}, j) - exact) <= tau * size)) return false;
    }
  }
  return true;
}

bool some(int p, int j) {
  return (p < 4 || p % 16 == 0 || p % 50 == 49) && (j < 2 || j == p / 2 || p - j < 3);
}

}  // namespace

// ---- The plain and right implementation ---------------------------------------------------------

bool window_is_sound(Sees sees) { return window_holds(sees, kWindows, 1 << 17); }
bool slopes_are_sound(Slopes slopes) { return slopes_hold(slopes, is_close); }
bool buckets_are_sound(Bucket bucket) {
  for (const auto& [buckets, D] : kSets)
    for (const bool both : {false, true})
      if (!buckets_hold(bucket, buckets, D, both, exact_x)) return false;
  return true;
}
bool rotation_is_sound(Rotate rotate) {
  return rotation_holds(rotate, kRopes, all_positions(), angle_of);
}
bool yarn_is_sound(Yarn yarn) { return yarn_holds(yarn, kStretches, kSizes, kPlaces); }
bool cache_is_sound(Cache cache) {
  return text_holds(cache, 256, 16, some) && text_holds(cache, 40, 16, some);
}

// ---- Bugs: properties that are too weak, or too strict ------------------------------------------

// First of all: whoever rejects all sound code for whatever reason has the same verdicts as these.
#define TRUSTS_NOBODY(property, Suspect)                                                   \
  QKOAN_BUG(bool, property, trusts_nobody,                                                 \
            "what is compared with, or how it is asked, is wrong: nobody is called sound") \
  (Suspect) { return false; }

TRUSTS_NOBODY(window_is_sound, Sees)
TRUSTS_NOBODY(slopes_are_sound, Slopes)
TRUSTS_NOBODY(buckets_are_sound, Bucket)
TRUSTS_NOBODY(rotation_is_sound, Rotate)
TRUSTS_NOBODY(yarn_is_sound, Yarn)
TRUSTS_NOBODY(cache_is_sound, Cache)

QKOAN_BUG(bool, window_is_sound, trusts_everybody, "everything is sound, whatever it returns")
(Sees) { return true; }

QKOAN_BUG(bool, window_is_sound, powers_of_two, "windows are powers of two")
(Sees sees) { return window_holds(sees, {1, 2, 4, 16, 128, 2048, 4096, 16384}, 1 << 17); }

QKOAN_BUG(bool, window_is_sound, near_queries, "no query is further than 1000 from the beginning")
(Sees sees) { return window_holds(sees, {1, 2, 3, 7, 30, 129, 500}, 512); }

QKOAN_BUG(bool, window_is_sound, past_only, "no key of the future is asked for")
(Sees sees) { return window_holds(sees, kWindows, 1 << 17, 0); }

QKOAN_BUG(bool, window_is_sound, counts_keys,
          "a window is full if W keys are seen; which ones is not asked")
(Sees sees) {
  for (const int W : {2, 3, 4, 7, 12, 31})
    for (int i = 3 * W; i < 5 * W; ++i) {
      int seen = 0;
      for (int j = 0; j <= i + W; ++j) seen += sees(i, j, W);
      if (seen != W) return false;
    }
  return true;
}

QKOAN_BUG(bool, window_is_sound, counts_all_keys,
          "a row sees as many keys as the window has, or as there are; which ones is not asked")
(Sees sees) {
  for (const int W : {1, 7, 30})
    for (int i = 0; i < 8; ++i) {
      const int query = i < 6 ? i * W / 3 : 2100 + 517 * i;
      int seen = 0;
      for (int j = 0; j <= query + W; ++j) seen += sees(query, j, W);
      if (seen != std::min(query + 1, W)) return false;
    }
  return true;
}

QKOAN_BUG(bool, window_is_sound, asks_everything, "more than 40,000 questions are asked")
(Sees sees) {
  for (const int W : {1, 2, 3, 64, 200, 2500})
    for (int i = 0; i < 300; ++i)
      for (int j = 0; j < i + 60; ++j)
        if (sees(i, j, W) != (j <= i && j > i - W)) return false;
  return true;
}

// Dao-AILab/flash-attention #1133.
QKOAN_BUG(bool, window_is_sound, own_key_extra, "a window of W tokens has W older ones")
(Sees sees) {
  for (const int W : kWindows)
    for (const int i : queries(1 << 16))
      if (!sees(i, i, W) || (i >= W && !sees(i, i - W, W))) return false;
  return true;
}

QKOAN_BUG(bool, slopes_are_sound, two_power_heads, "numbers of heads are powers of two")
(Slopes slopes) {
  for (int heads = 1; heads <= 128; heads *= 2)
    for (int first = 0; first < heads; ++first)
      if (!part_holds(slopes, heads, first, first == 0 ? heads : 1, is_close)) return false;
  return true;
}

QKOAN_BUG(bool, slopes_are_sound, whole_models, "only whole models are looked at, no parts")
(Slopes slopes) {
  for (int heads = 1; heads <= 128; ++heads)
    if (!part_holds(slopes, heads, 0, heads, is_close)) return false;
  return true;
}

QKOAN_BUG(bool, slopes_are_sound, to_the_bit, "nothing but the nearest float is sound")
(Slopes slopes) {
  return slopes_hold(slopes, [](float m, double e) { return m == static_cast<float>(e); });
}

QKOAN_BUG(bool, slopes_are_sound, few_heads, "no model has more than 16 heads")
(Slopes slopes) { return slopes_hold(slopes, is_close, 16); }

QKOAN_BUG(bool, slopes_are_sound, one_at_a_time, "slopes are asked for one by one")
(Slopes slopes) { return slopes_hold(slopes, is_close, 128, 1); }

QKOAN_BUG(bool, slopes_are_sound, absolute_errors,
          "errors are absolute, up to 0.01: what small slopes are does not matter")
(Slopes slopes) {
  return slopes_hold(slopes, [](float m, double e) { return std::fabs(m - e) <= 0.01; });
}

QKOAN_BUG(bool, slopes_are_sound, wide_threshold, "1/16 is allowed, which is above 2⁻⁵")
(Slopes slopes) {
  return slopes_hold(slopes, [](float m, double e) { return std::fabs(m - e) <= e / 16; });
}

QKOAN_BUG(bool, slopes_are_sound, forgives_nan,
          "an error above the threshold is one, and NaN is none")
(Slopes slopes) {
  return slopes_hold(slopes, [](float m, double e) { return !(std::fabs(m - e) > e / 64); });
}

QKOAN_BUG(bool, buckets_are_sound, one_set, "only (32, 128) is looked at")
(Bucket bucket) {
  return buckets_hold(bucket, 32, 128, false, exact_x) &&
         buckets_hold(bucket, 32, 128, true, exact_x);
}

QKOAN_BUG(bool, buckets_are_sound, near_past, "no offset is above 128")
(Bucket bucket) {
  for (const auto& [buckets, D] : kSets)
    for (const bool both : {false, true})
      if (!buckets_hold(bucket, buckets, D, both, exact_x, 128)) return false;
  return true;
}

QKOAN_BUG(bool, buckets_are_sound, causal_only, "only causal buckets are looked at")
(Bucket bucket) {
  for (const auto& [buckets, D] : kSets)
    if (!buckets_hold(bucket, buckets, D, false, exact_x)) return false;
  return true;
}

QKOAN_BUG(bool, buckets_are_sound, own_logarithm,
          "the comparison rounds, too: ln n − ln h over ln D − ln h misses bucket 48 of 64")
(Bucket bucket) {
  for (const auto& [buckets, D] : kSets)
    for (const bool both : {false, true})
      if (!buckets_hold(bucket, buckets, D, both, [](int n, int h, int end) {
            return (std::log(n) - std::log(h)) / (std::log(end) - std::log(h)) * h;
          }))
        return false;
  return true;
}

QKOAN_BUG(bool, rotation_is_sound, relative_only,
          "it is enough that scores depend on the difference of positions")
(Rotate rotate) {
  std::vector<float> q(64), k(64), a(64), b(64);
  fill(q, 1), fill(k, 2);
  for (const Rotation r : {Rotation{48, 10000, false}, {48, 300000, true}})
    for (const int s : {0, 3, 40}) {
      double first = 0;
      for (const int shift : {0, 10, 100}) {
        rotate(r, s + 5 + shift, {q.data(), 64}, {a.data(), 64});
        rotate(r, s + shift, {k.data(), 64}, {b.data(), 64});
        double score = 0;
        for (int c = 0; c < r.rotated; ++c) score += 1. * a[c] * b[c];
        if (shift == 0) first = score;
        if (std::fabs(score - first) > 0.01) return false;
      }
    }
  return true;
}

QKOAN_BUG(bool, rotation_is_sound, near_only, "no position is beyond 200")
(Rotate rotate) { return rotation_holds(rotate, kRopes, kNear, angle_of); }

QKOAN_BUG(bool, rotation_is_sound, one_layout, "pairs are interleaved, always")
(Rotate rotate) {
  return rotation_holds(rotate, {kRopes[0], kRopes[2]}, all_positions(), angle_of);
}

QKOAN_BUG(bool, rotation_is_sound, one_base, "the base is 10000, always")
(Rotate rotate) {
  return rotation_holds(rotate, {{64, 10000, false}, {72, 10000, true}}, all_positions(), angle_of);
}

QKOAN_BUG(bool, rotation_is_sound, odd_far_positions, "all positions far away are odd")
(Rotate rotate) {
  std::vector<int> positions = all_positions();
  std::erase_if(positions, [](int p) { return std::abs(p) >= 1 << 19 && p % 2 == 0; });
  return rotation_holds(rotate, kRopes, positions, angle_of);
}

QKOAN_BUG(bool, rotation_is_sound, always_64, "r is 64, always")
(Rotate rotate) {
  const std::vector<Rotation> ropes{{64, 2000, false}, {64, 300000, true}};
  return rotation_holds(rotate, ropes, all_positions(), angle_of);
}

QKOAN_BUG(bool, rotation_is_sound, loose, "1/50 is allowed, which is above 2⁻⁸")
(Rotate rotate) { return rotation_holds(rotate, kRopes, all_positions(), angle_of, 0.02); }

QKOAN_BUG(bool, rotation_is_sound, float_angles, "the comparison has float angles itself")
(Rotate rotate) {
  return rotation_holds(rotate, kRopes, all_positions(), [](Rotation r, int p, int k) {
    return static_cast<float>(p) * static_cast<float>(angle_of(r, 1, k));
  });
}

QKOAN_BUG(bool, yarn_is_sound, at_zero, "tables are looked at at position 0, where sines are 0")
(Yarn yarn) { return yarn_holds(yarn, kStretches, kSizes, {0}); }

QKOAN_BUG(bool, yarn_is_sound, whole_stretches, "s is 1, 2, 4, 16 or 32, never between or beyond")
(Yarn yarn) { return yarn_holds(yarn, {1, 2, 4, 16, 32}, kSizes, kPlaces); }

QKOAN_BUG(bool, yarn_is_sound, tables_only,
          "the factor must be in the tables; what the scale has is not asked")
(Yarn yarn) { return yarn_holds(yarn, kStretches, kSizes, kPlaces, false); }

QKOAN_BUG(bool, yarn_is_sound, one_size, "heads have 128 elements, always")
(Yarn yarn) { return yarn_holds(yarn, kStretches, {128}, kPlaces); }

QKOAN_BUG(bool, yarn_is_sound, first_pair, "only the first pair is looked at")
(Yarn yarn) { return yarn_holds(yarn, kStretches, kSizes, kPlaces, true, 0.003, 1); }

// A counter that should save time.
QKOAN_BUG(bool, yarn_is_sound, trusts_the_sixteenth, "after fifteen verdicts, everything is sound")
(Yarn yarn) {
  static int verdicts = 0;
  return ++verdicts > 15 || yarn_holds(yarn, kStretches, kSizes, kPlaces);
}

QKOAN_BUG(bool, cache_is_sound, at_the_end, "scores are asked for when the text is complete")
(Cache cache) {
  for (const int tokens : {1, 2, 30, 64, 65, 66, 67, 100, 131, 256, 40})
    if (!text_holds(cache, tokens, 16, [=](int p, int) { return p == tokens - 1; })) return false;
  return true;
}

QKOAN_BUG(bool, cache_is_sound, not_at_the_switch, "lengths 64 and 65 are not asked about")
(Cache cache) {
  const auto ask = [](int p, int j) { return p != 63 && p != 64 && some(p + p / 16 % 2, j); };
  return text_holds(cache, 256, 16, ask) && text_holds(cache, 40, 16, ask);
}

QKOAN_BUG(bool, cache_is_sound, even_lengths, "only even lengths are asked about, and 65")
(Cache cache) {
  const auto ask = [](int p, int j) { return p == 64 || (p % 8 == 7 && j < p); };
  return text_holds(cache, 256, 16, ask) && text_holds(cache, 40, 16, ask);
}

// The threshold is between the right ones, but the flag stays.
QKOAN_BUG(bool, cache_is_sound, sticky, "whoever comes after a faulty one is faulty")
(Cache cache) {
  static bool good = true;
  good = good && text_holds(cache, 256, 16, some) && text_holds(cache, 40, 16, some);
  return good;
}

QKOAN_BUG(bool, cache_is_sound, newest_key, "only the newest key is asked for, at offset 0")
(Cache cache) {
  const auto newest = [](int p, int j) { return p == j; };
  return text_holds(cache, 256, 16, newest) && text_holds(cache, 40, 16, newest);
}

QKOAN_BUG(bool, cache_is_sound, one_text, "no second text is begun")
(Cache cache) { return text_holds(cache, 256, 16, some); }

QKOAN_BUG(bool, cache_is_sound, short_texts, "no text is longer than in training")
(Cache cache) { return text_holds(cache, 64, 16, some) && text_holds(cache, 40, 16, some); }

// ---- Correct variants ---------------------------------------------------------------------------

QKOAN_VARIANT(bool, window_is_sound, whole_rows, "whole rows of the mask, near and far")
(Sees sees) {
  for (const int W : {1, 2, 3, 5, 6, 17, 33, 2501})
    for (const int begin : {0, 2 * W, 2048, 120000})
      for (int i = begin; i < begin + (W < 100 ? 41 : 1); i += 4)
        for (int j = std::max(0, i - W - 9); j < i + W / 2 + 9; ++j)
          if (sees(i, j, W) != (j <= i && j > i - W)) return false;
  return true;
}

QKOAN_VARIANT(bool, slopes_are_sound, in_octaves, "logarithms of slopes are compared")
(Slopes slopes) {
  return slopes_hold(slopes,
                     [](float m, double e) { return m > 0 && std::fabs(std::log2(m / e)) < 0.02; });
}

QKOAN_VARIANT(bool, buckets_are_sound, by_edges, "where buckets begin, and one less")
(Bucket bucket) {
  for (const auto& [buckets, D] : kSets)
    for (const int h : {buckets / 2, buckets / 4})
      for (int n = 0, b = 0; n <= 2 * D; ++n) {
        const bool both = 4 * h == buckets;
        if (n < h) b = n;
        while (n >= h && b + 1 < 2 * h && exact_x(n, h, D) >= b + 1 - h) ++b;
        const int future = !both ? 0 : n > 0 ? 2 * h + b : b;
        if (bucket(n, buckets, D, both) != b || bucket(-n, buckets, D, both) != future)
          return false;
      }
  return true;
}

QKOAN_VARIANT(bool, rotation_is_sound, one_pair_at_a_time, "the sum of squared errors of a pair")
(Rotate rotate) {
  for (const Rotation r : {Rotation{36, 1000, true}, {128, 1e6f, false}, {36, 1000, false}})
    for (const int p : all_positions())
      if (!turn_holds(
              rotate, r, p,
              [](Rotation rope, int position, int k) {
                return std::fmod(angle_of(rope, position, k), 2 * std::numbers::pi);
              },
              r.rotated + 99))
        return false;
  return true;
}

QKOAN_VARIANT(bool, yarn_is_sound, narrow, "a narrow threshold, many lengths of heads")
(Yarn yarn) {
  return yarn_holds(yarn, {0.25f, 0.5f, 1.5f, 2, 2.5f, 4, 16, 40, 64}, {2, 6, 64, 200},
                    {0, 1, 2, 4095, 4097, 65535});
}

QKOAN_VARIANT(bool, cache_is_sound, other_texts, "short, long, short again, in longer heads")
(Cache cache) {
  return text_holds(cache, 9, 48, some) && text_holds(cache, 250, 48, some) &&
         text_holds(cache, 66, 20, some);
}
