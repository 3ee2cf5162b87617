#ifndef QKOAN_BIAS_GRADIENTS_HPP
#define QKOAN_BIAS_GRADIENTS_HPP
/// @file
/// Lesson 14, the contract: how a bias is learned. Backwards through attention
///
///     O = P·V        P = softmax(S), row by row        S = q·k/√d + B
///
/// from dO = ∂loss/∂O to G = ∂loss/∂S, and from G to the numbers that B is made of. Outside of the
/// scale, as above, ∂loss/∂B = G; inside, S = (q·k + B)/√d, and it is G/√d. Tasks 3, 5 and 6 are
/// given ∂loss/∂B and call it G; only task 4 is given ∂loss/∂S and has to divide.
///
/// A *hidden* key has a weight P of exactly 0, others at least 2⁻¹²⁶; rows of P sum to 1 up to
/// rounding, or are 0. In tasks 3 to 6 query i stands at p(i) = i + n_k − n_q, keys j > p(i) are
/// hidden, and the distance of the others is p(i) − j. There G[i][j] is garbage for every j > p(i),
/// also NaN or ∞: such pairs train nothing, and must not be read. All other numbers are finite,
/// n_q ≠ n_k and n_q > n_k are usual, and no sum of magnitudes overflows. u = 2⁻²⁴; bounds hold for
/// any order of summation.
///
/// Rows of an exact G sum to 0. Those of a rounded one do not, in tasks 3 to 6 G is any matrix,
/// and no task may build on it.
///
/// Sources: Dao et al., "FlashAttention" (2022), appendix B; the papers of lessons 04 to 07 and 09.

#include "qkoan.hpp"

/// FIRE's numbers, as in lesson 09: b = Σ_k w2[k]·max(0, w1[k]·z + b1[k]) + b2,
/// z = ψ(D)/ψ(max(L, p(i))), ψ(x) = ln(c·x + 1), D = p(i) − j. The rows have h elements each.
struct Fire {
  float c, L;
  Row w1, b1, w2;
  float b2;
};

/// ∂loss/∂ each of them but L, which is not learned here.
struct FireGradient {
  MutableRow w1;  ///< h elements
  MutableRow b1;  ///< h elements
  MutableRow w2;  ///< h elements
  float* b2;      ///< one number
  float* c;       ///< one number
};

