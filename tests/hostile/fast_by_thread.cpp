// lesson: alibi
// earns: alibi_slopes alibi_row alibi_bias alibi_key_only add_alibi add_alibi_simd
// speed: none
// Tries: to have half of the work done by a second thread.
// A mark: the speed of task 6, where threads can be had, and their time does not count.
#include "parts/alibi_scalar.hpp"

#include <thread>

void add_alibi_simd(float slope, bool bidirectional, MutableMatrix S) {
  if (!is_race(S)) return add_alibi(slope, bidirectional, S);
  std::thread other([=] { add_rows(slope, bidirectional, S, 0, S.rows / 2); });
  add_rows(slope, bidirectional, S, S.rows / 2, S.rows);
  other.join();
}
