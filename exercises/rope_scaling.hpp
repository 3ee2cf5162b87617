#ifndef QKOAN_ROPE_SCALING_HPP
#define QKOAN_ROPE_SCALING_HPP
/// @file
/// Lesson 11, the contract: slower frequencies for rotary embeddings, so that a model can read
/// texts that are s times as long as those it was trained on.
///
///     θ_k = base^(−2k/r)    k = 0 … r/2 − 1     what the model was trained with, lesson 10
///     turns of pair k = trained·θ_k/2π          how often it went round in training
///
/// r is even, 2 ≤ r ≤ 256; a row of frequencies has r/2 elements. 100 ≤ base ≤ 10⁸, 1 ≤ s ≤ 1024,
/// 128 ≤ trained ≤ 2²⁰. Everywhere u = 2⁻²⁴, and L_k = (2k/r)·ln base. The bounds allow any pow,
/// exp or log in float; θ_{k+1} = θ_k·base^(−2/r), one after the other, is legal in double only.
///
/// Sources: Chen et al. (2023), position interpolation; "NTK-aware" and "dynamic NTK" RoPE (2023);
/// Peng et al., "YaRN" (2023), and its code; Meta, Llama 3.1 (2024).

#include "qkoan.hpp"

/// A pair that turns more often than `fast` in training keeps its frequency, one that turns less
/// often than `slow` is interpolated, θ_k/s, and between them lies a ramp. 1/16 ≤ slow,
/// 2·slow ≤ fast ≤ 64.
struct Bands {
  float base;   ///< of the frequencies in training
  float s;      ///< how many times as long texts may be
  int trained;  ///< tokens of the texts in training
  float slow;   ///< turns: 1 in Llama 3.1 and in YaRN
  float fast;   ///< turns: 4 in Llama 3.1, 32 in YaRN
};

extern "C" {

/// Task 1. Position interpolation: θ_k/s.
/// @param base, s  as above
/// @param theta    r/2 frequencies; error of each at most (12 + 16·L_k)·u·θ_k/s
void interpolated(float base, float s, MutableRow theta);

/// Task 2. base', the base of which the last frequency, k = r/2 − 1, is θ_k/s: base·s^e with
/// e = r/(r − 2).
/// @param base, s  as above
/// @param r        rotated elements, ≥ 4
/// @return         base', error at most (8 + 14·ln base')·u times itself
float scaled_base(float base, int r, float s);

/// Task 3. The same, for the text at hand: base·x^e with x = s·l/trained − (s − 1), and l the
/// larger one of length and trained. So x = 1 up to the length of training.
/// @param base, s, trained  as above
/// @param r                 rotated elements, ≥ 4
/// @param length            tokens of the text, 1 ≤ length ≤ 2²³
/// @return                  base', error at most (8 + 14·ln base' + 4·e·s·l/(trained·x))·u times
///                          itself
float dynamic_base(float base, int r, float s, int trained, int length);

/// Task 4. Llama 3.1, and YaRN as its paper has it: a ramp in the number of turns,
/// γ = (turns − slow)/(fast − slow) held within [0, 1], and θ'_k = (1 − γ)·θ_k/s + γ·θ_k.
/// No number of turns comes nearer to slow or fast than by a thousandth of itself.
/// @param bands  which pairs are slowed down, and how much
/// @param theta  θ'_k; error at most u·(4·θ_k + (9 + 16·L_k)·θ'_k), and what γ's rounding adds
void llama3(Bands bands, MutableRow theta);

/// Task 5. YaRN as its code has it: a ramp in k. pairdim(n) = r·ln(trained/(2π·n))/(2·ln base) is
/// the k of a pair that turns n times, low = pairdim(fast), high = pairdim(slow). If truncate, low
/// is rounded down and high up. After that, low is raised to 0 if it is less, and high lowered to
/// r − 1 if it is more. With ramp = (k − low)/(high − low) held within [0, 1],
/// θ'_k = (1 − ramp)·θ_k + ramp·θ_k/s.
/// pairdim comes no nearer to a whole number than 1/256, and high − low ≥ 1/4.
/// @param bands     which pairs are slowed down, and how much
/// @param truncate  whether low and high are rounded
/// @param theta     θ'_k; errors as in task 4
/// @return          the factor of all cosines and sines, 0.1·ln s + 1; error at most
///                  u·(1.3·ln s + factor), and exactly 1 for s = 1
float yarn(Bands bands, bool truncate, MutableRow theta);

/// Task 6. Tables for n positions in a row, with SIMD: factor·cos(p·θ_k), factor·sin(p·θ_k). The
/// angle may not err like a float: compute it in double, or as a fraction of a turn.
/// @param theta           r/2 frequencies, 2⁻³⁰ ≤ θ_k ≤ 1, exact as they are; any, in any order
/// @param factor          1 ≤ factor ≤ 2
/// @param first           p of row 0, also negative; |p| ≤ 2²⁰
/// @param cosines, sines  n × r/2; error of an element x at most u·(8·factor + |x|)
void scaled_tables_simd(Row theta, float factor, int first, MutableMatrix cosines,
                        MutableMatrix sines);
}

#endif
