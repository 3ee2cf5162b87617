// Lesson 16: the kernel.     Contract: exercises/attention_kernel.hpp
//                            Page:     lessons/16-attention_kernel/README.md
// Replace each todo(...) by your code and save: ./qkoan judges it at once. `h` shows a hint.

#include "attention_kernel.hpp"

#include "simd.hpp"

// TODO 1: task 4 of lesson 12 with SIMD. Let one lane be one query.
void fused_attention_simd(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  todo(1);
}

// TODO 2: the same kernel with another bias: make the bias a parameter of a template.
void biased_attention_simd(Matrix Q, Matrix K, Matrix V, Row by_distance, MutableMatrix O) {
  todo(2);
}

// TODO 3: and with one that is no function of the distance: FIRE, whose line is straight between knots.
void fire_attention_simd(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  todo(3);
}
