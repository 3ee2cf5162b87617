/// @file
/// Lesson 14: from the gradient of the output to that of the scores.

#include "exercises/bias_gradients.hpp"

#include "benchmarks/support/bench.hpp"

namespace qkoan::bench {

void run(Bench& bench) {
  for (const int n : {512, 2048}) {
    constexpr int d = 64;
    Numbers numbers;
    const Matrix V = numbers.matrix(n, d), dO = numbers.matrix(n, d);
    const MutableMatrix P = numbers.weights(n, n), G = numbers.output(n, n);
    bench.race({"scores_gradient_simd",
                "scores_gradient",
                {{"tokens", n}, {"d", d}},
                "",
                Work::operations(2.0 * n * n * d, 8.0 * n * (d + n)),
                n == 512},
               scores_gradient_simd, [=](auto f) { f(P, V, dO, G); });
  }
}

}  // namespace qkoan::bench
