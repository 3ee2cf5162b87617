// Lesson 02: which keys a query may see.     Contract: exercises/causal_mask.hpp
//                                            Page:     lessons/02-causal_mask/README.md
// Replace each todo(...) by your code and save: ./qkoan judges it at once. `h` shows a hint.

#include "causal_mask.hpp"

// TODO 1: 0 where key j is visible to query i, -INFINITY where it is not. Mind n_q ≠ n_k.
void causal_mask(MutableMatrix M) {
  todo(1);
}

// TODO 2: only the last `window` keys, the own one included.
void sliding_window_mask(int window, MutableMatrix M) {
  todo(2);
}

// TODO 3: the first `prefix` keys for everybody, and causal behind them.
void prefix_mask(int prefix, MutableMatrix M) {
  todo(3);
}

// TODO 4: causal, and only within the document that position p(i) belongs to.
void document_mask(Integers document, MutableMatrix M) {
  todo(4);
}

// TODO 5: the causal mask without a matrix M: change the scores where they lie.
void mask_scores(MutableMatrix S) {
  todo(5);
}

// TODO 6: softmax over what each row sees; a row that sees nothing is all zeros.
void masked_weights(Matrix S, Matrix M, MutableMatrix P) {
  todo(6);
}