extern "C" {

/// Task 1. Softmax, backwards: g[j] = p[j]·(dp[j] − Σ_l p[l]·dp[l]).
/// @param p   weights of a row
/// @param dp  ∂loss/∂p; for hidden keys anything, also NaN or ∞
/// @param g   ∂loss/∂s, exactly 0 for hidden keys. With n keys that are not, error at most
///            (n+4)·u·p[j]·(|dp[j]| + Σ p·|dp|) + (n+2)·2⁻¹²⁵
void softmax_backward(Row p, Row dp, MutableRow g);

/// Task 2. The same for all queries, with dP = dO·Vᵀ.
/// @param P   weights, n_q × n_k, of any mask
/// @param V   values, n_k × d_v; of a key that is hidden from all queries anything, also NaN
/// @param dO  ∂loss/∂O, n_q × d_v
/// @param G   ∂loss/∂S, n_q × n_k, exactly 0 for hidden keys. With M = |dO|·|V|ᵀ, error at most
///            (n+d_v+4)·u·P[i][j]·(M[i][j] + Σ_l P[i][l]·M[i][l]) + (n+d_v+2)·2⁻¹²⁵
void scores_gradient(Matrix P, Matrix V, Matrix dO, MutableMatrix G);

/// Task 3. A table that pairs share, like T5's: B[i][j] = table[parameter_of_distance[p(i) − j]].
/// @param G                      ∂loss/∂B, n_q × n_k
/// @param parameter_of_distance  for distances 0, 1, 2, …, at least one; the last serves all
///                               beyond. Entries are −1 … gradient.size − 1; −1: pairs at this
///                               distance have no parameter
/// @param gradient               ∂loss/∂table, a sum of G for each parameter. For n pairs that read
///                               it, error at most (n−1)·u·Σ|G|; exactly 0 if there are none
void table_gradient(Matrix G, Integers parameter_of_distance, MutableRow gradient);

/// Task 4. ALiBi's slope m, B = −m·(p(i) − j).
/// @param G       ∂loss/∂S, n_q × n_k
/// @param d       elements of a query, ≥ 1
/// @param inside  whether S = (q·k + B)/√d; else S = q·k/√d + B
/// @return        ∂loss/∂m. With n pairs of distance ≥ 1, error at most (n+4)·u·Σ|G|·distance, this
///                divided by √d if inside. (In float, −Σ G·p(i) + Σ G·j loses more than that.)
float slope_gradient(Matrix G, int d, bool inside);

/// Task 5. KERPLE's parameters, B = −r1·ln(1 + r2·D), or −r1·D^r2 in the power form, D = p(i) − j.
/// They are legal: 0.01f ≤ r1, r2 ≤ 2²⁰, and r2 ≤ 2 in the power form, ends included. A clamp or
/// projection is no part of B, so gradients at the ends are ordinary ones. (A float 1 + r2·D has
/// lost the end of a small r2·D: use std::log1p as in lesson 07, or double.)
/// @param G         ∂loss/∂B, n_q × n_k
/// @param power     whether B is the power form
/// @param r1, r2    what B was made with
/// @param gradient  ∂loss/∂r1 and ∂loss/∂r2. With n pairs of D ≥ 1 and G ≠ 0, error at most
///                  - log, r1: u·Σ |G|·ln(1 + r2·D)·(n + 10)
///                  - log, r2: u·Σ |G|·r1·D/(1 + r2·D)·(n + 6)
///                  - power, r1: u·Σ |G|·D^r2·(n + 10 + 10·r2·ln D)
///                  - power, r2: u·Σ |G|·r1·D^r2·ln D·(n + 22 + 10·r2·ln D)
void kerple_gradient(Matrix G, bool power, float r1, float r2, MutableRow gradient);

/// Task 6. FIRE's network and c, whose z has it twice. A unit that is off, w1[k]·z + b1[k] ≤ 0, has
/// the derivative 0. No input leaves it in doubt: |w1·z + b1| ≥ 2⁻¹²·(|w1| + |b1|) > 0 for all
/// units and pairs. The ranges are those of lesson 09, w1 and w2 may be 0, and G is finite where
/// j ≤ p(i). (In float, the sum over all pairs less that of those for which a unit is off loses
/// more than the bounds allow.)
/// @param G         ∂loss/∂B, n_q × n_k
/// @param fire      what B was made with
/// @param gradient  everything is written; what it holds before is anything. A unit that is off
///                  for all pairs gets exactly 0. Each bound is a sum Σ over the pairs for which
///                  unit k is on (for b2: over all). In it, n counts the pairs whose terms are not
///                  0. And z may be off by δ = u·((1 + z)/ψ(R) + 24·z), R = max(L, p(i)); for the
///                  own key, δ = 0.
///                  - b2: (n−1)·u·Σ |G|
///                  - b1[k]: (n+1)·u·|w2|·Σ |G|
///                  - w1[k]: |w2|·Σ |G|·((n+3)·u·z + δ)
///                  - w2[k]: Σ |G|·((n+3)·u·(|w1|·z + |b1|) + |w1|·δ)
///                  - c: u·Σ |G·w2·w1|·s·(n + 36 + 1/ψ(D) + 1/ψ(R)), s = D/((1 + c·D)·ψ(R)),
///                    over all units and their pairs with D ≥ 1
void fire_gradient(Matrix G, Fire fire, FireGradient gradient);

/// Task 7. Task 2 with SIMD: `simd.hpp` has the vectors. Same contract, any sizes.
void scores_gradient_simd(Matrix P, Matrix V, Matrix dO, MutableMatrix G);
}

#endif
