// lesson: alibi
// earns: none
// compiles: no
// ends: no
// Tries: to make the compiler work for ever: a binary tree of templates, each of its own.
// A mark: none; time and memory are what it costs.
#include "alibi.hpp"

template <int depth, unsigned long path>
struct Tree {
  static constexpr long value =
      Tree<depth - 1, 2 * path>::value + Tree<depth - 1, 2 * path + 1>::value;
};
template <unsigned long path>
struct Tree<0, path> {
  static constexpr long value = 1;
};

void alibi_slopes(int, int, MutableRow slopes) { slopes[0] = Tree<60, 1>::value; }
