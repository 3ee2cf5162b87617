/// @file
/// Lesson 13: one step of decoding. Each number of the cache is used once: memory is the limit.

#include "exercises/kv_cache.hpp"

#include <numeric>

#include "benchmarks/support/bench.hpp"

namespace qkoan::bench {

void run(Bench& bench) {
  constexpr int d = 128;
  for (const int slots : {512, 4096, 65536}) {
    Numbers numbers;
    const Matrix q = numbers.matrix(1, d), K = numbers.matrix(slots, d),
                 V = numbers.matrix(slots, d);
    const MutableMatrix o = numbers.output(1, d);
    std::vector<int> places(slots);
    std::iota(places.begin(), places.end(), 0);
    const Integers positions{places.data(), slots};
    const float* const slope = numbers.parameter(0x1p-8f, 0x1p-14f, 0x1p-13f);
    bench.race({"decode_simd",
                "decode",
                {{"slots", slots}, {"d", d}},
                "",
                Work::operations(4.0 * slots * d, 8.0 * slots * d),
                slots == 4096},
               decode_simd,
               [=](auto f) { f(q[0], slots - 1, positions, K, V, slots, *slope, o[0]); });
  }
}

}  // namespace qkoan::bench
