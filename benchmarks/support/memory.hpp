#ifndef QKOAN_BENCHMARKS_SUPPORT_MEMORY_HPP
#define QKOAN_BENCHMARKS_SUPPORT_MEMORY_HPP
/// @file
/// How much memory a call takes.

#include <functional>

namespace qkoan::bench {

/// Bytes by which the resident memory of a fresh process grows at most while it calls f. The kernel of
/// the system counts, so that everything is seen: new, malloc, mmap and the stack; only the program's
/// code, which is read from its file when it first runs, does not count.
/// @throws std::runtime_error if the system does not tell, or the call crashes
double peak_memory(const std::function<void()>& f);

}  // namespace qkoan::bench

#endif
