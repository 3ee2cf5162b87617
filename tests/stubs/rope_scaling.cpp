// Lesson 11: frequencies for longer texts.         Contract: exercises/rope_scaling.hpp
//                                                  Page:     lessons/11-rope_scaling/README.md
// Replace each todo(...) by your code and save: ./qkoan judges it at once. `h` shows a hint.

#include "rope_scaling.hpp"

#include "simd.hpp"

// TODO 1: every pair turns s times as slowly. How many rotated elements belong to theta.size pairs?
void interpolated(float base, float s, MutableRow theta) {
  todo(1);
}

// TODO 2: which base makes the last pair s times as slow, and leaves the first alone?
float scaled_base(float base, int r, float s) {
  todo(2);
}

// TODO 3: as much as this text needs. What must not change for a short one?
float dynamic_base(float base, int r, float s, int trained, int length) {
  todo(3);
}

// TODO 4: fast pairs stay, slow pairs are interpolated. Count their turns.
void llama3(Bands bands, MutableRow theta) {
  todo(4);
}

// TODO 5: the same idea, with a ramp in k; and the factor that is returned.
float yarn(Bands bands, bool truncate, MutableRow theta) {
  todo(5);
}

// TODO 6: cosines and sines of your own. Whole turns do not matter: let whole numbers forget them.
void scaled_tables_simd(Row theta, float factor, int first, MutableMatrix cosines,
                        MutableMatrix sines) {
  todo(6);
}
