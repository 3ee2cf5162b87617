/// @file
/// Lesson 02: what goes wrong with masks, and what may differ and is right.

#include "exercises/causal_mask.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <vector>

#include "tests/support/mutants.hpp"

namespace {

constexpr float kHidden = -INFINITY;
constexpr float kLowest = std::numeric_limits<float>::lowest();

/// The position of query i among the keys, bottom-right.
int position(int i, MutableMatrix M) { return i + M.cols - M.rows; }

/// The row of position p: the position of a query that is counted from the first key, top-left.
int row_of(int p, MutableMatrix M) { return p - M.cols + M.rows; }

/// Writes the mask of a rule: may the query at position p see key j?
template <class Rule>
void write(MutableMatrix M, Rule sees, float visible = 0, float hidden = kHidden) {
  for (int i = 0; i < M.rows; ++i) {
    for (int j = 0; j < M.cols; ++j) M[i][j] = sees(position(i, M), j) ? visible : hidden;
  }
}

bool causally(int p, int j) { return j <= p; }

/// The same where p ≥ 0; a negative p becomes a large one.
bool unsigned_causally(unsigned p, unsigned j) { return j <= p; }

/// Changes the scores that a rule hides.
template <class Rule, class Change>
void change(MutableMatrix S, Rule sees, Change changed) {
  for (int i = 0; i < S.rows; ++i) {
    for (int j = 0; j < S.cols; ++j) {
      if (!sees(position(i, S), j)) S[i][j] = changed(S[i][j]);
    }
  }
}

float hide(float) { return kHidden; }

bool visible(Matrix M, int i, int j) { return M[i][j] == 0; }

/// The largest visible score of row i; −∞ if there is none.
float largest(Matrix S, Matrix M, int i) {
  float max = kHidden;
  for (int j = 0; j < S.cols; ++j) max = std::max(max, S[i][j] + M[i][j]);
  return max;
}

float sum_of(Row row) {
  float sum = 0;
  for (const float x : row) sum += x;
  return sum;
}

/// P[i][j] = e(i, j) / Σ e(i, l), and zeros where the sum is zero.
template <class Exponential>
void normalise(MutableMatrix P, Exponential e) {
  for (int i = 0; i < P.rows; ++i) {
    for (int j = 0; j < P.cols; ++j) P[i][j] = e(i, j);
    const float sum = sum_of(P[i]);
    for (float& weight : P[i]) weight = sum == 0 ? 0 : weight / sum;
  }
}

}  // namespace

// ---- The plain and right implementation ---------------------------------------------------------

void causal_mask(MutableMatrix M) { write(M, causally); }

void sliding_window_mask(int window, MutableMatrix M) {
  write(M, [=](int p, int j) { return j <= p && p - j < window; });
}

void prefix_mask(int prefix, MutableMatrix M) {
  write(M, [=](int p, int j) { return j < prefix || j <= p; });
}

void document_mask(Integers document, MutableMatrix M) {
  write(M, [=](int p, int j) { return j <= p && document[j] == document[p]; });
}

void mask_scores(MutableMatrix S) { change(S, causally, hide); }

void masked_weights(Matrix S, Matrix M, MutableMatrix P) {
  normalise(
      P, [=](int i, int j) { return visible(M, i, j) ? std::exp(S[i][j] - largest(S, M, i)) : 0; });
}

// ---- Bugs of the causal mask --------------------------------------------------------------------

QKOAN_BUG(void, causal_mask, top_left,
          "the first query stands at the first key: top-left alignment, as in flash-attention 2.0 "
          "and in PyTorch's is_causal")
(MutableMatrix M) {
  write(M, [=](int p, int j) { return j <= row_of(p, M); });
}

QKOAN_BUG(void, causal_mask, wrong_way_round, "n_q − n_k is added where n_k − n_q should be")
(MutableMatrix M) {
  write(M, [=](int p, int j) { return j <= row_of(row_of(p, M), M); });
}

QKOAN_BUG(void, causal_mask, excludes_itself, "a position does not see itself: j < p")
(MutableMatrix M) {
  write(M, [](int p, int j) { return j < p; });
}

QKOAN_BUG(void, causal_mask, sees_the_next, "a position sees the one behind it: j ≤ p + 1")
(MutableMatrix M) {
  write(M, [](int p, int j) { return j <= p + 1; });
}

QKOAN_BUG(void, causal_mask, sees_the_future, "the future is visible and the past is hidden")
(MutableMatrix M) {
  write(M, [](int p, int j) { return j >= p; });
}

