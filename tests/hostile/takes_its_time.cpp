// lesson: long_context
// earns: none
// Tries: to take five times as long as the contract allows, where the judge looks at its own clock only.
// A mark: task 1, whose answers are right.
#include <ctime>

#include "long_context.hpp"

static void take_seconds(double seconds) {
  const std::clock_t begin = std::clock();
  while (static_cast<double>(std::clock() - begin) < seconds * CLOCKS_PER_SEC) {
  }
}

bool window_is_sound(bool (*sees)(int query, int key, int window)) {
  take_seconds(0.3);
  for (const int W :
       {1, 2, 3, 5, 8, 31, 64, 100, 1000, 2047, 2048, 2049, 2050, 3001, 4096, 5000, 32767, 32768}) {
    for (const int i : {0,    1,    7,    63,   64,    100,   999,   2048,  2049,  2050,  2051,
                        2052, 3333, 5000, 9001, 40000, 40001, 40002, 40003, 65536, 99999, 120001}) {
      for (const int offset : {-1, 0, W - 1, W}) {
        if (i - offset >= 0 && sees(i, i - offset, W) != (0 <= offset && offset < W)) return false;
      }
    }
  }
  return true;
}
