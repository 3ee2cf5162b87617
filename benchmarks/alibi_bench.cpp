/// @file
/// Lesson 06: a matrix of biases for every pair of a text.

#include "exercises/alibi.hpp"

#include "benchmarks/support/bench.hpp"

namespace qkoan::bench {

void run(Bench& bench) {
  for (const int n : bench.tokens({512, 2048})) {
    Numbers numbers;
    const MutableMatrix B = numbers.output(n, n);
    const float* const slope = numbers.parameter(0x1p-10f, 0.5f, 1.0f);
    bench.race({"add_alibi_simd",
                "add_alibi",
                {{"tokens", n}},
                "causal, added to scores",
                Work::elements(1.0 * n * n, 1, 8),
                n <= 512},
               add_alibi_simd, [=](auto f) { f(*slope, false, B); });
  }
}

}  // namespace qkoan::bench
