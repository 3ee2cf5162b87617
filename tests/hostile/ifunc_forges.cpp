// lesson: alibi
// earns: none
// Tries: to say "passed" and to leave while symbols are bound, before all constructors.
// A mark: every task.
#include "alibi.hpp"
#include "parts/events.hpp"

extern "C" {
static void nothing(int, int, MutableRow) {}
decltype(&nothing) choose();
decltype(&nothing) choose() {
  forge_verdict(ALL_OF_ALIBI);
  _exit(0);
}
void alibi_slopes(int, int, MutableRow) __attribute__((ifunc("choose")));
}