QKOAN_BUG(void, causal_mask, columns_as_rows,
          "rows and columns are swapped where the mask is stored")
(MutableMatrix M) {
  for (int i = 0; i < M.rows; ++i) {
    for (int j = 0; j < M.cols; ++j) {
      M.data[j * M.rows + i] = j <= position(i, M) ? 0 : kHidden;
    }
  }
}

QKOAN_BUG(void, causal_mask, square, "as many keys as queries are taken for granted")
(MutableMatrix M) {
  for (int i = 0; i < M.rows; ++i) {
    for (int j = 0; j < std::min(M.rows, M.cols); ++j) M[i][j] = j <= i ? 0 : kHidden;
  }
}

QKOAN_BUG(void, causal_mask, unsigned_position,
          "positions are unsigned, so that those in front of the first key wrap round and see all")
(MutableMatrix M) { write(M, unsigned_causally); }

QKOAN_BUG(void, causal_mask, position_cut_at_zero,
          "positions in front of the first key are moved to the first key")
(MutableMatrix M) {
  write(M, [](int p, int j) { return j <= std::max(p, 0); });
}

QKOAN_BUG(void, causal_mask, exchanged, "0 and −∞ are exchanged")
(MutableMatrix M) { write(M, causally, kHidden, 0); }

QKOAN_BUG(void, causal_mask, ones_and_zeros, "the mask is 1 and 0, to be multiplied and not added")
(MutableMatrix M) { write(M, causally, 1, 0); }

QKOAN_BUG(void, causal_mask, plus_infinity, "the sign is lost: hidden is +∞")
(MutableMatrix M) { write(M, causally, 0, INFINITY); }

QKOAN_BUG(void, causal_mask, zero_times_infinity,
          "0 or 1 is multiplied by −∞, and 0·∞ is NaN at every visible key")
(MutableMatrix M) { write(M, causally, NAN, kHidden); }

QKOAN_BUG(void, causal_mask, minus_10000,
          "−10000 stands in for −∞ (huggingface/transformers #10484: it leaked)")
(MutableMatrix M) { write(M, causally, 0, -10000); }

QKOAN_BUG(void, causal_mask, minus_1e9, "−10⁹ stands in for −∞, as in mesh-tensorflow")
(MutableMatrix M) { write(M, causally, 0, -1e9f); }

QKOAN_BUG(void, causal_mask, lowest_float, "the lowest finite float stands in for −∞")
(MutableMatrix M) { write(M, causally, 0, kLowest); }

QKOAN_BUG(void, causal_mask, nan_mask, "hidden is NaN")
(MutableMatrix M) { write(M, causally, 0, NAN); }

QKOAN_BUG(void, causal_mask, negative_zero, "visible is −0")
(MutableMatrix M) { write(M, causally, -0.0f); }

QKOAN_BUG(void, causal_mask, visible_not_written,
          "only −∞ is written; what is visible is left as it was")
(MutableMatrix M) { change(M, causally, hide); }

QKOAN_BUG(void, causal_mask, remembers_size,
          "n_k − n_q is computed once and kept for all later calls")
(MutableMatrix M) {
  static const int kept = M.cols - M.rows;
  write(M, [=](int p, int j) { return j <= row_of(p, M) + kept; });
}

// ---- Bugs of the sliding window -----------------------------------------------------------------

QKOAN_BUG(void, sliding_window_mask, window_top_left,
          "the window starts at row i, not at position p(i)")
(int window, MutableMatrix M) {
  write(M, [=](int p, int j) { return j <= row_of(p, M) && row_of(p, M) - j < window; });
}

QKOAN_BUG(void, sliding_window_mask, window_half_aligned,
          "the future is cut off at position p(i), but the past at row i")
(int window, MutableMatrix M) {
  write(M, [=](int p, int j) { return j <= p && row_of(p, M) - j < window; });
}

QKOAN_BUG(void, sliding_window_mask, one_more,
          "the window has one key more, as when W is passed for flash-attention's inclusive left "
          "border (huggingface/transformers #29623, #39408)")
(int window, MutableMatrix M) {
  write(M, [=](int p, int j) { return j <= p && p - j <= window; });
}

QKOAN_BUG(void, sliding_window_mask, one_less, "the window has one key less")
(int window, MutableMatrix M) {
  write(M, [=](int p, int j) { return j <= p && p - j < window - 1; });
}

QKOAN_BUG(void, sliding_window_mask, window_before_itself,
          "the window ends in front of the own position: W keys, none of them the own")
