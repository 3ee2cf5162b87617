// Lesson 09: how far back, as a share of all there is.     Contract: exercises/fire.hpp
//                                                          Page:     lessons/09-fire/README.md
// Replace each todo(...) by your code and save: ./qkoan judges it at once. `h` shows a hint.

#include "fire.hpp"

#include "simd.hpp"

// TODO 1: ψ(x), the logarithm that makes near distances matter more than far ones.
float log_distance(float c, float x) {
  todo(1);
}

// TODO 2: the distance, measured with a rod that grows with the query's position, but only from L on.
float normalised_distance(float c, float L, int p, int j) {
  todo(2);
}

// TODO 3: one number in, h hidden units, one number out.
float network(Fire fire, float z) {
  todo(3);
}

// TODO 4: every query and every key. Two logarithms and a network for each pair is slow, and right.
void fire_bias(Fire fire, bool bidirectional, MutableMatrix B) {
  todo(4);
}

// TODO 5: a sum of max(0, w·z + b) is made of straight lines. Where are the bends?
int knots(Row w1, Row b1, MutableRow t) {
  todo(5);
}

// TODO 6: the matrix with SIMD. Along a row z falls from key to key: how often does the line change?
void fire_bias_simd(Fire fire, bool bidirectional, MutableMatrix B) {
  todo(6);
}
