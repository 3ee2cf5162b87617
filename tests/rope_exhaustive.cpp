/// @file
/// Measures the cosines and sines inside rope_simd of a solution at every position from 0 to 2²⁰, for
/// heads of 128. Not part of the suite, since it takes seconds:
///
///     rope_exhaustive build/solutions/rope.x86-64-v3.so
///
/// A pair (1, 0) is turned to (cosine, sine). The yardstick is double, whose angles err by less than
/// 2²⁰·2⁻⁵¹ = 5·10⁻¹⁰.

#include <dlfcn.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "rope.hpp"

namespace {

using RopeFunction = decltype(&rope_simd);

constexpr int kPositions = (1 << 20) + 1, kBlock = 256, kLength = 128;

struct Worst {
  double error = 0;
  int position = 0;
};

/// Takes blocks of positions until none is left.
Worst measure_blocks(RopeFunction rope_function, float base, std::atomic<int>& next) {
  Worst worst;
  std::vector<double> theta(kLength / 2);
  for (int k = 0; k < kLength / 2; ++k)
    theta[k] = std::pow(static_cast<double>(base), -2.0 * k / kLength);
  std::vector<int> positions(kBlock);
  std::vector<float> X(kBlock * kLength);
  for (;;) {
    const int begin = next.fetch_add(kBlock), n = std::min(kBlock, kPositions - begin);
    if (n <= 0) return worst;
    for (int i = 0; i < n; ++i) positions[i] = begin + i;
    for (int e = 0; e < n * kLength; ++e) X[e] = e % 2 == 0 ? 1 : 0;
    rope_function({kLength, base, false}, 1, {positions.data(), n}, {X.data(), n, kLength});
    for (int e = 0; e < n * kLength; e += 2) {
      const int position = positions[e / kLength];
      const double angle = position * theta[e % kLength / 2];
      const double error =
          std::max(std::abs(X[e] - std::cos(angle)), std::abs(X[e + 1] - std::sin(angle)));
      if (!(error <= worst.error)) worst = {error, position};  // so written, NaN is the worst
    }
  }
}

Worst measure_all(RopeFunction rope_function, float base) {
  Worst all;
  std::atomic<int> next = 0;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < std::max(1u, std::thread::hardware_concurrency()); ++t)
    threads.emplace_back([&] {
      const Worst worst = measure_blocks(rope_function, base, next);
      const std::lock_guard lock(mutex);
      if (!(worst.error <= all.error)) all = worst;
    });
  for (std::thread& thread : threads) thread.join();
  return all;
}

RopeFunction load(const std::string& file) {
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* function = library ? dlsym(library, "rope_simd") : nullptr;
  if (!function) {
    std::fprintf(stderr, "%s\nBuild a solution first and give the path of its .so file.\n",
                 dlerror());
    std::exit(2);
  }
  return reinterpret_cast<RopeFunction>(function);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures rope_simd at every position from 0 to 2^20.");
  std::string file;
  double limit = 2e-7;
  app.add_option("file", file, "shared object of a solution of rope")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("--limit", limit,
                 "greatest error allowed; the contract allows 4.8e-7, our solution promises 2e-7")
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;  // --help is no error
  }

  const RopeFunction rope_function = load(file.find('/') == file.npos ? "./" + file : file);
  bool right = true;
  for (const float base : {10000.0f, 500000.0f}) {
    const Worst worst = measure_all(rope_function, base);
    std::printf("base %g: greatest error %.3g, at position %d\n", base, worst.error,
                worst.position);
    right &= worst.error <= limit;
  }
  std::printf("%s: the limit is %g\n", right ? "passed" : "FAILED", limit);
  return right ? 0 : 1;
}