(int window, MutableMatrix M) {
  write(M, [=](int p, int j) { return j < p && p - j <= window; });
}

QKOAN_BUG(void, sliding_window_mask, window_both_ways, "the window reaches as far forward as back")
(int window, MutableMatrix M) {
  write(M, [=](int p, int j) { return std::abs(p - j) < window; });
}

QKOAN_BUG(void, sliding_window_mask, window_halves,
          "the window is centred, half of it on each side, like the symmetric ones of llama.cpp")
(int window, MutableMatrix M) {
  write(M, [=](int p, int j) { return std::abs(p - j) <= window / 2; });
}

QKOAN_BUG(void, sliding_window_mask, chunks,
          "keys are cut into chunks of W, as in Llama 4: a position sees its chunk up to itself")
(int window, MutableMatrix M) {
  write(M, [=](int p, int j) { return j <= p && j >= p / window * window; });
}

QKOAN_BUG(void, sliding_window_mask, window_ignored, "the mask is causal, without a window")
(int, MutableMatrix M) { write(M, causally); }

QKOAN_BUG(void, sliding_window_mask, only_the_past_is_cut,
          "the window is not causal: all of the future is visible")
(int window, MutableMatrix M) {
  write(M, [=](int p, int j) { return p - j < window; });
}

QKOAN_BUG(void, sliding_window_mask, window_start_wraps,
          "the start of the window is unsigned: in front of the first key it wraps round, and all "
          "is hidden")
(int window, MutableMatrix M) {
  write(M, [=](int p, int j) {
    return j <= p && static_cast<unsigned>(j) >= static_cast<unsigned>(p - window + 1);
  });
}

// ---- Bugs of the prefix -------------------------------------------------------------------------

QKOAN_BUG(void, prefix_mask, prefix_ignored, "the mask is causal, without a prefix")
(int, MutableMatrix M) { write(M, causally); }

QKOAN_BUG(void, prefix_mask, only_the_prefix, "the prefix is visible and nothing else")
(int prefix, MutableMatrix M) {
  write(M, [=](int, int j) { return j < prefix; });
}

QKOAN_BUG(void, prefix_mask, prefix_and_causal,
          "the prefix is visible only causally, and nothing else is")
(int prefix, MutableMatrix M) {
  write(M, [=](int p, int j) { return j < prefix && j <= p; });
}

QKOAN_BUG(void, prefix_mask, prefix_one_more, "the prefix has one key more")
(int prefix, MutableMatrix M) {
  write(M, [=](int p, int j) { return j <= prefix || j <= p; });
}

QKOAN_BUG(void, prefix_mask, prefix_one_less, "the prefix has one key less")
(int prefix, MutableMatrix M) {
  write(M, [=](int p, int j) { return j < prefix - 1 || j <= p; });
}

QKOAN_BUG(void, prefix_mask, for_rows_of_the_prefix,
          "the prefix is visible beyond the causal mask to the first rows only, i < prefix")
(int prefix, MutableMatrix M) {
  write(M, [=](int p, int j) { return j <= p || (j < prefix && row_of(p, M) < prefix); });
}

QKOAN_BUG(void, prefix_mask, rows_see_all, "the first rows, i < prefix, see every key")
(int prefix, MutableMatrix M) {
  write(M, [=](int p, int j) { return j <= p || row_of(p, M) < prefix; });
}

QKOAN_BUG(void, prefix_mask, prefix_ahead,
          "the prefix is counted from the own position: j < p + prefix")
(int prefix, MutableMatrix M) {
  write(M, [=](int p, int j) { return j <= p || j < p + prefix; });
}

QKOAN_BUG(void, prefix_mask, prefix_top_left,
          "behind the prefix, the first query stands at the first key")
(int prefix, MutableMatrix M) {
  write(M, [=](int p, int j) { return j < prefix || j <= row_of(p, M); });
}

QKOAN_BUG(void, prefix_mask, no_prefix_in_front,
          "rows in front of the first key do not see the prefix")
(int prefix, MutableMatrix M) {
  write(M, [=](int p, int j) { return j <= p || (p >= 0 && j < prefix); });
}

// ---- Bugs of the document mask ------------------------------------------------------------------

QKOAN_BUG(void, document_mask, documents_ignored, "the mask is causal, whatever the document")
(Integers, MutableMatrix M) { write(M, causally); }

QKOAN_BUG(void, document_mask, document_of_row,
          "the query's document is that of row i, not of p(i)")
(Integers document, MutableMatrix M) {
  write(M, [=](int p, int j) { return j <= p && document[j] == document[row_of(p, M)]; });
}

