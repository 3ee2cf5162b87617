// lesson: alibi
// earns: none
// Tries: to put a function that does nothing in the place of the one that reports a failure.
// A mark: every task, whose failure nobody hears of.
#include "alibi.hpp"
#include "parts/symbols.hpp"

static void nothing() {}

__attribute__((constructor)) static void replace() {
  redirect(find_symbol("qkoan8Reporter6failedE"), reinterpret_cast<void*>(nothing));
}

void alibi_slopes(int, int, MutableRow) {}
