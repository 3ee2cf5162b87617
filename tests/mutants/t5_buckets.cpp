/// @file
/// Lesson 05: what goes wrong with buckets, and what may differ and is right.

#include "exercises/t5_buckets.hpp"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "tests/support/mutants.hpp"

namespace {

constexpr float kHidden = -INFINITY;

/// x on paper, with a margin for what logarithms lose.
double quotient(int n, int h, int D) {
  return h * std::log(static_cast<double>(n) / h) / std::log(static_cast<double>(D) / h);
}

int near_or_far(int n, int h, double x) {
  return n < h ? n : std::min(h + static_cast<int>(x), 2 * h - 1);
}

int bucket_of(int n, int h, int D) { return near_or_far(n, h, quotient(n, h, D) + 1e-9); }

/// Splits an offset into direction and distance n; bucket(n, h) does the rest.
template <class Bucket>
int split(int offset, int buckets, bool bidirectional, Bucket bucket) {
  if (!bidirectional) return bucket(std::max(offset, 0), buckets / 2);
  return (offset < 0 ? buckets / 2 : 0) + bucket(std::abs(offset), buckets / 4);
}

int right_bucket(int offset, int buckets, int D, bool bidirectional) {
  return split(offset, buckets, bidirectional, [=](int n, int h) { return bucket_of(n, h, D); });
}

/// The offset of query i and key j.
template <class M>
int offset(int i, int j, const M& matrix) {
  return i + matrix.cols - matrix.rows - j;
}

/// A function of i and j for every element.
template <class Element>
void fill(MutableMatrix M, Element element) {
  for (int i = 0; i < M.rows; ++i) {
    for (int j = 0; j < M.cols; ++j) M[i][j] = element(i, j);
  }
}

/// The bias of an offset.
float look_up(Row table, int D, bool bidirectional, int d) {
  if (d < 0 && !bidirectional) return kHidden;
  return table[right_bucket(d, table.size, D, bidirectional)];
}

float root(int d) { return std::sqrt(static_cast<float>(d)); }

float dot(Row q, Row k) {
  float sum = 0;
  for (int c = 0; c < q.size; ++c) sum += q[c] * k[c];
  return sum;
}

/// A score from q, k and the bias for every pair.
template <class Score>
void score(Matrix Q, Matrix K, Row table, int D, bool bidirectional, MutableMatrix S, Score score) {
  t5_bias(table, D, bidirectional, S);
  fill(S, [&](int i, int j) { return score(Q[i], K[j], S[i][j]); });
}

/// first[b] by a function of h and k = b − h, for b ≥ h.
template <class First>
void far_firsts(MutableIntegers first, First at) {
  const int h = first.size / 2;
  for (int b = 0; b < first.size; ++b) first[b] = b < h ? b : at(h, b - h);
}

/// The distance where x is k, as a real number.
double edge(int h, int k, int D) {
  return h * std::pow(static_cast<double>(D) / h, static_cast<double>(k) / h);
}

}  // namespace

// ---- The plain and right implementation ---------------------------------------------------------

int t5_bucket(int offset, int buckets, int D, bool bidirectional) {
  return right_bucket(offset, buckets, D, bidirectional);
}

int book_bucket(int offset, int n_b, int D) {
  return n_b % 2 == 0 ? -1 : right_bucket(offset, n_b + 1, D, false);
}

void t5_first_distances(int D, MutableIntegers first) {
  for (int b = 0, n = 0; b < first.size; ++n) {
    while (b < first.size && b <= bucket_of(n, first.size / 2, D)) first[b++] = n;
  }
}

void t5_bias(Row table, int D, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) { return look_up(table, D, bidirectional, offset(i, j, B)); });
}

void t5_scores(Matrix Q, Matrix K, Row table, int D, bool bidirectional, bool scaled,
               MutableMatrix S) {
  score(Q, K, table, D, bidirectional, S, [=](Row q, Row k, float b) {
    return scaled ? (dot(q, k) + b) / root(q.size) : dot(q, k) + b;
  });
}

void t5_bias_simd(Row table, int D, bool bidirectional, MutableMatrix B) {
  t5_bias(table, D, bidirectional, B);
}

// ---- Bugs of the bucket: logarithms -------------------------------------------------------------