QKOAN_BUG(void, document_mask, document_top_left, "the first query stands at the first key")
(Integers document, MutableMatrix M) {
  write(M, [=](int p, int j) {
    const int i = row_of(p, M);
    return j <= i && i < document.size && document[j] == document[i];
  });
}

QKOAN_BUG(void, document_mask, whole_document, "a query sees all of its document, the future too")
(Integers document, MutableMatrix M) {
  write(M, [=](int p, int j) { return p >= 0 && document[j] == document[p]; });
}

QKOAN_BUG(void, document_mask, this_or_earlier,
          "a query sees the documents with smaller numbers too")
(Integers document, MutableMatrix M) {
  write(M, [=](int p, int j) { return j <= p && document[j] <= document[p]; });
}

QKOAN_BUG(void, document_mask, sorted_documents,
          "document numbers are expected to rise, so that ≥ is taken for =")
(Integers document, MutableMatrix M) {
  write(M, [=](int p, int j) { return j <= p && document[j] >= document[p]; });
}

QKOAN_BUG(void, document_mask, contiguous_documents,
          "a document is expected to be contiguous: what lies behind another one is hidden")
(Integers document, MutableMatrix M) {
  write(M, [=](int p, int j) {
    return j <= p && std::all_of(document.data + j, document.data + p,
                                 [&](int other) { return other == document[p]; });
  });
}

QKOAN_BUG(void, document_mask, padding, "numbers below zero are taken for padding and see nothing")
(Integers document, MutableMatrix M) {
  write(M, [=](int p, int j) { return j <= p && document[p] >= 0 && document[j] == document[p]; });
}

QKOAN_BUG(void, document_mask, eight_bits, "document numbers are kept in eight bits")
(Integers document, MutableMatrix M) {
  write(M, [=](int p, int j) {
    const auto kept = [=](int k) { return static_cast<std::uint8_t>(document[k]); };
    return j <= p && kept(j) == kept(p);
  });
}

QKOAN_BUG(void, document_mask, numbers_as_floats,
          "document numbers are kept in floats, exact to 2²⁴ only")
(Integers document, MutableMatrix M) {
  write(M, [=](int p, int j) {
    const auto kept = [=](int k) { return static_cast<float>(document[k]); };
    return j <= p && kept(j) == kept(p);
  });
}

QKOAN_BUG(void, document_mask, reads_in_front,
          "the document of a position in front of the first is read")
(Integers document, MutableMatrix M) {
  for (int i = 0; i < M.rows; ++i) {
    const volatile int own = document[position(i, M)];  // volatile, or the read is optimised away
    const int number = own;
    for (int j = 0; j < M.cols; ++j) {
      M[i][j] = j <= position(i, M) && document[j] == number ? 0 : kHidden;
    }
  }
}

// ---- Bugs of the fused mask ---------------------------------------------------------------------

QKOAN_BUG(void, mask_scores, fused_top_left, "the first query stands at the first key")
(MutableMatrix S) {
  change(S, [=](int p, int j) { return j <= row_of(p, S); }, hide);
}

QKOAN_BUG(void, mask_scores, fused_without_itself, "a position does not see itself: j < p")
(MutableMatrix S) {
  change(S, [](int p, int j) { return j < p; }, hide);
}

QKOAN_BUG(void, mask_scores, fused_with_the_next, "a position sees the one behind it: j ≤ p + 1")
(MutableMatrix S) {
  change(S, [](int p, int j) { return j <= p + 1; }, hide);
}

QKOAN_BUG(void, mask_scores, fused_unsigned,
          "positions are unsigned, so that those in front of the first key wrap round and see all")
(MutableMatrix S) { change(S, unsigned_causally, hide); }

QKOAN_BUG(void, mask_scores, adds_mask,
          "the mask is added: ∞ − ∞ is NaN, NaN stays NaN, and −0 + 0 is +0")
(MutableMatrix S) {
  for (int i = 0; i < S.rows; ++i) {
    for (int j = 0; j < S.cols; ++j) S[i][j] += j <= position(i, S) ? 0.0f : kHidden;
  }
}

QKOAN_BUG(void, mask_scores, adds_to_hidden,
          "−∞ is added to what is hidden: ∞ − ∞ is NaN, and NaN stays NaN")
(MutableMatrix S) {
  change(S, causally, [](float s) { return s + kHidden; });
}

QKOAN_BUG(void, mask_scores, smaller_of_both,
          "hidden is the smaller of score and −∞, so that NaN stays")
