/// @file
/// How fast a solution of lesson 12 is, in parts of what the machine can do: floating point operations
/// per second of a fused multiply-add chain, measured in turn with the kernels. One thread, causal,
/// ALiBi; only pairs that are seen count. Medians.
///
///     cmake --build build --target attention_bench && build/bin/attention_bench [FILE.so]

#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "attention.hpp"
#include "simd.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using Fused = decltype(&fused_attention);

constexpr int kRounds = 9;

template <class F>
double seconds(F f) {
  const auto start = Clock::now();
  f();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

volatile float sink;  // what is stored here must have been computed

constexpr int kChains = 12, kSteps = 1 << 15, kSlices = 8;
volatile float one_less = 0.999f;  // unknown to the compiler, so that a register holds it

/// Multiply-adds on registers alone: as many chains as hide the latency of one.
void multiply_and_add() {
  using simd::vec;
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

/// The best of some short slices: who is disturbed in one is not in all.
double peak() {
  double least = seconds(multiply_and_add);
  for (int n = 1; n < kSlices; ++n) least = std::min(least, seconds(multiply_and_add));
  return 2.0 * kChains * simd::vec<float>::size() * kSteps / least;
}

double median(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers[numbers.size() / 2];
}

/// The best solution that this machine can run.
std::string best_solution() {
  std::string level = "native";
#if defined(__x86_64__)
  level = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") ? "x86-64-v4"
          : __builtin_cpu_supports("avx2")                                        ? "x86-64-v3"
                                                                                  : "x86-64-v2";
#endif
  return "build/solutions/attention." + level + ".so";
}

void measure(Fused fused, Fused scalar, int n, int d) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> x(4 * static_cast<std::size_t>(n) * d);
  for (float& e : x) e = normal(random);
  const auto part = [&](int k) { return x.data() + static_cast<std::size_t>(k) * n * d; };
  const auto run = [&](Fused f) {
    return seconds(
        [&] { f({part(0), n, d}, {part(1), n, d}, {part(2), n, d}, 0x1p-4f, {part(3), n, d}); });
  };
  const double operations = 2.0 * n * (n + 1.0) * d;  // two products of d per pair that is seen
  std::vector<double> share, rate, ratio;
  run(fused);
  for (int round = 0; round < kRounds; ++round) {
    const double limit = peak(), time = run(fused);
    rate.push_back(operations / time / 1e9);
    share.push_back(100 * operations / time / limit);
    if (n <= 1024) ratio.push_back(run(scalar) / time);
  }
  std::printf("%6d %5d %10.1f %10.1f %%", n, d, median(rate), median(share));
  std::printf(ratio.empty() ? "\n" : " %12.1f x\n", ratio.empty() ? 0 : median(ratio));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string file = argc > 1 ? argv[1] : best_solution();
  void* library = dlopen((file.find('/') == file.npos ? "./" + file : file).c_str(), RTLD_NOW);
  const auto find = [&](const char* name) {
    return reinterpret_cast<Fused>(library ? dlsym(library, name) : nullptr);
  };
  const Fused fused = find("fused_attention_simd"), scalar = find("fused_attention");
  if (!fused || !scalar) {
    std::fprintf(stderr,
                 "%s\nBuild the solution first: cmake --build build --target attention_solution\n",
                 dlerror());
    return 2;
  }
  std::printf("%s\ntokens     d     GFLOP/s    of peak    against scalar\n", file.c_str());
  for (const int n : {512, 2048})
    for (const int d : {64, 128}) measure(fused, scalar, n, d);
}
