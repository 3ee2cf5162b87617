/// @file
/// Lesson 04: a matrix of biases for every pair of a text.

#include "exercises/offset_bias.hpp"

#include "benchmarks/support/bench.hpp"

namespace qkoan::bench {

void run(Bench& bench) {
  for (const int n : bench.tokens({512, 2048})) {
    Numbers numbers;
    const Matrix table = numbers.matrix(1, n);
    const MutableMatrix B = numbers.output(n, n);
    bench.race({"offset_bias_simd",
                "offset_bias",
                {{"tokens", n}},
                "causal",
                Work::elements(1.0 * n * n, 0, 4),
                n <= 512},
               offset_bias_simd, [=](auto f) { f(table[0], false, B); });
  }
}

}  // namespace qkoan::bench
