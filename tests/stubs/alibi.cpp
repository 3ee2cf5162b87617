// Lesson 06: a linear penalty on distance.     Contract: exercises/alibi.hpp
//                                              Page:     lessons/06-alibi/README.md
// Replace each todo(...) by your code and save: ./qkoan judges it at once. `h` shows a hint.

#include "alibi.hpp"

#include "simd.hpp"

// TODO 1: one slope per head. What is the largest power of two that is ≤ heads? The other heads
// take every other slope of a model with twice as many.
void alibi_slopes(int heads, int first, MutableRow slopes) {
  todo(1);
}

// TODO 2: a distance is a whole number; subtract first, multiply then.
void alibi_row(float slope, int position, bool bidirectional, MutableRow bias) {
  todo(2);
}

// TODO 3: one such row for every query. The last query stands at the last key.
void alibi_bias(float slope, bool bidirectional, MutableMatrix B) {
  todo(3);
}

// TODO 4: what is left of the bias when no query occurs in it. One row for each head.
void alibi_key_only(Row slopes, MutableMatrix K) {
  todo(4);
}

// TODO 5: add the biases to scores, in place. What becomes of a NaN that nobody may see?
void add_alibi(float slope, bool bidirectional, MutableMatrix S) {
  todo(5);
}

// TODO 6: the same with SIMD. A row is one ramp, or two; simd::iota counts the lanes.
void add_alibi_simd(float slope, bool bidirectional, MutableMatrix S) {
  todo(6);
}
