#include "benchmarks/support/machine.hpp"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "exercises/simd.hpp"

namespace qkoan::bench {

namespace {

using simd::vec;

constexpr int kLanes = vec<float>::size();
constexpr int kChains = 12;  // latency 4, two a cycle: 8 would do on some, 10 on others
constexpr int kSteps = 1 << 13;
constexpr int kSlices = 40;

volatile float one_less = 0.999f;  // unknown to the compiler, so that a register holds it
volatile float sink;               // what is stored here must have been computed

template <class F>
double best_of(int slices, F f) {
  double least = seconds(f);
  for (int n = 1; n < slices; ++n) least = std::min(least, seconds(f));
  return least;
}

void read(const std::vector<float>& x) {
  constexpr int kSums = 8;
  vec<float> sums[kSums] = {};
  for (std::size_t n = 0; n + kSums * kLanes <= x.size(); n += kSums * kLanes)
#pragma GCC unroll 8
    for (int k = 0; k < kSums; ++k) sums[k] += simd::unchecked_load(x.data() + n + k * kLanes);
  vec<float> sum = sums[0];
  for (int k = 1; k < kSums; ++k) sum += sums[k];
  sink = simd::reduce(sum);
}

double read_rate(std::size_t bytes, int times, int slices) {
  const std::vector<float> x(bytes / sizeof(float), 1.0f);
  const auto all = [&] {
    for (int n = 0; n < times; ++n) read(x);
  };
  return static_cast<double>(bytes) * times / best_of(slices, all);
}

double write_rate(std::size_t bytes) {
  std::vector<float> x(bytes / sizeof(float));
  return static_cast<double>(bytes) / best_of(5, [&] { std::fill(x.begin(), x.end(), one_less); });
}

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "a processor without a name";
}

std::string compiler_name() {
#if defined(__clang__)
  return "clang " __clang_version__;
#else
  return "g++ " __VERSION__;
#endif
}

}  // namespace

void multiply_and_add() {
  vec<float> x[kChains];
#pragma GCC unroll 12
  for (int n = 0; n < kChains; ++n) x[n] = static_cast<float>(n + 2);
  const vec<float> factor = one_less, summand = 1 - one_less;
  for (int step = 0; step < kSteps; ++step)
#pragma GCC unroll 12
    for (int n = 0; n < kChains; ++n) x[n] = x[n] * factor + summand;
  vec<float> sum = 0;
#pragma GCC unroll 12
  for (int n = 0; n < kChains; ++n) sum += x[n];
  sink = simd::reduce(sum);
}

double operations_of_multiply_and_add() { return 2.0 * kChains * kLanes * kSteps; }

// A multiplication of whole numbers takes three cycles on every processor of the last ten years.
constexpr int kMultiplications = 1 << 13, kCycles = 3;

/// Vectors are worked on at the same time, five multiply-adds in three cycles: many processors run
/// slower while they do.
void dependent_multiplications() {
  constexpr int kTogether = 5;
  const vec<float> factor = one_less, summand = 1 - one_less;
  unsigned long x = 3;
  vec<float> y[2 * kTogether];
#pragma GCC unroll 10
  for (int n = 0; n < 2 * kTogether; ++n) y[n] = static_cast<float>(n);
  for (int n = 0; n < kMultiplications; n += 2) {
#pragma GCC unroll 10
    for (int k = 0; k < 2 * kTogether; ++k) {
      y[k] = y[k] * factor + summand;
      if (k % kTogether > 0) continue;
      x *= x;
      asm volatile("" : "+r"(x));  // one after the other
    }
  }
  vec<float> sum = 0;
#pragma GCC unroll 10
  for (int n = 0; n < 2 * kTogether; ++n) sum += y[n];
  sink = simd::reduce(sum);
}

double cycles_of_dependent_multiplications() { return kMultiplications * kCycles; }

int processors() {
  cpu_set_t allowed;
  return sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
}

Machine measure_machine() {
  Machine machine;
  machine.processor = processor_name();
  machine.compiler = compiler_name();
  machine.threads = processors();
  machine.lanes = kLanes;
  machine.clock =
      cycles_of_dependent_multiplications() / best_of(kSlices, dependent_multiplications);
  machine.peak = operations_of_multiply_and_add() / best_of(kSlices, multiply_and_add);
  return machine;
}

void measure_memory(Machine& machine) {
  machine.cache_read = read_rate(16 << 10, 64, kSlices);
  machine.cache2_read = read_rate(256 << 10, 4, kSlices);
  machine.memory_read = read_rate(256 << 20, 1, 5);
  machine.memory_write = write_rate(256 << 20);
}

}  // namespace qkoan::bench