(MutableMatrix S) {
  change(S, causally, [](float s) { return std::min(s, kHidden); });
}

QKOAN_BUG(void, mask_scores, times_infinity,
          "hidden scores are multiplied by −∞: negative ones become +∞")
(MutableMatrix S) {
  change(S, causally, [](float s) { return s * kHidden; });
}

QKOAN_BUG(void, mask_scores, zeroes, "hidden scores become 0")
(MutableMatrix S) {
  change(S, causally, [](float) { return 0; });
}

QKOAN_BUG(void, mask_scores, fused_minus_10000, "10000 is subtracted from hidden scores")
(MutableMatrix S) {
  change(S, causally, [](float s) { return s - 10000; });
}

QKOAN_BUG(void, mask_scores, fused_lowest, "hidden scores become the lowest finite float")
(MutableMatrix S) {
  change(S, causally, [](float) { return kLowest; });
}

QKOAN_BUG(void, mask_scores, rounds_visible, "0 is added to visible scores, which turns −0 into +0")
(MutableMatrix S) {
  for (float& s : MutableRow{S.data, S.rows * S.cols}) s += 0.0f;
  mask_scores(S);
}

QKOAN_BUG(void, mask_scores, flushes_visible, "visible scores below 2⁻¹²⁶ are flushed to zero")
(MutableMatrix S) {
  for (float& s : MutableRow{S.data, S.rows * S.cols}) {
    if (std::fpclassify(s) == FP_SUBNORMAL) s = std::copysign(0.0f, s);
  }
  mask_scores(S);
}

QKOAN_BUG(void, mask_scores, rows_in_front_kept,
          "rows in front of the first key are left as they were")
(MutableMatrix S) {
  change(S, [](int p, int j) { return p < 0 || j <= p; }, hide);
}

// ---- Bugs of the weights ------------------------------------------------------------------------

QKOAN_BUG(void, masked_weights, mask_ignored, "the mask is not looked at")
(Matrix S, Matrix, MutableMatrix P) {
  normalise(P, [=](int i, int j) { return std::exp(S[i][j]); });
}

QKOAN_BUG(void, masked_weights, always_causal,
          "the mask is not looked at, and the causal one is used")
(Matrix S, Matrix, MutableMatrix P) {
  normalise(P, [=](int i, int j) { return j <= position(i, P) ? std::exp(S[i][j]) : 0; });
}

QKOAN_BUG(void, masked_weights, row_of_nan,
          "a row that sees nothing is NaN, from −∞ − (−∞) (pytorch/pytorch #103749, #103963, "
          "tracel-ai/burn #4697)")
(Matrix S, Matrix M, MutableMatrix P) {
  for (int i = 0; i < P.rows; ++i) {
    const float max = largest(S, M, i);
    for (int j = 0; j < P.cols; ++j) P[i][j] = std::exp(S[i][j] + M[i][j] - max);
    const float sum = sum_of(P[i]);
    for (float& weight : P[i]) weight /= sum;
  }
}

namespace {
/// The softmax that has −∞ replaced by a finite number.
void with_stand_in(Matrix S, Matrix M, MutableMatrix P, float stand_in) {
  for (int i = 0; i < P.rows; ++i) {
    for (int j = 0; j < P.cols; ++j) P[i][j] = S[i][j] + std::max(M[i][j], stand_in);
    const float max = *std::max_element(P[i].begin(), P[i].end());
    for (float& weight : P[i]) weight = std::exp(weight - max);
    const float sum = sum_of(P[i]);
    for (float& weight : P[i]) weight /= sum;
  }
}
}  // namespace

QKOAN_BUG(void, masked_weights, uniform_row,
          "the lowest finite float stands in for −∞, so that a row that sees nothing is uniform")
(Matrix S, Matrix M, MutableMatrix P) { with_stand_in(S, M, P, kLowest); }

QKOAN_BUG(void, masked_weights, row_unmasked,
          "−10000 stands in for −∞, so that a row that sees nothing is a softmax of what is hidden")
(Matrix S, Matrix M, MutableMatrix P) { with_stand_in(S, M, P, -10000); }

QKOAN_BUG(void, masked_weights, tiny_weights,
          "−50 stands in for −∞, and hidden keys get a tiny weight")
(Matrix S, Matrix M, MutableMatrix P) { with_stand_in(S, M, P, -50); }

QKOAN_BUG(void, masked_weights, not_renormalised,
          "softmax runs over all keys, and the weights of hidden ones are set to zero afterwards")