// The order of operations in huggingface/transformers; right for the sets that T5 shipped with.
QKOAN_BUG(int, t5_bucket, float_logarithm,
          "x is computed in float, and rounding moves it across a whole number for some sets")
(int offset, int buckets, int D, bool bidirectional) {
  return split(offset, buckets, bidirectional, [=](int n, int h) {
    const float ratio = static_cast<float>(n) / static_cast<float>(h);
    const auto far = static_cast<float>(std::log(static_cast<double>(D) / h));
    return near_or_far(n, h, std::log(ratio) / far * static_cast<float>(h));
  });
}

QKOAN_BUG(int, t5_bucket, logarithm_one_ulp_low,
          "a logarithm is one ulp low, and x rounds down where it is whole: 16 has bucket 9 for 10")
(int offset, int buckets, int D, bool bidirectional) {
  return split(offset, buckets, bidirectional, [=](int n, int h) {
    const float ratio = static_cast<float>(n) / static_cast<float>(h);
    const float low = std::nextafter(std::log(ratio), 0.0f);
    const auto far = static_cast<float>(std::log(static_cast<double>(D) / h));
    return near_or_far(n, h, low / far * static_cast<float>(h));
  });
}

// "Foundations of Large Language Models", chapter 2, taken literally.
QKOAN_BUG(int, t5_bucket, difference_of_logarithms,
          "(ln n − ln h)/(ln D − ln h) in double, rounded down as it comes out")
(int offset, int buckets, int D, bool bidirectional) {
  return split(offset, buckets, bidirectional, [=](int n, int h) {
    const double x = (std::log(n) - std::log(h)) / (std::log(D) - std::log(h)) * h;
    return near_or_far(n, h, x);
  });
}

QKOAN_BUG(int, t5_bucket, double_logarithm,
          "x is computed in double and rounded down as it comes out, also where it should be whole")
(int offset, int buckets, int D, bool bidirectional) {
  return split(offset, buckets, bidirectional, [=](int n, int h) {
    const double ratio = std::log(static_cast<double>(n) / h);
    return near_or_far(n, h, ratio / std::log(static_cast<double>(D) / h) * h);
  });
}

QKOAN_BUG(int, t5_bucket, margin_too_large,
          "the margin added to x is so large that it lifts an x below a whole number over it")
(int offset, int buckets, int D, bool bidirectional) {
  return split(offset, buckets, bidirectional,
               [=](int n, int h) { return near_or_far(n, h, quotient(n, h, D) + 1e-6); });
}

QKOAN_BUG(int, t5_bucket, to_nearest, "x is rounded to the nearest whole number, not down")
(int offset, int buckets, int D, bool bidirectional) {
  return split(offset, buckets, bidirectional,
               [=](int n, int h) { return near_or_far(n, h, quotient(n, h, D) + 0.5); });
}

// DeBERTa's log buckets round up.
QKOAN_BUG(int, t5_bucket, rounded_up, "x is rounded up, not down")
(int offset, int buckets, int D, bool bidirectional) {
  return split(offset, buckets, bidirectional, [=](int n, int h) {
    return near_or_far(n, h, std::ceil(quotient(n, h, D) - 1e-9));
  });
}

QKOAN_BUG(int, t5_bucket, ratio_without_h, "the denominator is ln D, not ln(D/h)")
(int offset, int buckets, int D, bool bidirectional) {
  return split(offset, buckets, bidirectional,
               [=](int n, int h) { return near_or_far(n, h, quotient(n, h, D * h) + 1e-9); });
}

QKOAN_BUG(int, t5_bucket, mixed_bases, "one logarithm has base 2, the other base e")
(int offset, int buckets, int D, bool bidirectional) {
  return split(offset, buckets, bidirectional, [=](int n, int h) {
    return near_or_far(n, h, quotient(n, h, D) / std::log(2) + 1e-9);
  });
}

// ---- Bugs of the bucket: whole numbers ----------------------------------------------------------

// huggingface/candle before PR1312.
QKOAN_BUG(int, t5_bucket, no_last_bucket, "distances from D on leave the table: the min is missing")
(int offset, int buckets, int D, bool bidirectional) {
  return split(offset, buckets, bidirectional, [=](int n, int h) {
    return n < h ? n : h + static_cast<int>(quotient(n, h, D) + 1e-9);
  });
}

