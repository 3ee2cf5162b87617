#ifndef QKOAN_LONG_CONTEXT_HPP
#define QKOAN_LONG_CONTEXT_HPP
/// @file
/// Lesson 15, the contract: is this implementation sound? Each task is given functions that
/// somebody else wrote, calls them, and says true if they do what earlier lessons define, false
/// if not. One call of a task may make 40,000 such calls, and take 60 ms.
///
/// What is given is either sound, with errors up to what is said below, or faulty, and then off
/// by more than a larger bound, or NaN, somewhere; nothing in between is ever passed. Where
/// faults show is said, too; some show only in a part of that, so look everywhere. Functions
/// are deterministic, do not crash within the ranges given here, and write every element of
/// their outputs. Calls outside of the ranges, such as one for a key before 0, are not
/// answered. What you return must not depend on earlier calls of your task.
///
/// Sources: the definitions of lessons 02, 05, 06, 10, 11, 13; the page names each fault's
/// thread.

#include "qkoan.hpp"

/// Lesson 10: how heads are rotated. 2 ≤ rotated ≤ 256, even; 100 ≤ base ≤ 10⁸.
struct Rotation {
  int rotated;      ///< r, the first elements of a head; those behind stay as they are
  float base;       ///< of the frequencies
  bool half_split;  ///< which elements are a pair; else interleaved
};

/// Lesson 11, base 10000, trained on 4096 tokens. Rotated queries and keys, pairs (x0, x1) turned
/// into (x0·cos − x1·sin, x0·sin + x1·cos), are multiplied, and the sum by softmax_scale.
struct Yarn {
  void (*tables)(int position, float s, MutableRow cosines, MutableRow sines);  ///< d/2 each
  float (*softmax_scale)(int d, float s);  ///< for heads of d elements, texts s times as long
};

/// Lesson 11, dynamic: base 10000, trained on T = 64 tokens, factor s = 8; r = d. Pairs are
/// (x[2c], x[2c+1]). A cache is one object with a state.
struct Cache {
  void (*begin)();               ///< a new text; called before anything else
  void (*append)(Row key);       ///< the key of the next position, 0, 1, …, not rotated yet
  float (*score)(Row q, int j);  ///< q, not rotated yet, at the newest position, and key j
};

extern "C" {

/// Task 1. Sound: sees(i, j, W) = 0 ≤ i − j < W, for 0 ≤ i, j < 2¹⁷ and 1 ≤ W ≤ 2¹⁵. Faults
/// show at one of the offsets i − j = −1, 0, W − 1, W, for most i and W; some only for i ≥ W,
/// for W that are no power of two, for half of all W above 2048 (odd and even ones), or for i ≥
/// 2048, and there for one i in 4 without a pattern.
bool window_is_sound(bool (*sees)(int query, int key, int window));

/// Task 2. Sound: slopes of heads first, first + 1, … as in lesson 06, each within 2⁻⁸ of
/// itself; 1 ≤ heads ≤ 128, 0 ≤ first, 1 ≤ m.size ≤ heads − first. Faults are off by more than
/// 2⁻⁵ of some slope; some only for a single number of heads, or for numbers above 64; only for
/// first > 0, first > c or m.size > 1, or in parts with heads on both sides of c; only in
/// slopes below 1/64.
bool slopes_are_sound(void (*slopes)(int heads, int first, MutableRow m));

/// Task 3. Sound: t5_bucket of lesson 05, exactly, in the ranges of that lesson, |offset| ≤
/// 2²⁰. Faults show for one of (buckets, max_distance) = (32, 128), (64, 128), (32, 256), (32,
/// 1024), (320, 800), in one direction or both, at some |offset| ≤ 2·max_distance; some for one
/// of the sets only, at one offset only, or on one side only, far from 0.
bool buckets_are_sound(int (*bucket)(int offset, int buckets, int max_distance,
                                     bool bidirectional));

/// Task 4. Sound: rope of lesson 10 with r ≤ x.size = y.size ≤ 256, |position| ≤ 2²⁰, each
/// rotated element within 2⁻¹⁶·(|x0| + |x1|) of its pair, the rest copied. Finite x, other
/// memory than y. Faults are off by more than 2⁻⁸·(|x0| + |x1|) (the rest: of |x|) at some
/// element, if r ≥ 32, base ≤ 10⁶, x.size ≥ r + 16 and all 1/4 ≤ |x| ≤ 4. Some only in one
/// layout; for r above 64, or r that are no power of two; for bases below 10⁴, above 10⁵, or
/// all but one; for x.size above 128, or x.size − r that are no multiple of 4; for one sign of
/// positions; for magnitudes from 2¹⁹ on, and there for odd ones, or for even ones.
bool rotation_is_sound(void (*rotate)(Rotation rope, int position, Row x, MutableRow y));

/// Task 5. Sound: with m = 0.1·ln s + 1, and m = 1 for s ≤ 1, scores carry m²/√d in all,
/// wherever it is put, within 2⁻¹² of itself; 1/16 ≤ s ≤ 128, even 2 ≤ d ≤ 256, 0 ≤ position <
/// 2¹⁶. Angles are not judged. Faults are off by more than 2⁻⁶ for some s of 1/4, 1.5, 2, 2.5,
/// 4, 16, 40, 64; some for one of these only, for d that are no power of 4 or are not 128, for
/// positions above 0, or from 4096 on, or in one half of the pairs, if d ≥ 16.
bool yarn_is_sound(Yarn yarn);

/// Task 6. Sound: score is that of q at position l − 1 and key j, both rotated with the base of
/// l, the tokens of this text so far (dynamic_base of lesson 11), and multiplied; within 2⁻¹⁴
/// of Σ(|q0| + |q1|)·(|k0| + |k1|). l ≤ 512, 0 ≤ j < l, 4 ≤ d ≤ 64, even, the same for all of a
/// text. Faults are off by more than 2⁻⁸ of that sum at some j ≤ l − 1, l ≤ 256, if d ≥ 16 and
/// all 1/4 ≤ |elements| ≤ 4; some only for l < 56, at l = T + 1, at odd l or even l behind it,
/// for l > 216, for j ≥ T; some only where a key is asked for again later, or in a text that is
/// not the first.
bool cache_is_sound(Cache cache);
}

#endif
