/// @file
/// Lesson 08: the biases of all distances.

#include "exercises/sandwich.hpp"

#include "benchmarks/support/bench.hpp"

namespace qkoan::bench {

void run(Bench& bench) {
  for (const int n : {512, 8192}) {
    Numbers numbers;
    const MutableMatrix line = numbers.output(1, n);
    const int* const d = numbers.even(128, 64, 192);
    bench.race(
        {"sandwich_line_simd",
         "sandwich",
         {{"tokens", n}, {"d", 128}},
         "",
         Work::elements(64.0 * n, Work::kFunction + 1, 4.0 / 64),
         n == 512},
        sandwich_line_simd, [=](auto f) { f(*d, line[0]); }, sandwich,
        [=](auto f) {
          for (int j = 0; j < n; ++j) line[0][j] = f(*d, j);
        });
  }
}

}  // namespace qkoan::bench
