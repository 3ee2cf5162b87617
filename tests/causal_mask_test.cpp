/// @file
/// Lesson 02, the suite. Contract: exercises/causal_mask.hpp.

#include "exercises/causal_mask.hpp"

#include <cmath>
#include <limits>

#include "reference/causal_mask.hpp"
#include "tests/support/suite.hpp"

using namespace qkoan;
using namespace qkoan::reference;

namespace {

/// The implementation on trial.
const struct {
  QKOAN_FUNCTION(causal_mask);
  QKOAN_FUNCTION(sliding_window_mask);
  QKOAN_FUNCTION(prefix_mask);
  QKOAN_FUNCTION(document_mask);
  QKOAN_FUNCTION(mask_scores);
  QKOAN_FUNCTION(masked_weights);
} subject;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr const char* kOneMask = "a mask element has one right encoding, +0 or −∞";
constexpr const char* kWeightBound =
    "at least u·(3·t + 3·T + n + 17 + 2·|s| + 2·Σp·|s|)·p: with or without the maximum";

bool sees(int p, int j) { return sees_causally(p, j); }

/// Judges a mask of n_q × n_k that `make` writes against that of `rule`.
template <class Make, class Rule>
void judge_mask(Case& c, int n_q, int n_k, Make make, Rule rule) {
  const MutableMatrix M = c.output_matrix("M", n_q, n_k);
  make(M);
  c.expect_exactly("M", M, mask(n_q, n_k, rule), kOneMask);
}

void judge_causal(Case& c, int n_q, int n_k) {
  judge_mask(c, n_q, n_k, [](MutableMatrix M) { subject.causal_mask(M); }, sees);
}

void judge_window(Case& c, int n_q, int n_k, int window) {
  judge_mask(
      c, n_q, n_k, [&](MutableMatrix M) { subject.sliding_window_mask(window, M); },
      [&](int p, int j) { return sees_in_window(p, j, window); });
}

void judge_prefix(Case& c, int n_q, int n_k, int prefix) {
  judge_mask(
      c, n_q, n_k, [&](MutableMatrix M) { subject.prefix_mask(prefix, M); },
      [&](int p, int j) { return sees_with_prefix(p, j, prefix); });
}

/// A few documents of any numbers, mostly contiguous, sometimes interleaved.
std::vector<int> any_documents(Case& c, int n_k) {
  const int base = c.integer(-3, 3), stay = c.integer(0, 4);
  std::vector<int> document;
  for (int j = 0; j < n_k; ++j) {
    const bool same = j > 0 && c.integer(0, 4) < stay;
    document.push_back(same ? document.back() : base + c.integer(0, 3));
  }
  return document;
}

void judge_documents(Case& c, int n_q, const std::vector<int>& document) {
  const Integers numbers = c.integers("document", document);
  judge_mask(
      c, n_q, numbers.size, [&](MutableMatrix M) { subject.document_mask(numbers, M); },
      [&](int p, int j) { return sees_in_document(p, j, document); });
}

/// Scores of every sort where they must survive, and worse where they must not.
void judge_fused(Case& c, int n_q, int n_k) {
  Matrix S = c.matrix("S", n_q, n_k);
  std::vector<float> before(S.data, S.data + n_q * n_k);
  for (int e = 0; e < n_q * n_k; ++e) {
    const bool visible = sees(position(e / n_k, n_q, n_k), e % n_k);
    const int odd = c.integer(0, 9);
    if (odd == 0) before[e] = -0.0f;
    if (odd == 1) before[e] = visible ? 0x1p-140f : NAN;
    if (odd == 2) before[e] = visible ? 3e38f : kInfinity;
  }
  const MutableMatrix after = c.inout_matrix("S", {before.data(), n_q, n_k});
  subject.mask_scores(after);
  std::vector<float> expected = mask(n_q, n_k, sees);
  for (int e = 0; e < n_q * n_k; ++e) {
    if (expected[e] == 0) expected[e] = before[e];
  }
  c.expect_exactly("S", after, expected, "visible scores keep their bits, the others are −∞");
}

/// A mask of each kind that occurs, and of a kind that does not.
std::vector<float> any_mask(Case& c, int n_q, int n_k) {
  const int window = c.integer(1, n_k), prefix = c.integer(0, n_k);
  std::vector<float> random;
  switch (c.integer(0, 3)) {
    case 0:
      return mask(n_q, n_k, sees);
    case 1:
      return mask(n_q, n_k, [&](int p, int j) { return sees_in_window(p, j, window); });
    case 2:
      return mask(n_q, n_k, [&](int p, int j) { return sees_with_prefix(p, j, prefix); });
  }
  for (int e = 0; e < n_q * n_k; ++e) random.push_back(c.integer(0, 2) == 0 ? -kInfinity : 0);
  return random;
}

/// One score of magnitude at most 30: what the case offers, or further out.
float any_score(Case& c) {
  const float far = c.integer(0, 3) == 0 ? 10 : 1;
  return std::fmax(-30.0f, std::fmin(30.0f, far * c.number()));
}

void judge_weights(Case& c, int n_q, int n_k, const std::vector<float>& mask_values) {
  const auto score = [&](Case::Random&) { return any_score(c); };
  const Matrix S = c.matrix("S", n_q, n_k, score);
  int next = 0;
  const Matrix M = c.matrix("M", n_q, n_k, [&](Case::Random&) { return mask_values[next++]; });
  const MutableMatrix P = c.output_matrix("P", n_q, n_k);
  subject.masked_weights(S, M, P);
  const auto visible = [M](int i, int j) { return M[i][j] == 0; };
  const Exact expected =
      exact([=](auto real) { return masked_weights<decltype(real)>(eigen(S), visible); });
  c.expect("P", P, expected, kWeightBound);
}

/// Two sets of scores that differ only where the mask hides them.
void judge_hidden_scores(Case& c, int n_q, int n_k) {
  const std::vector<float> values = any_mask(c, n_q, n_k);
  int next = 0;
  const Matrix M = c.matrix("M", n_q, n_k, [&](Case::Random&) { return values[next++]; });
  const Matrix S = c.matrix("S", n_q, n_k, [&](Case::Random&) { return any_score(c); });
  next = 0;
  const Matrix other = c.matrix("S_other", n_q, n_k, [&](Case::Random&) {
    const float score = any_score(c), before = S.data[next];
    return values[next++] == 0 ? before : score;
  });
  const MutableMatrix P = c.output_matrix("P", n_q, n_k);
  const MutableMatrix P_other = c.output_matrix("P_other", n_q, n_k);
  subject.masked_weights(S, M, P);
  subject.masked_weights(other, M, P_other);
  const auto visible = [M](int i, int j) { return M[i][j] == 0; };
  const Exact expected =
      exact([=](auto real) { return masked_weights<decltype(real)>(eigen(S), visible); });
  c.expect_equal(P, P_other, expected, "scores that nobody may see change the weights");
}

}  // namespace