// The formula as the KERPLE paper prints it.
QKOAN_BUG(int, t5_bucket, without_h, "far buckets are counted from 0: the summand h is missing")
(int offset, int buckets, int D, bool bidirectional) {
  return split(offset, buckets, bidirectional, [=](int n, int h) {
    return n < h ? n : std::min(static_cast<int>(quotient(n, h, D) + 1e-9), 2 * h - 1);
  });
}

// llama.cpp knows D = 128 only.
QKOAN_BUG(int, t5_bucket, always_128, "D is taken to be 128, whatever the model has")
(int offset, int buckets, int D, bool bidirectional) {
  return split(offset, buckets, bidirectional,
               [=](int n, int h) { return bucket_of(n, h, h < 128 ? 128 : D); });
}

QKOAN_BUG(int, t5_bucket, not_halved_for_directions,
          "each direction takes all buckets: they are not halved between past and future")
(int offset, int buckets, int D, bool bidirectional) {
  if (!bidirectional) return right_bucket(offset, buckets, D, false);
  return (offset < 0 ? buckets / 2 : 0) +
         near_or_far(std::abs(offset), buckets / 2,
                     D > buckets / 2 ? quotient(std::abs(offset), buckets / 2, D) : 0);
}

QKOAN_BUG(int, t5_bucket, future_below, "the past is in the upper half: the sign is the wrong one")
(int offset, int buckets, int D, bool bidirectional) {
  return right_bucket(bidirectional ? -offset : offset, buckets, D, bidirectional);
}

// The order of dmlc/gluon-nlp before PR1470 against that of mesh_tensorflow.
QKOAN_BUG(int, t5_bucket, key_minus_query, "the offset is read as key minus query in both cases")
(int offset, int buckets, int D, bool bidirectional) {
  return right_bucket(-offset, buckets, D, bidirectional);
}

// Ports of WavLM that ask ≥ 0 instead of > 0.
QKOAN_BUG(int, t5_bucket, diagonal_is_future, "offset 0 is taken for the future")
(int offset, int buckets, int D, bool bidirectional) {
  return offset == 0 && bidirectional ? buckets / 2
                                      : right_bucket(offset, buckets, D, bidirectional);
}

QKOAN_BUG(int, t5_bucket, future_shares, "past and future share their buckets: the sign is lost")
(int offset, int buckets, int D, bool bidirectional) {
  return right_bucket(bidirectional ? std::abs(offset) : offset, buckets, D, bidirectional);
}

QKOAN_BUG(int, t5_bucket, hidden_future_far,
          "in a causal model the future has the bucket of its distance, not 0")
(int offset, int buckets, int D, bool bidirectional) {
  return right_bucket(bidirectional ? offset : std::abs(offset), buckets, D, bidirectional);
}

// ---- Bugs of the book's buckets -----------------------------------------------------------------

QKOAN_BUG(int, book_bucket, n_b_buckets, "there are taken to be n_b buckets, not n_b + 1")
(int offset, int n_b, int D) {
  if (n_b % 2 == 0) return -1;
  const int h = std::max(n_b / 2, 1);
  return offset < h ? offset : std::min(h + static_cast<int>(quotient(offset, h, D) + 1e-9), n_b);
}

QKOAN_BUG(int, book_bucket, half_rounded_down, "for even n_b, h is rounded down to a whole number")
(int offset, int n_b, int D) { return right_bucket(offset, (n_b + 1) / 2 * 2, D, false); }

QKOAN_BUG(int, book_bucket, half_rounded_up, "for even n_b, h is rounded up to a whole number")
(int offset, int n_b, int D) {
  const int h = (n_b + 2) / 2;
  return D > h ? right_bucket(offset, 2 * h, D, false) : std::min(offset, n_b);
}

QKOAN_BUG(int, book_bucket, last_is_missing, "the last bucket is n_b − 1")
(int offset, int n_b, int D) { return std::min(book_bucket(offset, n_b, D), n_b - 1); }

// ---- Bugs of the first distances ----------------------------------------------------------------

QKOAN_BUG(void, t5_first_distances, behind_the_tie,
          "where x is whole the bucket is taken to begin one distance later")
(int D, MutableIntegers first) {
  far_firsts(first,
             [=](int h, int k) { return k == 0 ? h : static_cast<int>(edge(h, k, D) + 1e-9) + 1; });
}

