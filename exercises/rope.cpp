// Lesson 10: rotary position embedding.     Contract: exercises/rope.hpp
//                                           Page:     lessons/10-rope/README.md
// Replace each todo(...) by your code and save: ./qkoan judges it at once. `h` shows a hint.

#include "rope.hpp"

#include "simd.hpp"

// TODO 1: one angle for each pair, position·base^(−2k/r). Positions may be large: what is a float
// angle worth at position 1,000,000?
void rope_table(int position, float base, MutableRow cosines, MutableRow sines) {
  todo(1);
}

// TODO 2: turn each pair by its angle. Which elements are a pair, and how many are rotated at all?
void rope(Rope rope, int position, Row x, MutableRow y) {
  todo(2);
}

// TODO 3: rotate both and multiply, or find out what is left of t and s.
float rope_score(Row q, Row k, float base, int t, int s) {
  todo(3);
}

// TODO 4: rows 0, 2, 4, … of each head, then rows 1, 3, 5, …
void half_split_rows(int heads, Matrix W, MutableMatrix P) {
  todo(4);
}

// TODO 5: all heads of all rows, in place. All heads of a row share their angles.
void rope_simd(Rope rope, int heads, Integers positions, MutableMatrix X) {
  todo(5);
}
