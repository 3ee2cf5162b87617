// Lesson NN: attention that likes all keys equally.  Contract: exercises/uniform_attention.hpp
//                                                    Page: lessons/NN-uniform_attention/README.md
// Replace each todo(...) by your code and save: ./qkoan judges it at once. `h` shows a hint.

#include "uniform_attention.hpp"

#include "simd.hpp"

// TODO 1: add up the values, element by element, and divide by their number.
void uniform_attention(Matrix V, MutableRow o) {
  todo(1);
}
