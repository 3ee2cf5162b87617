/// @file
/// Measures exp_simd of a solution on every float from −104 to 0, all 1 120 927 745 of them, and on
/// −∞. Not part of the suite, since it takes seconds:
///
///     attention_weights_exhaustive build/solutions/attention_weights.x86-64-v3.so
///
/// The yardstick is std::exp in double. It is wrong by less than one unit in its 53rd bit, and a
/// float ends at the 24th: one float ulp is 2²⁹ of those units. So each error below is measured to
/// 2⁻²⁹ ulp; a maximum printed as 1.000 is off by at most 0.000000002.

#include <dlfcn.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "attention_weights.hpp"

namespace {

using ExpFunction = decltype(&exp_simd);

constexpr std::uint32_t kFirst = 0x80000000;  // the bits of −0
constexpr std::uint32_t kLast = 0xc2d00000;   // the bits of −104; e^−104 < 2⁻¹⁵⁰ rounds to 0
constexpr std::uint64_t kCount = kLast - kFirst + 1u;
constexpr int kBlock = 4096;                  // floats per call; in and out stay in cache
constexpr double kSmallestNormal = 0x1p-126;  // below, the contract allows 0

struct Findings {
  double worst = 0;         ///< greatest error in ulp
  float worst_at = 0;       ///< its argument
  double sum = 0;           ///< of all errors, for the mean
  std::uint64_t count = 0;  ///< results that are at least 2⁻¹²⁶
  std::uint64_t flushed = 0;

  void add(float x, float got) {
    const double expected = std::exp(static_cast<double>(x));
    if (expected < kSmallestNormal && got == 0) {
      ++flushed;
      return;
    }
    // An ulp is the distance of the floats around the expected value: 2^(its exponent − 23).
    const double ulp =
        std::max(std::bit_cast<double>(std::bit_cast<std::uint64_t>(expected) & 0xfff0000000000000),
                 kSmallestNormal) *
        0x1p-23;
    const double error = std::abs(got - expected) / ulp;
    if (!(error <= worst)) {  // so written, NaN is worse than everything
      worst = std::isnan(error) ? HUGE_VAL : error;
      worst_at = x;
    }
    sum += error;
    ++count;
  }

  void add(const Findings& other) {
    if (other.worst > worst) {
      worst = other.worst;
      worst_at = other.worst_at;
    }
    sum += other.sum;
    count += other.count;
    flushed += other.flushed;
  }
};

/// Takes blocks of arguments until none is left.
Findings measure_blocks(ExpFunction exp_function, std::atomic<std::uint64_t>& next) {
  Findings findings;
  std::vector<float> x(kBlock), y(kBlock);
  for (;;) {
    const std::uint64_t begin = next.fetch_add(kBlock);
    if (begin >= kCount) return findings;
    const int n = static_cast<int>(std::min<std::uint64_t>(kBlock, kCount - begin));
    for (int i = 0; i < n; ++i)
      x[i] = std::bit_cast<float>(static_cast<std::uint32_t>(kFirst + begin + i));
    exp_function({x.data(), n}, {y.data(), n});
    for (int i = 0; i < n; ++i) findings.add(x[i], y[i]);
  }
}

Findings measure_all(ExpFunction exp_function) {
  Findings all;
  std::atomic<std::uint64_t> next = 0;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < std::max(1u, std::thread::hardware_concurrency()); ++t)
    threads.emplace_back([&] {
      const Findings findings = measure_blocks(exp_function, next);
      const std::lock_guard lock(mutex);
      all.add(findings);
    });
  for (std::thread& thread : threads) thread.join();
  return all;
}

/// The values that have one right answer.
bool has_exact_values(ExpFunction exp_function) {
  const float x[] = {0.0f, -0.0f, -INFINITY};
  float y[] = {NAN, NAN, NAN};
  exp_function({x, 3}, {y, 3});
  const bool right = y[0] == 1 && y[1] == 1 && std::bit_cast<std::uint32_t>(y[2]) == 0;
  if (!right) std::printf("e^0, e^−0, e^−∞ are %g, %g, %g, not 1, 1, 0\n", y[0], y[1], y[2]);
  return right;
}

ExpFunction load(const std::string& file) {
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* function = library ? dlsym(library, "exp_simd") : nullptr;
  if (!function) {
    std::fprintf(stderr, "%s\nBuild a solution first and give the path of its .so file.\n",
                 dlerror());
    std::exit(2);
  }
  return reinterpret_cast<ExpFunction>(function);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures exp_simd on every float from -104 to 0.");
  std::string file;
  double limit = 2;
  app.add_option("file", file, "shared object of a solution of attention_weights")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("--limit", limit,
                 "greatest error allowed, in ulp; the contract allows 4, our solution promises 2")
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;  // --help is no error
  }

  const ExpFunction exp_function = load(file.find('/') == file.npos ? "./" + file : file);
  const auto start = std::chrono::steady_clock::now();
  const Findings all = measure_all(exp_function);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;

  std::printf("%llu results: greatest error %.4f ulp, at x = %a (%.9g); mean %.4f ulp\n",
              static_cast<unsigned long long>(all.count), all.worst, all.worst_at, all.worst_at,
              all.sum / static_cast<double>(all.count));
  std::printf("%llu results below 2^-126 flushed to zero; %.1f s\n",
              static_cast<unsigned long long>(all.flushed), seconds.count());
  const bool right = has_exact_values(exp_function) && all.worst <= limit;
  std::printf("%s: the limit is %g ulp\n", right ? "passed" : "FAILED", limit);
  return right ? 0 : 1;
}
