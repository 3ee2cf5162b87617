// lesson: alibi
// earns: none
// Tries: to leave another rounding behind, so that the grader's own bounds are wrong.
// A mark: none by itself; all that is calculated after it is off.
#include <cfenv>

#include "alibi.hpp"

void alibi_slopes(int heads, int, MutableRow slopes) {
  std::fesetround(heads % 2 ? FE_UPWARD : FE_DOWNWARD);
  for (float& m : slopes) m = 0;
}
