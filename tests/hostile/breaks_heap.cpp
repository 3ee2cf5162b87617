// lesson: alibi
// earns: none
// Tries: to free what is not its own, so that the grader's next allocation is in the attacker's
// hands.
// A mark: none by itself.
#include <cstdlib>

#include "alibi.hpp"

void alibi_slopes(int, int, MutableRow slopes) {
  void* const twice = std::malloc(64);
  std::free(twice);
  void* volatile again = twice;
  std::free(again);
  std::free(slopes.data);
}
