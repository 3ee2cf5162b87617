// Lesson 01: how much a query likes a key.     Contract: exercises/scaled_scores.hpp
//                                              Page:     lessons/01-scaled_scores/README.md
// Replace each todo(...) by your code and save: ./qkoan judges it at once. `h` shows a hint.

#include "scaled_scores.hpp"

#include "simd.hpp"

// TODO 1: multiply element by element and add up.
float dot(Row q, Row k) {
  todo(1);
}

// TODO 2: the dot product grows with the number of elements; divide by √d.
float scaled_score(Row q, Row k) {
  todo(2);
}

// TODO 3: one score for every query and every key. Q[i] is query i, K[j] is key j.
void scaled_scores(Matrix Q, Matrix K, MutableMatrix S) {
  todo(3);
}

// TODO 4: the same with SIMD. simd.hpp explains the vectors; mind the elements that are left over.
void scaled_scores_simd(Matrix Q, Matrix K, MutableMatrix S) {
  todo(4);
}
