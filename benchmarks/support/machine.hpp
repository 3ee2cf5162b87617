#ifndef QKOAN_BENCHMARKS_SUPPORT_MACHINE_HPP
#define QKOAN_BENCHMARKS_SUPPORT_MACHINE_HPP
/// @file
/// What this machine can do at best: the limits that kernels are measured against.

#include <chrono>
#include <string>

namespace qkoan::bench {

/// How long f takes, by a clock that never steps back.
template <class F>
double seconds(F f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Multiply-adds on registers alone, as many at a time as hide the latency of one.
void multiply_and_add();

/// Floating point operations of one call of multiply_and_add().
double operations_of_multiply_and_add();

/// Multiplications of which each waits for the one before, a known number of cycles.
void dependent_multiplications();
/// Cycles of one call of dependent_multiplications().
double cycles_of_dependent_multiplications();

/// Limits of one thread. Each is the best of many short slices: who is disturbed in one is not in
/// all.
struct Machine {
  std::string processor;    ///< as it names itself
  std::string compiler;     ///< of this program, and as a rule of the solutions
  int threads = 0;          ///< that can run at a time
  int lanes = 0;            ///< floats in a vector
  double clock = 0;         ///< cycles per second, while vectors are worked on
  double peak = 0;          ///< floating point operations per second
  double cache_read = 0;    ///< bytes per second, from 16 KiB
  double cache2_read = 0;   ///< bytes per second, from 256 KiB
  double memory_read = 0;   ///< bytes per second, from 256 MiB
  double memory_write = 0;  ///< bytes per second, to 256 MiB
};

/// How many threads of this process can run at a time.
int processors();

/// Everything but the memory's.
Machine measure_machine();

/// Takes half a second.
void measure_memory(Machine& machine);

}  // namespace qkoan::bench

#endif
