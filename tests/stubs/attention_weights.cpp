// Lesson 03: from scores to attention weights.     Contract: exercises/attention_weights.hpp
//                                                  Page:     lessons/03-attention_weights/README.md
// Replace each todo(...) by your code and save: ./qkoan judges it at once. `h` shows a hint.

#include "attention_weights.hpp"

#include "simd.hpp"

// TODO 1: e to the power of every score, divided by their sum. But e^89 is more than a float holds,
// and what is the sum of a row of masked keys?
void softmax(Row scores, MutableRow weights) {
  todo(1);
}

// TODO 2: the logarithm of that sum, as if no power had ever been too large.
float log_sum_exp(Row scores) {
  todo(2);
}

// TODO 3: one key more. What is known so far is relative to the old maximum.
void accumulate(PartialRow& state, float score, Row value) {
  todo(3);
}

// TODO 4: two parts of a row, each relative to its own maximum, become one.
void merge(PartialRow& into, const PartialRow& from) {
  todo(4);
}

// TODO 5: your own exponential. x = n·ln 2 + r, so that e^x = 2ⁿ·e^r with a small r.
void exp_simd(Row x, MutableRow y) {
  todo(5);
}

// TODO 6: task 1 with the exponential of task 5; mind the lanes that hold no key.
void softmax_simd(Row scores, MutableRow weights) {
  todo(6);
}
