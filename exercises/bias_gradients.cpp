// Lesson 14: how a bias is learned.            Contract: exercises/bias_gradients.hpp
//                                              Page:     lessons/14-bias_gradients/README.md
// Replace each todo(...) by your code and save: ./qkoan judges it at once. `h` shows a hint.

#include "bias_gradients.hpp"

#include "simd.hpp"

// TODO 1: how much better than the row's average is each key? And what is 0 times NaN?
void softmax_backward(Row p, Row dp, MutableRow g) {
  todo(1);
}

// TODO 2: dP = dO·Vᵀ, then every row by task 1. Which values must not be looked at?
void scores_gradient(Matrix P, Matrix V, Matrix dO, MutableMatrix G) {
  todo(2);
}

// TODO 3: who reads a parameter trains it. Add up, and begin at 0.
void table_gradient(Matrix G, Integers parameter_of_distance, MutableRow gradient) {
  todo(3);
}

// TODO 4: the bias is −m·distance. What is its derivative by m, and where is the scale?
float slope_gradient(Matrix G, int d, bool inside) {
  todo(4);
}

// TODO 5: two forms, two derivatives each. What is the logarithm of distance 0?
void kerple_gradient(Matrix G, bool power, float r1, float r2, MutableRow gradient) {
  todo(5);
}

// TODO 6: which units are on? And c stands above and below the line of z.
void fire_gradient(Matrix G, Fire fire, FireGradient gradient) {
  todo(6);
}

// TODO 7: task 2 with vectors. There is no `if` for a lane: what takes its place?
void scores_gradient_simd(Matrix P, Matrix V, Matrix dO, MutableMatrix G) {
  todo(7);
}
