// Lesson 05: T5's buckets.     Contract: exercises/t5_buckets.hpp
//                              Page:     lessons/05-t5_buckets/README.md
// Replace each todo(...) by your code and save: ./qkoan judges it at once. `h` shows a hint.

#include "t5_buckets.hpp"

#include "simd.hpp"

// TODO 1: near distances have a bucket each, far ones share. A logarithm is never exact: what if x
// should be 4, and comes out as 3.9999999?
int t5_bucket(int offset, int buckets, int max_distance, bool bidirectional) {
  todo(1);
}

// TODO 2: the book's letters. How many buckets are there from 0 to n_b?
int book_bucket(int offset, int n_b, int max_distance) {
  todo(2);
}

// TODO 3: turn it round: at which distance does each bucket begin?
void t5_first_distances(int max_distance, MutableIntegers first) {
  todo(3);
}

// TODO 4: the bias of every pair. The last query stands at the last key.
void t5_bias(Row table, int max_distance, bool bidirectional, MutableMatrix B) {
  todo(4);
}

// TODO 5: T5 does not divide by √d; the book does, and divides the bias with the rest.
void t5_scores(Matrix Q, Matrix K, Row table, int max_distance, bool bidirectional, bool scaled,
               MutableMatrix S) {
  todo(5);
}

// TODO 6: the matrix of task 4 with SIMD, and without a logarithm for any element.
void t5_bias_simd(Row table, int max_distance, bool bidirectional, MutableMatrix B) {
  todo(6);
}
