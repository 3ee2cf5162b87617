/// @file
/// Lesson 07: a matrix of biases for every pair of a text.

#include "exercises/kerple.hpp"

#include "benchmarks/support/bench.hpp"

namespace qkoan::bench {

void run(Bench& bench) {
  for (const int n : {512, 2048}) {
    Numbers numbers;
    const MutableMatrix B = numbers.output(n, n);
    bench.race({"kerple_log_bias_simd",
                "",
                {{"tokens", n}},
                "causal, logarithm",
                Work::elements(1.0 * n * n)},
               kerple_log_bias_simd, [=](auto f) { f(2.0f, 0.125f, false, B); });
  }
}

}  // namespace qkoan::bench