namespace suite {

BOOST_AUTO_TEST_SUITE(causal_mask)

BOOST_AUTO_TEST_CASE(any_sizes, *description("j ≤ i + n_k − n_q, for any n_q and n_k")) {
  for_all({{"n_q", 1, 40}, {"n_k", 1, 40}}, [](Case& c) { judge_causal(c, c["n_q"], c["n_k"]); });
}

BOOST_AUTO_TEST_CASE(decoding, *description("few queries at the end of many keys")) {
  for_all({{"n_q", 1, 3}, {"n_k", 1, 150}}, [](Case& c) { judge_causal(c, c["n_q"], c["n_k"]); });
}

BOOST_AUTO_TEST_CASE(depends_on_offset_only,
                     *property* description("keys in front move the mask to the right")) {
  for_all({{"n_q", 1, 20}, {"n_k", 1, 20}, {"in_front", 1, 20}}, [](Case& c) {
    const int n_q = c["n_q"], n_k = c["n_k"], in_front = c["in_front"];
    const MutableMatrix M = c.output_matrix("M", n_q, n_k + in_front);
    subject.causal_mask(M);
    const MutableMatrix behind = c.output_matrix("M_behind", n_q, n_k);
    for (int i = 0; i < n_q; ++i) std::copy_n(M[i].data + in_front, n_k, behind[i].data);
    c.expect_exactly("M_behind", behind, mask(n_q, n_k, sees), kOneMask);
  });
}

BOOST_AUTO_TEST_CASE(four_by_four, *description("the 4 × 4 mask of the lesson")) {
  example([](Case& c) { judge_causal(c, 4, 4); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(sliding_window_mask, *depends_on("causal_mask"))

BOOST_AUTO_TEST_CASE(any_sizes, *description("the last `window` keys, the own included")) {
  for_all({{"n_q", 1, 30}, {"n_k", 1, 40}, {"window", 1, 45}},
          [](Case& c) { judge_window(c, c["n_q"], c["n_k"], c["window"]); });
}

BOOST_AUTO_TEST_CASE(window_of_one, *description("a window of 1 sees the own position only")) {
  for_all({{"n_q", 1, 20}, {"n_k", 1, 20}},
          [](Case& c) { judge_window(c, c["n_q"], c["n_k"], 1); });
}

BOOST_AUTO_TEST_CASE(large_window,
                     *property* description("a window that no row fills is the causal mask")) {
  for_all({{"n_q", 1, 20}, {"n_k", 1, 20}},
          [](Case& c) { judge_window(c, c["n_q"], c["n_k"], std::numeric_limits<int>::max()); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(prefix_mask, *depends_on("causal_mask"))

BOOST_AUTO_TEST_CASE(any_sizes, *description("the prefix for every row, causal behind it")) {
  for_all({{"n_q", 1, 30}, {"n_k", 1, 30}, {"prefix", 0, 30}},
          [](Case& c) { judge_prefix(c, c["n_q"], c["n_k"], std::min(c["prefix"], c["n_k"])); });
}

BOOST_AUTO_TEST_CASE(no_prefix, *property* description("a prefix of 0 is the causal mask")) {
  for_all({{"n_q", 1, 20}, {"n_k", 1, 20}},
          [](Case& c) { judge_prefix(c, c["n_q"], c["n_k"], 0); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(document_mask, *depends_on("causal_mask"))

BOOST_AUTO_TEST_CASE(any_documents, *description("causal, within the document of position p(i)")) {
  for_all({{"n_q", 1, 30}, {"n_k", 1, 30}},
          [](Case& c) { judge_documents(c, c["n_q"], ::any_documents(c, c["n_k"])); });
}

BOOST_AUTO_TEST_CASE(any_numbers, *description("documents have any numbers, not only small ones")) {
  constexpr int kLeast = std::numeric_limits<int>::min(), kMost = std::numeric_limits<int>::max();
  example([](Case& c) {
    judge_documents(c, 9, {5, 261, 5, 1 << 24, (1 << 24) + 1, kLeast, kMost, kLeast, 0});
  });
}

BOOST_AUTO_TEST_CASE(one_document,
                     *property* description("within one document the mask is causal")) {
  for_all({{"n_q", 1, 30}, {"n_k", 1, 30}}, [](Case& c) {
    const Integers one = c.integers("document", std::vector<int>(c["n_k"], c.integer(-5, 5)));
    judge_mask(
        c, c["n_q"], c["n_k"], [&](MutableMatrix M) { subject.document_mask(one, M); }, sees);
  });
}

BOOST_AUTO_TEST_CASE(packed_documents, *description("two documents packed into one row")) {
  example([](Case& c) { judge_documents(c, 5, {7, 7, 7, 2, 2}); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(mask_scores, *depends_on("causal_mask"))

BOOST_AUTO_TEST_CASE(any_sizes, *description("masked in place, visible scores untouched")) {
  for_all({{"n_q", 1, 40}, {"n_k", 1, 90}}, [](Case& c) { judge_fused(c, c["n_q"], c["n_k"]); });
}

BOOST_AUTO_TEST_CASE(large_matrices, *description("sizes beyond any block")) {
  example([](Case& c) { judge_fused(c, 5, 1037); });
  example([](Case& c) { judge_fused(c, 150, 149); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(masked_weights, *depends_on("causal_mask"))

BOOST_AUTO_TEST_CASE(any_mask, *description("softmax over what each row sees")) {
  for_all({{"n_q", 1, 20}, {"n_k", 1, 40}}, [](Case& c) {
    const int n_q = c["n_q"], n_k = c["n_k"];
    judge_weights(c, n_q, n_k, ::any_mask(c, n_q, n_k));
  });
}

BOOST_AUTO_TEST_CASE(hidden_scores_change_nothing,
                     *property* description("other scores of hidden keys, the same weights")) {
  for_all({{"n_q", 1, 10}, {"n_k", 1, 20}},
          [](Case& c) { judge_hidden_scores(c, c["n_q"], c["n_k"]); });
}

BOOST_AUTO_TEST_CASE(more_queries_than_keys, *description("the first rows see nothing: all zero")) {
  for_all({{"n_k", 1, 12}, {"more", 1, 12}}, [](Case& c) {
    const int n_k = c["n_k"], n_q = n_k + c["more"];
    judge_weights(c, n_q, n_k, mask(n_q, n_k, sees));
  });
}

BOOST_AUTO_TEST_CASE(everything_masked, *description("rows that see nothing are exactly zero")) {
  for_all({{"n_q", 1, 6}, {"n_k", 1, 20}}, [](Case& c) {
    const int n_q = c["n_q"], n_k = c["n_k"];
    judge_weights(c, n_q, n_k, std::vector<float>(n_q * n_k, -kInfinity));
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace suite
