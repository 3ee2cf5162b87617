// lesson: alibi
// earns: none
// Tries: to call itself until the stack ends, with the limit of the stack raised before.
// A mark: none.
#include <sys/resource.h>

#include "alibi.hpp"

static float deeper(volatile float* above) {
  volatile float here[256] = {*above + 1};
  return deeper(here) + here[0];
}

void alibi_slopes(int, int, MutableRow slopes) {
  const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_STACK, &none);
  volatile float begin = 0;
  slopes[0] = deeper(&begin);
}
