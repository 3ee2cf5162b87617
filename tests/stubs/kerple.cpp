// Lesson 07: kernels with two parameters.      Contract: exercises/kerple.hpp
//                                              Page:     lessons/07-kerple/README.md
// Replace each todo(...) by your code and save: ./qkoan judges it at once. `h` shows a hint.

#include "kerple.hpp"

#include "simd.hpp"

// TODO 1: training knows no limits. Move what has left the legal range to its end.
void kerple_project(bool power, MutableRow r1, MutableRow r2) {
  todo(1);
}

// TODO 2: how much of a small r2·d is left in the float 1 + r2·d?
float kerple_log(float r1, float r2, int distance) {
  todo(2);
}

// TODO 3: a power of the distance. What is it at distance 0?
float kerple_power(float r1, float r2, int distance) {
  todo(3);
}

// TODO 4: the matrix. It has n_q·n_k elements, but how many different distances?
void kerple_bias(bool power, float r1, float r2, bool bidirectional, MutableMatrix B) {
  todo(4);
}

// TODO 5: the bias inside the scale, or outside. And what becomes of a NaN that nobody may see?
void kerple_scores(float r1, float r2, int d, bool inside, MutableMatrix S) {
  todo(5);
}

// TODO 6: ln(1 + x) for a vector of x. Write 1 + x = 2^k·(1 + f), with f exact for small x.
void kerple_log_bias_simd(float r1, float r2, bool bidirectional, MutableMatrix B) {
  todo(6);
}
