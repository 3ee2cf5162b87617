// Lesson 13: decoding, one query after the other.     Contract: exercises/kv_cache.hpp
//                                                     Page:     lessons/13-kv_cache/README.md
// Replace each todo(...) by your code and save: ./qkoan judges it at once. `h` shows a hint.

#include "kv_cache.hpp"

#include "simd.hpp"

// TODO 1: how many tokens stand before this one? And what is the answer behind the last?
int padded_positions(Integers mask, MutableIntegers positions) {
  todo(1);
}

// TODO 2: of all tokens that were ever put into a slot, the last one is still there.
void ring_positions(int length, MutableIntegers positions) {
  todo(2);
}

// TODO 3: turn the key by its own position, and store it where the ring wants it.
void append_key(Row k, Row v, int position, int r, float base, MutableMatrix K, MutableMatrix V) {
  todo(3);
}

// TODO 4: which slots are alive? Score those, and do not read the others.
void decode(Row q, int position, Integers positions, Matrix K, Matrix V, int window, float slope,
            MutableRow o) {
  todo(4);
}

// TODO 5: what has been turned by one angle needs only the difference to another.
void move_keys(int r, float base, Integers from, float new_base, Integers to, MutableMatrix K) {
  todo(5);
}

// TODO 6: task 4 again. Vectors along the key, vectors along the value, one pass over the slots.
void decode_simd(Row q, int position, Integers positions, Matrix K, Matrix V, int window,
                 float slope, MutableRow o) {
  todo(6);
}
