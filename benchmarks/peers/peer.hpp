#ifndef QKOAN_BENCHMARKS_PEERS_PEER_HPP
#define QKOAN_BENCHMARKS_PEERS_PEER_HPP
/// @file
/// What all peers have.

#ifdef __SSE__
#include <xmmintrin.h>
#endif

#include <string>
#include <vector>

/// Version and settings of what races; a race tells them before the first one that the library is
/// in.
extern "C" const char* qkoan_about();

namespace qkoan::peers {

inline std::string version(int major, int minor, int patch) {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

/// What `make` prepared for these sizes, kept until they change: preparing takes longer than many a
/// call. Each place that calls this has its own.
template <class Make>
auto& kept(const std::vector<int>& sizes, Make make) {
  thread_local std::vector<int> of;
  thread_local auto last = make();
  if (!of.empty() && of != sizes) last = make();
  of = sizes;
  return last;
}

/// While it lives, results below 2⁻¹²⁶ become 0, as the contract of attention permits and as many
/// who run models set it. With ALiBi the weights of far keys are such numbers, and a product with
/// one of them takes some hundred cycles.
class [[maybe_unused]] FlushToZero {
 public:
#ifdef __SSE__
  FlushToZero() { _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON); }
  ~FlushToZero() { _mm_setcsr(before_); }

 private:
  unsigned before_ = _mm_getcsr();
#endif
};

/// Memory for all scores, kept from call to call: nobody is charged for pages that the system
/// clears. It begins at a cache line, since sums of libraries depend on where their rows begin.
inline float* workspace(int rows, int cols) {
  struct alignas(64) Line {
    float elements[16];
  };
  thread_local std::vector<Line> memory;
  const std::size_t lines = static_cast<std::size_t>(rows) * cols / 16 + 1;
  if (memory.size() < lines) memory.resize(lines);
  return memory.front().elements;
}

}  // namespace qkoan::peers

#endif
