/// @file
/// Lesson 11: tables of cosines and sines. The work is counted in pairs of them.

#include "exercises/rope_scaling.hpp"

#include <cmath>

#include "benchmarks/support/bench.hpp"

namespace qkoan::bench {

void run(Bench& bench) {
  constexpr int n = 512, kPairs = 64;
  Numbers numbers;
  const MutableMatrix theta = numbers.output(1, kPairs), cosines = numbers.output(n, kPairs),
                      sines = numbers.output(n, kPairs);
  for (int k = 0; k < kPairs; ++k) theta[0][k] = std::pow(1e4f, -static_cast<float>(k) / kPairs);
  for (const int first : {0, 1 << 19}) {
    bench.race({"scaled_tables_simd",
                "",
                {{"tokens", n}, {"pairs", kPairs}, {"first", first}},
                "",
                Work::elements(1.0 * n * kPairs, 2 * Work::kFunction, 8)},
               scaled_tables_simd, [=](auto f) { f(theta[0], 1.1f, first, cosines, sines); });
  }
}

}  // namespace qkoan::bench
