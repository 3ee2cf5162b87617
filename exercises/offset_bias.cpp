// Lesson 04: one learnable number per offset.     Contract: exercises/offset_bias.hpp
//                                                 Page:     lessons/04-offset_bias/README.md
// Replace each todo(...) by your code and save: ./qkoan judges it at once. `h` shows a hint.

#include "offset_bias.hpp"

#include "simd.hpp"

// TODO 1: where in its table an offset stands. Tables end; texts do not know that.
int offset_index(int offset, int length, bool bidirectional) {
  todo(1);
}

// TODO 2: look up every pair. The last query stands at the last key.
void offset_bias(Row table, bool bidirectional, MutableMatrix B) {
  todo(2);
}

// TODO 3: the bias is a term of the score. Is it scaled with the rest?
void biased_scores(Matrix Q, Matrix K, Row table, bool bidirectional, bool inside, MutableMatrix S) {
  todo(3);
}

// TODO 4: a table that was trained on one side of the scale, for use on the other.
void move_table(Row table, int d, bool inward, MutableRow moved) {
  todo(4);
}

// TODO 5: which pairs read table[r]? Each of them adds to its gradient.
void offset_gradient(Matrix G, bool bidirectional, MutableRow gradient) {
  todo(5);
}

// TODO 6: the matrix of task 2 with SIMD. How many of its n_q·n_k numbers are different?
void offset_bias_simd(Row table, bool bidirectional, MutableMatrix B) {
  todo(6);
}
