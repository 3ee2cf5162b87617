/// @file
/// Lesson 10: all heads of a text turned by their positions. The work is counted in pairs.

#include "exercises/rope.hpp"

#include "benchmarks/support/bench.hpp"

namespace qkoan::bench {

namespace {

void race_heads(Bench& bench, int n, int heads, int d, bool half_split) {
  Numbers numbers;
  const Matrix rows = numbers.matrix(n, heads * d);
  const MutableMatrix X{const_cast<float*>(rows.data), rows.rows, rows.cols};
  const MutableMatrix Y = numbers.output(n, heads * d);
  const Integers positions = numbers.positions(n);
  bench.race(
      {"rope_simd",
       "rope",
       {{"tokens", n}, {"heads", heads}, {"d", d}},
       half_split ? "half-split" : "interleaved",
       Work::elements(0.5 * n * heads * d, 6 + 2 * Work::kFunction / heads, 16),
       half_split && n == 512 && heads == 8},
      rope_simd, [=](auto f) { f({d, 1e4f, half_split}, heads, positions, X); }, rope,
      [=](auto f) {
        for (int i = 0; i < n; ++i)
          for (int h = 0; h < heads; ++h)
            f({d, 1e4f, half_split}, positions[i], {X[i].data + h * d, d}, {Y[i].data + h * d, d});
      });
}

}  // namespace

void run(Bench& bench) {
  for (const bool half_split : {true, false}) {
    race_heads(bench, 512, 8, 64, half_split);
    race_heads(bench, 512, 1, 128, half_split);
    race_heads(bench, 2048, 8, 128, half_split);
  }
}

}  // namespace qkoan::bench
