/// @file
/// Lesson 15, our solution: six properties. Each compares with the definition, in double, at places
/// chosen for what goes wrong: both sides of a border, both sides of 2048 (where half floats stop
/// counting), powers of two and others, the near and the far end. Thresholds lie between what sound
/// code may err by and what faults do, on a scale of powers in the middle.

#include "long_context.hpp"

#include <bit>
#include <cstdint>

// ---- 1: windows ---------------------------------------------------------------------------------

/// A border is wrong at the border: four offsets say all. Queries are spread over every octave, with
/// an odd step, so that all remainders by small tiles and all last bits occur.
bool window_is_sound(bool (*sees)(int query, int key, int window)) {
  constexpr int kEnd = 1 << 17, kPerOctave = 40;
  for (const int W :
       {1, 2, 3, 5, 8, 12, 100, 128, 2047, 2048, 2049, 3000, 3001, 4096, 9999, 32768}) {
    for (int octave = 1; octave < kEnd; octave *= 2) {
      for (int n = 0; n < std::min(octave, kPerOctave); ++n) {
        const int i = octave + 3643 * n % octave;
        for (const int offset : {-1, 0, W - 1, W}) {
          const int j = i - offset;
          if (j < 0 || j >= kEnd) continue;
          if (sees(i, j, W) != (offset >= 0 && offset < W)) return false;
        }
      }
    }
  }
  return true;
}

// ---- 2: slopes ----------------------------------------------------------------------------------

/// Every number of heads and every first head. Parts are of one, two or three heads, or all the rest.
bool slopes_are_sound(void (*slopes)(int heads, int first, MutableRow m)) {
  float m[128];
  double exact[128];
  for (int heads = 1; heads <= 128; ++heads) {
    const int c = static_cast<int>(std::bit_floor(static_cast<unsigned>(heads)));
    for (int h = 0; h < heads; ++h) {
      exact[h] = std::exp2(h < c ? -8. * (h + 1) / c : -4. * (2 * (h - c) + 1) / c);
    }
    for (int first = 0; first < heads; ++first) {
      const int rest = heads - first,
                count = first % 32 == 0 ? rest : std::min(rest, first % 3 + 1);
      slopes(heads, first, {m, count});
      for (int h = 0; h < count; ++h) {
        const double error = std::fabs(m[h] - exact[first + h]);
        if (!(error <= 0x1p-6 * exact[first + h])) return false;  // !(≤), so that NaN is a fault
      }
    }
  }
  return true;
}

// ---- 3: buckets ---------------------------------------------------------------------------------

/// Lesson 05 promises that x is whole, or 5·10⁻⁹ below the next whole number: in double, with a
/// nudge that is smaller than that and larger than the error of two logarithms, ties are right.
static int bucket_of_distance(int n, int h, int D) {
  if (n < h || n >= D) return n < h ? n : 2 * h - 1;
  const double x = h * std::log(1. * n / h) / std::log(1. * D / h);
  return std::min(h + static_cast<int>(x + 1e-9), 2 * h - 1);
}

/// Both directions of all sets, every offset: ties and the diagonal are single offsets.
bool buckets_are_sound(int (*bucket)(int offset, int buckets, int max_distance,
                                     bool bidirectional)) {
  constexpr int kSets[][2] = {{32, 128}, {64, 128}, {32, 256}, {32, 1024}, {320, 800}};
  for (const auto& [buckets, D] : kSets) {
    for (int n = 0; n <= 2 * D; ++n) {
      const int causal = bucket_of_distance(n, buckets / 2, D);
      const int past = bucket_of_distance(n, buckets / 4, D);
      const int future = n == 0 ? past : buckets / 2 + past;  // its own key is no future
      if (bucket(n, buckets, D, false) != causal || bucket(n, buckets, D, true) != past)
        return false;
      if (bucket(-n, buckets, D, false) != 0 || bucket(-n, buckets, D, true) != future)
        return false;
    }
  }
  return true;
}

// ---- 4: rotations -------------------------------------------------------------------------------

/// Numbers of a size, 1/2 … 3/2, and of both signs: no element hides a fault by being small.
static void fill(MutableRow x, std::uint32_t seed) {
  for (float& e : x) {
    seed = 1664525 * seed + 1013904223;
    const float size = 0.5f + static_cast<float>(seed >> 16) * 0x1p-16f;
    e = seed >> 15 & 1 ? size : -size;
  }
}