QKOAN_BUG(void, t5_first_distances, rounded_edges,
          "the distance where x is k is rounded to the nearest whole number, not up")
(int D, MutableIntegers first) {
  far_firsts(first, [=](int h, int k) { return static_cast<int>(edge(h, k, D) + 0.5); });
}

QKOAN_BUG(void, t5_first_distances, empty_begin_nowhere, "empty buckets are said to begin at −1")
(int D, MutableIntegers first) {
  t5_first_distances(D, first);
  for (int b = 0; b < first.size; ++b) {
    if (bucket_of(first[b], first.size / 2, D) != b) first[b] = -1;
  }
}

QKOAN_BUG(void, t5_first_distances, last_begins_at_D, "the last bucket is taken to begin at D")
(int D, MutableIntegers first) {
  t5_first_distances(D, first);
  first[first.size - 1] = D;
}

QKOAN_BUG(void, t5_first_distances, last_distances, "it is the last distance of each bucket")
(int D, MutableIntegers first) {
  t5_first_distances(D, first);
  for (int b = 0; b + 1 < first.size; ++b) first[b] = first[b + 1] - 1;
}

// ---- Bugs of the matrix -------------------------------------------------------------------------

QKOAN_BUG(void, t5_bias, top_left, "queries are counted from the first key: top-left alignment")
(Row table, int D, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) { return look_up(table, D, bidirectional, i - j); });
}

// The decoding kernel of NVIDIA/TensorRT-LLM had such a bug: #1343.
QKOAN_BUG(void, t5_bias, one_step_late, "positions of queries are one too large")
(Row table, int D, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) {
    const int d = offset(i, j, B);
    return d < 0 && !bidirectional ? kHidden : look_up(table, D, bidirectional, d + 1);
  });
}

// A draft of NVIDIA/TensorRT-LLM PR13870 left the bias out as soon as there was a cache.
QKOAN_BUG(void, t5_bias, dropped_with_a_cache, "there is no bias where queries are fewer than keys")
(Row table, int D, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) {
    const int d = offset(i, j, B);
    const bool visible = d >= 0 || bidirectional;
    return B.rows < B.cols && visible ? 0 : look_up(table, D, bidirectional, d);
  });
}

QKOAN_BUG(void, t5_bias, no_mask, "the future has the bias of bucket 0 where it must be hidden")
(Row table, int D, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) {
    return table[right_bucket(offset(i, j, B), table.size, D, bidirectional)];
  });
}

QKOAN_BUG(void, t5_bias, hidden_far_away, "keys at distance D and farther are hidden")
(Row table, int D, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) {
    const int d = offset(i, j, B);
    return std::abs(d) >= D ? kHidden : look_up(table, D, bidirectional, d);
  });
}

QKOAN_BUG(void, t5_bias, always_causal, "the future is hidden also where it counts")
(Row table, int D, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) {
    const int d = offset(i, j, B);
    return d < 0 ? kHidden : look_up(table, D, bidirectional, d);
  });
}

QKOAN_BUG(void, t5_bias, always_both, "the buckets of a causal table are halved for two directions")
(Row table, int D, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) {
    const int d = offset(i, j, B), h = std::max(table.size / 4, 1);
    if (bidirectional) return look_up(table, D, true, d);
    return d < 0 ? kHidden : table[bucket_of(d, h, D)];
  });
}

// ---- Bugs of the scores -------------------------------------------------------------------------

QKOAN_BUG(void, t5_scores, always_scaled, "T5's scores are divided by √d, too")
(Matrix Q, Matrix K, Row table, int D, bool bidirectional, bool, MutableMatrix S) {
  t5_scores(Q, K, table, D, bidirectional, true, S);
}

QKOAN_BUG(void, t5_scores, never_scaled, "scores are not divided by √d where they should be")
(Matrix Q, Matrix K, Row table, int D, bool bidirectional, bool, MutableMatrix S) {
  t5_scores(Q, K, table, D, bidirectional, false, S);
}

QKOAN_BUG(void, t5_scores, bias_outside,
          "the bias is added behind the scale, not divided with the sum")
(Matrix Q, Matrix K, Row table, int D, bool bidirectional, bool scaled, MutableMatrix S) {
  score(Q, K, table, D, bidirectional, S, [=](Row q, Row k, float b) {
    return scaled ? dot(q, k) / root(q.size) + b : dot(q, k) + b;
  });
}

