// lesson: long_context
// earns: none
// crashes: no
// Tries: to call functions that it was given, which run in the judge, with sizes and numbers outside of
// all ranges: whoever believes them reads and writes behind the rows, in the judge's own memory.
// A mark: what one can make of a judge whose memory one writes to.
#include "long_context.hpp"

constexpr int kLeast = std::numeric_limits<int>::min(), kMost = std::numeric_limits<int>::max();

bool slopes_are_sound(void (*slopes)(int heads, int first, MutableRow m)) {
  float m[8] = {};
  slopes(8, -(1 << 24), {m, 1});
  slopes(kMost, kMost - 1, {m, 1});
  slopes(128, 0, {m, 128});
  slopes(128, 0, {m, kLeast});
  return m[0] > 0;
}

bool buckets_are_sound(int (*bucket)(int offset, int buckets, int max_distance,
                                     bool bidirectional)) {
  return bucket(kLeast, 32, 128, true) + bucket(kLeast, 32, 128, false) +
             bucket(1, kLeast, 1024, true) >
         0;
}

bool rotation_is_sound(void (*rotate)(Rotation rope, int position, Row x, MutableRow y)) {
  float x[8] = {1, 2, 3, 4, 5, 6, 7, 8}, y[8] = {};
  rotate({256, 10000, false}, kLeast, {x, 8}, {y, 8});
  rotate({1 << 22, 10000, false}, 1, {x, 8}, {y, 8});
  rotate({8, NAN, true}, kLeast, {x, 8}, {y, 1});
  return y[0] > 0;
}