(Matrix S, Matrix M, MutableMatrix P) {
  normalise(P, [=](int i, int j) { return std::exp(S[i][j]); });
  for (int i = 0; i < P.rows; ++i) {
    for (int j = 0; j < P.cols; ++j) P[i][j] *= visible(M, i, j) ? 1.0f : 0.0f;
  }
}

QKOAN_BUG(void, masked_weights, mask_after_softmax, "the mask is added after softmax")
(Matrix S, Matrix M, MutableMatrix P) {
  normalise(P, [=](int i, int j) { return std::exp(S[i][j]); });
  for (int i = 0; i < P.rows; ++i) {
    for (int j = 0; j < P.cols; ++j) P[i][j] += M[i][j];
  }
}

QKOAN_BUG(void, masked_weights, zero_scores, "hidden scores become 0, and e⁰ = 1 takes part")
(Matrix S, Matrix M, MutableMatrix P) {
  normalise(P, [=](int i, int j) { return std::exp(visible(M, i, j) ? S[i][j] : 0); });
}

QKOAN_BUG(void, masked_weights, columns_sum_to_one, "columns are normalised instead of rows")
(Matrix S, Matrix M, MutableMatrix P) {
  for (int j = 0; j < P.cols; ++j) {
    float sum = 0;
    for (int i = 0; i < P.rows; ++i) sum += visible(M, i, j) ? std::exp(S[i][j]) : 0;
    for (int i = 0; i < P.rows; ++i) P[i][j] = visible(M, i, j) ? std::exp(S[i][j]) / sum : 0;
  }
}

QKOAN_BUG(void, masked_weights, not_normalised, "the exponentials are not divided by their sum")
(Matrix S, Matrix M, MutableMatrix P) {
  for (int i = 0; i < P.rows; ++i) {
    for (int j = 0; j < P.cols; ++j) P[i][j] = visible(M, i, j) ? std::exp(S[i][j]) : 0;
  }
}

QKOAN_BUG(void, masked_weights, sum_runs_on, "the sum is not set back to zero between rows")
(Matrix S, Matrix M, MutableMatrix P) {
  float sum = 0;
  for (int i = 0; i < P.rows; ++i) {
    for (int j = 0; j < P.cols; ++j) sum += visible(M, i, j) ? std::exp(S[i][j]) : 0;
    for (int j = 0; j < P.cols; ++j) P[i][j] = visible(M, i, j) ? std::exp(S[i][j]) / sum : 0;
  }
}

QKOAN_BUG(void, masked_weights, epsilon_in_sum, "10⁻⁶ is added to the sum, a guard against 0/0")
(Matrix S, Matrix M, MutableMatrix P) {
  for (int i = 0; i < P.rows; ++i) {
    for (int j = 0; j < P.cols; ++j) P[i][j] = visible(M, i, j) ? std::exp(S[i][j]) : 0;
    const float sum = sum_of(P[i]) + 1e-6f;
    for (float& weight : P[i]) weight /= sum;
  }
}

QKOAN_BUG(void, masked_weights, powers_of_two, "the weights are powers of 2 instead of e")
(Matrix S, Matrix M, MutableMatrix P) {
  normalise(P, [=](int i, int j) { return visible(M, i, j) ? std::exp2(S[i][j]) : 0; });
}

QKOAN_BUG(void, masked_weights, rough_exponential,
          "e^x is (1 + x/1024)^1024, exact to three digits")
(Matrix S, Matrix M, MutableMatrix P) {
  normalise(P, [=](int i, int j) {
    return visible(M, i, j) ? std::pow(1 + (S[i][j] - largest(S, M, i)) / 1024, 1024.0f) : 0;
  });
}

QKOAN_BUG(void, masked_weights, hidden_not_written, "weights of hidden keys are left as they were")
(Matrix S, Matrix M, MutableMatrix P) {
  for (int i = 0; i < P.rows; ++i) {
    float sum = 0;
    for (int j = 0; j < P.cols; ++j) sum += visible(M, i, j) ? std::exp(S[i][j]) : 0;
    for (int j = 0; j < P.cols; ++j) {
      if (visible(M, i, j)) P[i][j] = std::exp(S[i][j]) / sum;
    }
  }
}

QKOAN_VARIANT(void, masked_weights, negative_zero_weights, "hidden keys get −0, which is zero")
(Matrix S, Matrix M, MutableMatrix P) {
  masked_weights(S, M, P);
  for (int i = 0; i < P.rows; ++i) {
    for (int j = 0; j < P.cols; ++j) {
      if (!visible(M, i, j)) P[i][j] = -0.0f;
    }
  }
}