// huggingface/transformers before PR8518, guillaume-be/rust-bert before PR171, the other way round:
// there cross-attention had a bias that it should not have.
QKOAN_BUG(void, t5_scores, no_bias, "the bias is missing, only its mask is there")
(Matrix Q, Matrix K, Row table, int D, bool bidirectional, bool scaled, MutableMatrix S) {
  score(Q, K, table, D, bidirectional, S, [=](Row q, Row k, float b) {
    return b == kHidden ? b : dot(q, k) / (scaled ? root(q.size) : 1);
  });
}

// ---- Bugs that SIMD brings ----------------------------------------------------------------------

QKOAN_BUG(void, t5_bias_simd, misses_tail,
          "the keys behind the last full vector of eight are not written")
(Row table, int D, bool bidirectional, MutableMatrix B) {
  const float before = B.data[B.rows * B.cols - 1];
  const int whole = B.cols / 8 * 8;
  fill(B, [&](int i, int j) {
    return j < whole ? look_up(table, D, bidirectional, offset(i, j, B)) : before;
  });
}

QKOAN_BUG(void, t5_bias_simd, runs_end_late, "each run of a bucket is one distance too long")
(Row table, int D, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) {
    const int d = offset(i, j, B);
    return look_up(table, D, bidirectional, d > 0 ? d - 1 : d);
  });
}

QKOAN_BUG(void, t5_bias_simd, runs_by_vectors,
          "runs begin at multiples of eight: a vector gets the bucket of its first lane")
(Row table, int D, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) {
    const int d = offset(i, j, B), of_first = offset(i, j / 8 * 8, B);
    return d < 0 && !bidirectional ? kHidden : look_up(table, D, bidirectional, of_first);
  });
}

QKOAN_BUG(void, t5_bias_simd, wrong_way,
          "the window of the line moves the wrong way from row to row")
(Row table, int D, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) { return look_up(table, D, bidirectional, B.cols - 1 - i - j); });
}

QKOAN_BUG(void, t5_bias_simd, last_run_ends_at_D,
          "the last run ends at distance D, zeros behind it")
(Row table, int D, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) {
    const int d = offset(i, j, B);
    return std::abs(d) > D && (d > 0 || bidirectional) ? 0 : look_up(table, D, bidirectional, d);
  });
}

// ---- Correct variants ---------------------------------------------------------------------------

QKOAN_VARIANT(int, t5_bucket, whole_numbers, "compares powers of whole numbers, no logarithm")
(int offset, int buckets, int D, bool bidirectional) {
  using boost::multiprecision::cpp_int, boost::multiprecision::pow;
  return split(offset, buckets, bidirectional, [=](int n, int h) {
    if (n < h) return n;
    if (n >= D) return 2 * h - 1;
    const cpp_int power = pow(cpp_int(n), h);
    int k = 0;
    for (cpp_int next = pow(cpp_int(h), h) / h * D; next <= power; next = next / h * D) ++k;
    return h + k;
  });
}

QKOAN_VARIANT(int, t5_bucket, products_in_double,
              "compares (n/h)^h with (D/h)^k as products in double, equal within a margin")
(int offset, int buckets, int D, bool bidirectional) {
  return split(offset, buckets, bidirectional, [=](int n, int h) {
    if (n < h) return n;
    if (n >= D) return 2 * h - 1;
    int k = 0;
    double left = 1;  // (n/h)^h / (D/h)^k, kept near 1 all the way
    for (int factor = 0; factor < h; ++factor) {
      left *= static_cast<double>(n) / h;
      for (; left * h >= D * (1 - 1e-11); ++k) left = left * h / D;
    }
    return std::min(h + k, 2 * h - 1);
  });
}

QKOAN_VARIANT(int, t5_bucket, binary_logarithm, "log₂ in double, with a margin of 10⁻¹⁰")
(int offset, int buckets, int D, bool bidirectional) {
  return split(offset, buckets, bidirectional, [=](int n, int h) {
    if (n < h) return n;
    const double far = std::log2(static_cast<double>(D)) - std::log2(static_cast<double>(h));
    const double x =
        (std::log2(static_cast<double>(n)) - std::log2(static_cast<double>(h))) / far * h;
    return std::min(h + static_cast<int>(std::floor(x + 1e-10)), 2 * h - 1);
  });
}

