// lesson: alibi
// earns: none
// compiles: no
// Tries: to make the compiler complain a million times.
// A mark: none; the grader that keeps all of it drowns.
#include "alibi.hpp"

#define TEN(x) x x x x x x x x x x
#define MANY(x) TEN(TEN(TEN(TEN(TEN(TEN(x))))))

void alibi_slopes(int, int, MutableRow) {
  MANY({ undeclared_name_of_a_hundred_characters_undeclared_name_of_a_hundred_characters(); })
}
