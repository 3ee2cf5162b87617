#ifndef QKOAN_CAUSAL_MASK_HPP
#define QKOAN_CAUSAL_MASK_HPP
/// @file
/// Lesson 02, the contract: which keys a query may see.
///
/// A mask is a matrix M, n_q × n_k, that is added to the scores before softmax: 0 where query i may
/// see key j, −∞ where it may not. The n_q queries are the *last* n_q positions of the n_k keys
/// (bottom-right alignment, as in flash-attention from 2.1 on): query i stands at position
///
///     p(i) = i + n_k − n_q
///
/// which is negative for the first rows if n_q > n_k; such a row sees no key at all.
/// Every mask element has one right encoding, +0 or −∞, and encodings are compared.
/// n_q ≥ 1, n_k ≥ 1.

#include "qkoan.hpp"

extern "C" {

/// Task 1. The causal mask: key j is visible to query i if j ≤ p(i).
/// @param M  mask, n_q × n_k; every element is written
void causal_mask(MutableMatrix M);

/// Task 2. The sliding window: visible are the last `window` keys up to and including p(i), that is
/// j ≤ p(i) and p(i) − j < window. A window of 1 sees the own position only.
/// @param window  number of visible keys, the own one included; at least 1
/// @param M       mask, n_q × n_k; every element is written
void sliding_window_mask(int window, MutableMatrix M);

/// Task 3. The prefix mask: visible is every key of the prefix (j < prefix), and behind it what the
/// causal mask shows. Rows with p(i) < 0 see the prefix too.
/// @param prefix  length of the prefix, 0 ≤ prefix ≤ n_k
/// @param M       mask, n_q × n_k; every element is written
void prefix_mask(int prefix, MutableMatrix M);

/// Task 4. The document mask: causal, and only within the document of the query, which is the
/// document of position p(i). Rows with p(i) < 0 see nothing.
/// @param document  number of the document that each key belongs to, n_k elements, any values;
///                  a document need not be contiguous
/// @param M         mask, n_q × n_k; every element is written
void document_mask(Integers document, MutableMatrix M);

/// Task 5. The fused causal mask: no matrix M, the scores are masked where they lie.
/// Invisible elements become −∞, whatever they were; visible ones keep their bits.
/// @param S  scores, n_q × n_k, changed in place
void mask_scores(MutableMatrix S);

/// Task 6. Attention weights under a mask: P[i][j] = e^{S[i][j]} / Σ_{visible l} e^{S[i][l]}.
/// Invisible keys get exactly 0. A row that sees nothing is exactly 0 everywhere (never NaN, never
/// uniform).
/// @param S  scores, n_q × n_k, of magnitude at most 30 (lesson 03 lifts this limit)
/// @param M  mask, n_q × n_k, of 0 and −∞
/// @param P  weights, n_q × n_k; every element is written, with an error of at most ρ·P[i][j] + 2⁻¹²⁶,
///           ρ = u·(3·t + 3·T + n + 17 + 2·|S[i][j]| + 2·Σ_l P[i][l]·|S[i][l]|), with n, t and T of
///           the row as in lesson 03; softmax need not subtract the maximum here
void masked_weights(Matrix S, Matrix M, MutableMatrix P);
}

#endif