QKOAN_VARIANT(int, t5_bucket, long_logarithm, "logarithms in long double, with a margin of 10⁻¹²")
(int offset, int buckets, int D, bool bidirectional) {
  return split(offset, buckets, bidirectional, [=](int n, int h) {
    if (n < h) return n;
    const long double x =
        std::log(static_cast<long double>(n) / h) / std::log(static_cast<long double>(D) / h) * h;
    return std::min(h + static_cast<int>(x + 1e-12L), 2 * h - 1);
  });
}

QKOAN_VARIANT(int, book_bucket, in_its_own_letters, "the book's formula, with a margin")
(int offset, int n_b, int dist_max) {
  if (n_b % 2 == 0) return -1;
  const double h = (n_b + 1) / 2.0;
  if (offset < h) return offset;
  const double x = (std::log(offset) - std::log(h)) / (std::log(dist_max) - std::log(h)) * h;
  return std::min(n_b, static_cast<int>(h + std::floor(x + 1e-9)));
}

QKOAN_VARIANT(void, t5_first_distances, by_powers, "h·(D/h)^(k/h), rounded up with a margin")
(int D, MutableIntegers first) {
  far_firsts(first,
             [=](int h, int k) { return static_cast<int>(std::ceil(edge(h, k, D) - 1e-9)); });
}

QKOAN_VARIANT(void, t5_first_distances, by_search, "a binary search in the buckets")
(int D, MutableIntegers first) {
  for (int b = 0; b < first.size; ++b) {
    int below = -1, reached = D;
    while (reached - below > 1) {
      const int middle = below + (reached - below) / 2;
      (bucket_of(middle, first.size / 2, D) >= b ? reached : below) = middle;
    }
    first[b] = reached;
  }
}

QKOAN_VARIANT(void, t5_bias, columns_first, "walks over the keys first, column by column")
(Row table, int D, bool bidirectional, MutableMatrix B) {
  for (int j = 0; j < B.cols; ++j) {
    for (int i = 0; i < B.rows; ++i) B[i][j] = look_up(table, D, bidirectional, offset(i, j, B));
  }
}

QKOAN_VARIANT(void, t5_bias, adds_the_mask, "looks up the future, too, and adds a causal mask")
(Row table, int D, bool bidirectional, MutableMatrix B) {
  fill(B, [&](int i, int j) {
    const int d = offset(i, j, B);
    return table[right_bucket(d, table.size, D, bidirectional)] +
           (d < 0 && !bidirectional ? kHidden : 0);
  });
}

QKOAN_VARIANT(void, t5_scores, scales_query, "scales the query and the bias before the sum, fused")
(Matrix Q, Matrix K, Row table, int D, bool bidirectional, bool scaled, MutableMatrix S) {
  const float scale = scaled ? 1 / root(Q.cols) : 1;
  score(Q, K, table, D, bidirectional, S, [=](Row q, Row k, float b) {
    float sum = b * scale;
    for (int c = q.size - 1; c >= 0; --c) sum = std::fma(q[c] * scale, k[c], sum);
    return sum;
  });
}

QKOAN_VARIANT(void, t5_scores, in_double, "sums in double and rounds once")
(Matrix Q, Matrix K, Row table, int D, bool bidirectional, bool scaled, MutableMatrix S) {
  score(Q, K, table, D, bidirectional, S, [=](Row q, Row k, float b) {
    double sum = b;
    for (int c = 0; c < q.size; ++c) sum += static_cast<double>(q[c]) * k[c];
    return static_cast<float>(scaled ? sum / std::sqrt(q.size) : sum);
  });
}

QKOAN_VARIANT(void, t5_bias_simd, row_by_row, "each row is the one before it, shifted by one")
(Row table, int D, bool bidirectional, MutableMatrix B) {
  for (int j = 0; j < B.cols; ++j) B[0][j] = look_up(table, D, bidirectional, offset(0, j, B));
  for (int i = 1; i < B.rows; ++i) {
    B[i][0] = look_up(table, D, bidirectional, offset(i, 0, B));
    std::copy_n(B[i - 1].data, B.cols - 1, B[i].data + 1);
  }
}