QKOAN_BUG(void, masked_weights, masks_the_input, "the mask is added to the scores where they lie")
(Matrix S, Matrix M, MutableMatrix P) {
  for (int e = 0; e < S.rows * S.cols; ++e) const_cast<float*>(S.data)[e] += M.data[e];
  masked_weights(S, M, P);
}

// ---- Correct variants of the masks --------------------------------------------------------------

QKOAN_VARIANT(void, causal_mask, keys_outside, "walks over the keys first, column by column")
(MutableMatrix M) {
  for (int j = 0; j < M.cols; ++j) {
    for (int i = 0; i < M.rows; ++i) M[i][j] = j - i > M.cols - M.rows ? kHidden : 0;
  }
}

QKOAN_VARIANT(void, causal_mask, runs, "fills each row run by run")
(MutableMatrix M) {
  for (int i = 0; i < M.rows; ++i) {
    float* const end = M[i].data + std::max(position(i, M) + 1, 0);
    std::fill(M[i].begin(), end, 0.0f);
    std::fill(end, M[i].end(), kHidden);
  }
}

QKOAN_VARIANT(void, causal_mask, logarithms, "takes the logarithm of 1 and of 0")
(MutableMatrix M) {
  write(M, causally, 1, 0);
  for (float& m : MutableRow{M.data, M.rows * M.cols}) m = std::log(m);
}

QKOAN_VARIANT(void, sliding_window_mask, one_comparison,
              "lets p − j wrap round, so that one unsigned comparison does")
(int window, MutableMatrix M) {
  write(M,
        [=](int p, int j) { return static_cast<unsigned>(p - j) < static_cast<unsigned>(window); });
}

QKOAN_VARIANT(void, sliding_window_mask, two_masks,
              "adds a mask of the future and a mask of the past")
(int window, MutableMatrix M) {
  write(M, causally);
  for (int i = 0; i < M.rows; ++i) {
    for (int j = 0; j < M.cols; ++j) M[i][j] += position(i, M) - j >= window ? kHidden : 0.0f;
  }
}

QKOAN_VARIANT(void, prefix_mask, larger_of_two,
              "takes the larger element of the causal and the prefix mask")
(int prefix, MutableMatrix M) {
  write(M, causally);
  for (int i = 0; i < M.rows; ++i) {
    for (int j = 0; j < M.cols; ++j) M[i][j] = std::max(M[i][j], j < prefix ? 0 : kHidden);
  }
}

QKOAN_VARIANT(void, document_mask, walks_back, "walks back from each position to the first key")
(Integers document, MutableMatrix M) {
  write(M, [](int, int) { return false; });
  for (int i = M.rows - 1; i >= 0; --i) {
    for (int j = position(i, M); j >= 0; --j) {
      if ((document[j] ^ document[position(i, M)]) == 0) M[i][j] = 0;
    }
  }
}

QKOAN_VARIANT(void, mask_scores, from_the_end, "walks back from the end of each row")
(MutableMatrix S) {
  for (int i = S.rows - 1; i >= 0; --i) {
    for (int j = S.cols - 1; j >= 0 && j > position(i, S); --j) S[i][j] = kHidden;
  }
}

QKOAN_VARIANT(void, mask_scores, selects, "writes every element, visible ones as they are")
(MutableMatrix S) {
  for (int i = 0; i < S.rows; ++i) {
    for (int j = 0; j < S.cols; ++j) S[i][j] = j <= position(i, S) ? S[i][j] : kHidden;
  }
}

// ---- Correct variants of the weights ------------------------------------------------------------

QKOAN_VARIANT(void, masked_weights, no_maximum, "does not subtract the maximum")
(Matrix S, Matrix M, MutableMatrix P) {
  normalise(P, [=](int i, int j) { return visible(M, i, j) ? std::exp(S[i][j]) : 0; });
}

QKOAN_VARIANT(void, masked_weights, adds_the_mask, "adds the mask: e^(s − ∞) is 0")
(Matrix S, Matrix M, MutableMatrix P) {
  normalise(P, [=](int i, int j) { return std::exp(S[i][j] + M[i][j]); });
}

QKOAN_VARIANT(void, masked_weights, maximum_of_all, "subtracts the maximum over hidden keys too")
(Matrix S, Matrix M, MutableMatrix P) {
  normalise(P, [=](int i, int j) {
    const float max = *std::max_element(S[i].begin(), S[i].end());
    return visible(M, i, j) ? std::exp(S[i][j] - max) : 0;
  });
}

