/// @file
/// Lesson 09: a matrix of biases for every pair of a text.

#include "exercises/fire.hpp"

#include "benchmarks/support/bench.hpp"

namespace qkoan::bench {

void run(Bench& bench) {
  for (const int n : bench.tokens({512, 2048})) {
    Numbers numbers;
    const Matrix w = numbers.matrix(3, 32);
    const Fire fire{0.1f, 64, w[0], w[1], w[2], 0.5f};
    const MutableMatrix B = numbers.output(n, n);
    bench.race({"fire_bias_simd",
                "fire_bias",
                {{"tokens", n}},
                "causal, 32 hidden units",
                Work::elements(1.0 * n * n, 1.5, 4),
                n <= 512},
               fire_bias_simd, [=](auto f) { f(fire, false, B); });
  }
}

}  // namespace qkoan::bench
