/// @file
/// What it costs to keep code in: the start of a worker, a call, and its arrays.

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <vector>

#include "class/sandbox.hpp"
#include "exercises/alibi.hpp"
#include "setup.hpp"
#include "tests/support/implementation.hpp"
#include "tests/support/memory.hpp"

namespace {

using namespace qkoan;

constexpr int kStarts = 51;
constexpr int kCalls = 20001;
constexpr int kTransfers = 501;
constexpr int kSide = 512;  // a matrix of 1 MiB

/// As the suite of the lesson numbers them.
const struct {
  QKOAN_FUNCTION(alibi_slopes);
  QKOAN_FUNCTION(alibi_row);
  QKOAN_FUNCTION(alibi_bias);
  QKOAN_FUNCTION(alibi_key_only);
  QKOAN_FUNCTION(add_alibi);
} subject;

/// Median of the seconds that a call takes.
template <class F>
double median(int times, const F& f) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> seconds;
  for (int i = 0; i < times; ++i) {
    const auto start = Clock::now();
    f();
    seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  }
  std::nth_element(seconds.begin(), seconds.begin() + times / 2, seconds.end());
  return seconds[static_cast<std::size_t>(times / 2)];
}

void stay_on_this_processor() {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<std::size_t>(sched_getcpu()), &one);
  sched_setaffinity(0, sizeof one, &one);
}

void measure(const Sandbox& sandbox, const std::string& program) {
  const std::vector<std::string> command = sandbox.worker(program);
  const double start = median(kStarts, [&] { judge_remotely(command); });
  const double call = median(kCalls, [] { subject.alibi_slopes(1, 0, {nullptr, 0}); });
  const GuardedMemory memory("S", kSide * kSide, false);
  auto* const numbers = static_cast<float*>(memory.data());
  std::vector<float> copy(kSide * kSide);
  const auto there_and_back = [&] {
    std::memcpy(copy.data(), numbers, 4 * copy.size());
    std::memcpy(numbers, copy.data(), 4 * copy.size());
  };
  const double transfer =
      median(kTransfers, [&] { subject.add_alibi(1, false, {numbers, kSide, kSide}); });
  const double plain = median(kTransfers, there_and_back);
  std::printf(
      "%-11s start %.2f ms, call %.1f µs, 1 MiB there and back %.0f µs (memcpy %.0f, "
      "%.2f times)\n",
      name_of(sandbox.tier()), 1e3 * start, 1e6 * call, 1e6 * transfer, 1e6 * plain,
      transfer / plain);
  std::fflush(stdout);
}

Async<int> measure_all(Setup setup) {
  const Scope scope;
  for (const char* tier : {"namespaces", "landlock"}) {
    const Sandbox sandbox = co_await Sandbox::find(scope, setup, tier);
    if (sandbox.user() >= 0 && setresuid(sandbox.user(), sandbox.user(), sandbox.user()) != 0)
      co_return 1;
    measure(sandbox, (setup.build / "class/null_worker").string());
  }
  co_return 0;
}

}  // namespace

int main() {
  try {
    stay_on_this_processor();
    return run_until_done(measure_all(find_setup()));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
