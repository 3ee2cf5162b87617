/// @file
/// Lesson 05: a matrix of biases for every pair of a text.

#include "exercises/t5_buckets.hpp"

#include "benchmarks/support/bench.hpp"

namespace qkoan::bench {

void run(Bench& bench) {
  for (const int n : bench.tokens({512, 2048})) {
    Numbers numbers;
    const Matrix table = numbers.matrix(1, 32);
    const MutableMatrix B = numbers.output(n, n);
    bench.race({"t5_bias_simd",
                "t5_bias",
                {{"tokens", n}},
                "causal, 32 buckets, 128",
                Work::elements(1.0 * n * n, 0, 4),
                n <= 512},
               t5_bias_simd, [=](auto f) { f(table[0], 128, false, B); });
  }
}

}  // namespace qkoan::bench
