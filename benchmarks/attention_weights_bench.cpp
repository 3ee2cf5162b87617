/// @file
/// Lesson 03: exponentials, and softmax of rows whose scores lie in the level-2 cache.

#include "exercises/attention_weights.hpp"

#include "benchmarks/support/bench.hpp"

namespace qkoan::bench {

void run(Bench& bench) {
  Numbers numbers;
  constexpr int kExponents = 4096;
  const MutableMatrix x = numbers.output(1, kExponents), y = numbers.output(1, kExponents);
  for (int j = 0; j < kExponents; ++j) x[0][j] = -87.0f * static_cast<float>(j) / kExponents;
  bench.race({"exp_simd",
              "",
              {{"n", kExponents}},
              "x from -87 to 0",
              Work::elements(kExponents, Work::kFunction, 8)},
             exp_simd, [=](auto f) { f(x[0], y[0]); });

  for (const int n : {512, 2048, 8192}) {
    const int rows = 32768 / n;  // 128 KiB to read, and 128 to write
    const Matrix S = numbers.matrix(rows, n);
    const MutableMatrix P = numbers.output(rows, n);
    bench.race({"softmax_simd",
                "softmax",
                {{"rows", rows}, {"n", n}},
                "",
                Work::elements(1.0 * rows * n, Work::kFunction + 4, 8),
                n == 2048},
               softmax_simd, [=](auto f) {
                 for (int i = 0; i < rows; ++i) f(S[i], P[i]);
               });
  }
}

}  // namespace qkoan::bench
