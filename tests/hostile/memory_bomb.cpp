// lesson: alibi
// earns: none
// Tries: to use up the memory. (4 gigabytes.)
// A mark: none; the others' programs are killed in its place.
#include <sys/mman.h>

#include "alibi.hpp"
#include "parts/marks.hpp"

void alibi_slopes(int, int, MutableRow) {
  constexpr long kBlock = 64 << 20;
  static long total = 0;
  for (; total < 4l << 30; total += kBlock) {
    void* const block =
        mmap(nullptr, kBlock, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) return;
    for (long at = 0; at < kBlock; at += 4096) static_cast<char*>(block)[at] = 1;
  }
}