QKOAN_VARIANT(void, masked_weights, base_two, "computes e^x as 2^(x·log₂e), the factor rounded")
(Matrix S, Matrix M, MutableMatrix P) {
  constexpr float kLog2E = 1.44269504f;
  normalise(P, [=](int i, int j) {
    return visible(M, i, j) ? std::exp2((S[i][j] - largest(S, M, i)) * kLog2E) : 0;
  });
}

QKOAN_VARIANT(void, masked_weights, base_two_no_maximum,
              "computes 2^(s·log₂e), and subtracts nothing")
(Matrix S, Matrix M, MutableMatrix P) {
  constexpr float kLog2E = 1.44269504f;
  normalise(P, [=](int i, int j) { return visible(M, i, j) ? std::exp2(S[i][j] * kLog2E) : 0; });
}

QKOAN_VARIANT(void, masked_weights, reciprocal, "multiplies by the rounded 1/sum")
(Matrix S, Matrix M, MutableMatrix P) {
  for (int i = 0; i < P.rows; ++i) {
    for (int j = 0; j < P.cols; ++j) P[i][j] = visible(M, i, j) ? std::exp(S[i][j]) : 0;
    const float sum = sum_of(P[i]), factor = sum == 0 ? 0 : 1 / sum;
    for (float& weight : P[i]) weight *= factor;
  }
}

QKOAN_VARIANT(void, masked_weights, in_double, "computes in double and rounds once")
(Matrix S, Matrix M, MutableMatrix P) {
  for (int i = 0; i < P.rows; ++i) {
    double sum = 0;
    for (int j = 0; j < P.cols; ++j) sum += std::exp(static_cast<double>(S[i][j]) + M[i][j]);
    for (int j = 0; j < P.cols; ++j) {
      const double e = std::exp(static_cast<double>(S[i][j]) + M[i][j]);
      P[i][j] = sum == 0 ? 0 : static_cast<float>(e / sum);
    }
  }
}

QKOAN_VARIANT(void, masked_weights, backwards, "sums from the last key to the first")
(Matrix S, Matrix M, MutableMatrix P) {
  for (int i = 0; i < P.rows; ++i) {
    const float max = largest(S, M, i);
    float sum = 0;
    for (int j = P.cols - 1; j >= 0; --j) {
      P[i][j] = visible(M, i, j) ? std::exp(S[i][j] - max) : 0;
      sum += P[i][j];
    }
    for (float& weight : P[i]) weight = sum == 0 ? 0 : weight / sum;
  }
}

namespace {
float pairwise_sum(Row row) {
  if (row.size == 1) return row[0];
  const int half = row.size / 2;
  return pairwise_sum({row.data, half}) + pairwise_sum({row.data + half, row.size - half});
}
}  // namespace

QKOAN_VARIANT(void, masked_weights, pairwise, "sums in pairs of pairs")
(Matrix S, Matrix M, MutableMatrix P) {
  for (int i = 0; i < P.rows; ++i) {
    for (int j = 0; j < P.cols; ++j) P[i][j] = std::exp(S[i][j] + M[i][j]);
    const float sum = pairwise_sum(P[i]);
    for (float& weight : P[i]) weight = sum == 0 ? 0 : weight / sum;
  }
}

QKOAN_VARIANT(void, masked_weights, one_pass, "rescales the sum whenever a larger score arrives")
(Matrix S, Matrix M, MutableMatrix P) {
  for (int i = 0; i < P.rows; ++i) {
    float max = kHidden, sum = 0;
    for (int j = 0; j < P.cols; ++j) {
      if (!visible(M, i, j)) continue;
      const float larger = std::max(max, S[i][j]);
      sum = sum * std::exp(max - larger) + std::exp(S[i][j] - larger);
      max = larger;
    }
    for (int j = 0; j < P.cols; ++j) {
      P[i][j] = visible(M, i, j) ? std::exp(S[i][j] - max) / sum : 0;
    }
  }
}

QKOAN_VARIANT(void, masked_weights, by_logarithm,
              "subtracts the logarithm of the sum from the scores")
(Matrix S, Matrix M, MutableMatrix P) {
  for (int i = 0; i < P.rows; ++i) {
    std::vector<float> e;
    for (int j = 0; j < P.cols; ++j) e.push_back(std::exp(S[i][j] + M[i][j]));
    const float logarithm = std::log(sum_of({e.data(), P.cols}));
    for (int j = 0; j < P.cols; ++j) {
      P[i][j] = visible(M, i, j) ? std::exp(S[i][j] - logarithm) : 0;
    }
  }
}
