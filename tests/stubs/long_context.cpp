// Lesson 15: is this implementation sound?      Contract: exercises/long_context.hpp
//                                               Page:     lessons/15-long_context/README.md
// Replace each todo(...) by your code and save: ./qkoan judges it at once. `h` shows a hint.

#include "long_context.hpp"

// TODO 1: which offsets does a window have at its borders? Ask there, near and far, for many W.
bool window_is_sound(bool (*sees)(int query, int key, int window)) {
  todo(1);
}

// TODO 2: compare with the slopes of lesson 06: all numbers of heads, all parts.
bool slopes_are_sound(void (*slopes)(int heads, int first, MutableRow m)) {
  todo(2);
}

// TODO 3: lesson 05 again, and a comparison that whole numbers decide.
bool buckets_are_sound(int (*bucket)(int offset, int buckets, int max_distance,
                                     bool bidirectional)) {
  todo(3);
}

// TODO 4: angles in double; both layouts, a part of the head, both signs, near and far.
bool rotation_is_sound(void (*rotate)(Rotation rope, int position, Row x, MutableRow y)) {
  todo(4);
}

// TODO 5: cosine² + sine² says what the tables put into a score. Not at position 0 alone.
bool yarn_is_sound(Yarn yarn) {
  todo(5);
}

// TODO 6: a long text, then a short one. Which base should a score have been made with?
bool cache_is_sound(Cache cache) {
  todo(6);
}
