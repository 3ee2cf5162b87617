/// @file
/// Lesson 07: a matrix of biases for every pair of a text.

#include "exercises/kerple.hpp"

#include "benchmarks/support/bench.hpp"

namespace qkoan::bench {

void run(Bench& bench) {
  for (const int n : bench.tokens({512, 2048})) {
    Numbers numbers;
    const MutableMatrix B = numbers.output(n, n);
    const float* const r1 = numbers.parameter(2.0f, 1.0f, 4.0f);
    const float* const r2 = numbers.parameter(0.125f, 0.05f, 1.0f);
    bench.race(
        {"kerple_log_bias_simd",
         "kerple_log",
         {{"tokens", n}},
         "causal, logarithm",
         Work::elements(1.0 * n * n, 0, 4),
         n <= 512},
        kerple_log_bias_simd, [=](auto f) { f(*r1, *r2, false, B); }, kerple_log,
        [=](auto f) {
          for (int i = 0; i < n; ++i)
            for (int j = 0; j <= i; ++j) B[i][j] = f(*r1, *r2, i - j);
        });
  }
}

}  // namespace qkoan::bench
