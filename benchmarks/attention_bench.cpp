/// @file
/// Lesson 12: fused causal attention. Only pairs that are seen count as work.

#include "exercises/attention.hpp"

#include "benchmarks/support/bench.hpp"

namespace qkoan::bench {

void run(Bench& bench) {
  for (const int n : {512, 2048, 8192}) {
    for (const int d : {64, 128}) {
      Numbers numbers;
      const Matrix Q = numbers.matrix(n, d), K = numbers.matrix(n, d), V = numbers.matrix(n, d);
      const Matrix by_distance = numbers.matrix(1, n);
      const Matrix zeros = numbers.output(1, n);
      const MutableMatrix O = numbers.output(n, d);
      const Work work = Work::operations(2.0 * n * (n + 1.0) * d);  // two products of d for a pair
      const std::string twin = n <= 2048 ? "fused_attention" : "";  // it would take seconds
      bench.race({"fused_attention_simd",
                  twin,
                  {{"tokens", n}, {"d", d}},
                  "ALiBi",
                  work,
                  n == 512 && d == 64},
                 fused_attention_simd, [=](auto f) { f(Q, K, V, 0x1p-4f, O); });
      bench.race(
          {"biased_attention_simd", "", {{"tokens", n}, {"d", d}}, "any bias by distance", work},
          biased_attention_simd, [=](auto f) { f(Q, K, V, by_distance[0], O); });
      bench.race({"biased_attention_simd", "", {{"tokens", n}, {"d", d}}, "without bias", work},
                 biased_attention_simd, [=](auto f) { f(Q, K, V, zeros[0], O); });
    }
  }
}

}  // namespace qkoan::bench
