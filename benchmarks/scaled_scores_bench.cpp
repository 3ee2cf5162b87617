/// @file
/// Lesson 01: all scores of a head. A pair of query and key takes d multiplications and additions.

#include "exercises/scaled_scores.hpp"

#include "benchmarks/support/bench.hpp"

namespace qkoan::bench {

void run(Bench& bench) {
  for (const int n : {512, 2048}) {
    for (const int d : {64, 128}) {
      Numbers numbers;
      const Matrix Q = numbers.matrix(n, d), K = numbers.matrix(n, d);
      const MutableMatrix S = numbers.output(n, n);
      bench.race_in_two(
          {"scaled_scores_simd",
           "scaled_scores",
           {{"tokens", n}, {"d", d}},
           "",
           Work::operations(2.0 * n * n * d, 4.0 * n * (2.0 * d + n)),
           n == 512 && d == 64},
          scaled_scores_simd, [=](auto f) { f(Q, K, S); },
          [=](auto f, int half) {
            const int first = half * n / 2;
            f({Q[first].data, n / 2, d}, K, {S[first].data, n / 2, n});
          },
          S);
    }
  }
}

}  // namespace qkoan::bench
