// lesson: alibi
// earns: none
// Tries: to say "passed" for all tasks and to leave, before the suite has begun.
// A mark: every task.
#include "alibi.hpp"
#include "parts/events.hpp"

__attribute__((constructor)) static void forge() {
  forge_verdict(ALL_OF_ALIBI);
  _exit(0);
}

void alibi_slopes(int, int, MutableRow) {}
