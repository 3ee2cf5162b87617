// Lesson 12: the whole of attention.     Contract: exercises/attention.hpp
//                                        Page:     lessons/12-attention/README.md
// Replace each todo(...) by your code and save: ./qkoan judges it at once. `h` shows a hint.

#include "attention.hpp"

// TODO 1: scores, weights, output. What if all keys are hidden?
void attend(Row q, Matrix K, Matrix V, Row bias, MutableRow o) {
  todo(1);
}

// TODO 2: all queries.
void attention(Matrix Q, Matrix K, Matrix V, Matrix B, MutableMatrix O) {
  todo(2);
}

// TODO 3: some keys more. When the maximum rises, what is there already has to shrink.
void attention_tile(Matrix Q, Matrix K, Matrix V, Matrix B, MutableRow max, MutableRow sum,
                    MutableMatrix O) {
  todo(3);
}

// TODO 4: causal, with ALiBi's bias, and without a matrix of scores.
void fused_attention(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  todo(4);
}

// TODO 5: heads side by side; groups of them share their keys and values.
void grouped_attention(int heads, int kv_heads, Matrix Q, Matrix K, Matrix V, Row slopes,
                       MutableMatrix O) {
  todo(5);
}
