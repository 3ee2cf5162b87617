// Lesson 08: what two positions say about each other.     Contract: exercises/sandwich.hpp
//                                                         Page:     lessons/08-sandwich/README.md
// Replace each todo(...) by your code and save: ./qkoan judges it at once. `h` shows a hint.

#include "sandwich.hpp"

#include "simd.hpp"

// TODO 1: a sine and a cosine for each frequency. Count them from 1, and mind the angle's precision.
void sinusoid(int position, MutableRow e) {
  todo(1);
}

// TODO 2: the inner product of two such embeddings, but without computing any embedding.
float sandwich(int d, int offset) {
  todo(2);
}

// TODO 3: every query and every key. How many different numbers are there?
void sandwich_bias(int d, bool bidirectional, MutableMatrix B) {
  todo(3);
}

// TODO 4: relative to the own key, and as sharp as the head's temperature makes it.
void sandwich_penalty(int d, int heads, int head, MutableRow penalty) {
  todo(4);
}

// TODO 5: a cosine of your own. Full turns do not matter: which whole numbers forget them by themselves?
void sandwich_line_simd(int d, MutableRow line) {
  todo(5);
}