/// y is x turned, and what lies behind is x itself.
static bool is_turned(Rotation rope, int position, Row x, Row y) {
  for (int k = 0; k < rope.rotated / 2; ++k) {
    const int first = rope.half_split ? k : 2 * k,
              second = first + (rope.half_split ? rope.rotated / 2 : 1);
    const double angle = position * std::pow(rope.base, -2. * k / rope.rotated);
    const double x0 = x[first], x1 = x[second], cosine = std::cos(angle), sine = std::sin(angle);
    const double allowed = 0x1p-12 * (std::fabs(x0) + std::fabs(x1));
    if (!(std::fabs(y[first] - (x0 * cosine - x1 * sine)) <= allowed)) return false;
    if (!(std::fabs(y[second] - (x0 * sine + x1 * cosine)) <= allowed)) return false;
  }
  return std::equal(x.begin() + rope.rotated, x.end(), y.begin() + rope.rotated);
}

/// Both layouts; r that is a power of two and that is none, above 64; small bases and large ones; a
/// head that is longer than 128, with a rest behind the pairs that is no multiple of 4. Positions of
/// both signs, odd and even, and up to the end, since a float angle errs only there.
bool rotation_is_sound(void (*rotate)(Rotation rope, int position, Row x, MutableRow y)) {
  float in[149], out[149];
  const MutableRow x{in, 149}, y{out, 149};
  for (const Rotation rope :
       {Rotation{64, 500, false}, {80, 10000, true}, {96, 10000, false}, {64, 500000, true}}) {
    for (const int p : {0, 1, 60, 2049, 5003, 70001, 524309, 600000, 700001, 1000000, 1048575}) {
      for (const int position : {p, -p}) {
        fill(x, static_cast<std::uint32_t>(position));
        rotate(rope, position, x, y);
        if (!is_turned(rope, position, x, y)) return false;
      }
    }
  }
  return true;
}

// ---- 5: YaRN's factor ---------------------------------------------------------------------------

/// Nobody needs to know where the factor is put: cosine² + sine² is what the tables put into a score,
/// the scale what is put there. At position 0 all sines are 0 and say nothing, so look behind it.
bool yarn_is_sound(Yarn yarn) {
  float cosines[64], sines[64];
  for (const float s : {0.25f, 1.0f, 1.5f, 2.0f, 2.5f, 4.0f, 16.0f, 40.0f, 64.0f}) {
    const double m = s > 1 ? 0.1 * std::log(s) + 1 : 1;
    for (const int d : {2, 48, 128}) {
      const double scale = yarn.softmax_scale(d, s) * std::sqrt(d);
      for (const int position : {0, 1, 50, 4096, 65535}) {
        yarn.tables(position, s, {cosines, d / 2}, {sines, d / 2});
        for (int k = 0; k < d / 2; ++k) {
          const double squares = 1. * cosines[k] * cosines[k] + 1. * sines[k] * sines[k];
          if (!(std::fabs(scale * squares / (m * m) - 1) <= 0x1p-9)) return false;
        }
      }
    }
  }
  return true;
}

// ---- 6: dynamic NTK with a cache ----------------------------------------------------------------

/// The score of q at position p with the key at j, and the sum that errors are measured by.
static bool score_is_right(double score, Row q, Row key, int p, int j) {
  const int d = q.size, l = p + 1;
  const double x = std::max(1., 8. * l / 64 - 7), base = 10000 * std::pow(x, d / (d - 2.));
  double exact = 0, magnitude = 0;
  for (int c = 0; c < d; c += 2) {  // Re q·conj(k)·e^{i(p − j)θ}
    const double angle = (p - j) * std::pow(base, -1. * c / d);
    exact += (q[c] * key[c] + q[c + 1] * key[c + 1]) * std::cos(angle) -
             (q[c + 1] * key[c] - q[c] * key[c + 1]) * std::sin(angle);
    magnitude +=
        (std::fabs(q[c]) + std::fabs(q[c + 1])) * (std::fabs(key[c]) + std::fabs(key[c + 1]));
  }
  return std::fabs(score - exact) <= 0x1p-11 * magnitude;
}

/// A text that grows, and is asked about keys near and far at lengths where something changes. Up to
/// 256 tokens, d ≤ 32.
static bool text_is_right(Cache cache, int tokens, int d, std::uint32_t seed) {
  float keys[256][32], query[32];
  const MutableRow q{query, d};
  cache.begin();
  for (int p = 0; p < tokens; ++p) {
    fill({keys[p], d}, seed + 7919 * p);
    cache.append({keys[p], d});
    if (p > 2 && p % 32 > 2 && p != tokens - 1) continue;  // lengths 1, 2, 3, 33, …, 65, …
    fill(q, seed + 104729 * p);
    for (const int j : {0, p / 3, p / 2, p - 1, p}) {
      if (j >= 0 && !score_is_right(cache.score(q, j), q, {keys[j], d}, p, j)) return false;
    }
  }
  return true;
}

/// A long text, then a short one, which must not know about the first; then a long one again.
bool cache_is_sound(Cache cache) {
  return text_is_right(cache, 256, 32, 1) && text_is_right(cache, 50, 32, 2) &&
         text_is_right(cache, 100, 16, 3);
}
