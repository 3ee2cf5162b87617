/// @file
/// Lesson 12, the suite. Contract: exercises/attention.hpp.

#include "exercises/attention.hpp"

#include "tests/attention_checks.hpp"

using namespace qkoan;
using namespace qkoan::checks;

namespace {

/// The implementation on trial.
const struct {
  QKOAN_FUNCTION(attend);
  QKOAN_FUNCTION(attention);
  QKOAN_FUNCTION(attention_tile);
  QKOAN_FUNCTION(fused_attention);
  QKOAN_FUNCTION(grouped_attention);
} subject;

/// Biases: numbers, −∞ for some keys, now and then for a whole row.
Matrix any_bias(Case& c, int n_q, int n_k) {
  std::vector<std::vector<float>> B(n_q, std::vector<float>(n_k));
  for (auto& row : B) {
    const bool hidden = c.integer(0, 5) == 0;
    for (float& b : row)
      b = hidden || c.integer(0, 3) == 0 ? -INFINITY : 2 * Case::normal(c.random());
  }
  return c.matrix("B", B);
}

Exact exact_attention(Inputs x, Matrix B) {
  return exact([=](auto real) {
    using Real = decltype(real);
    return reference::attention<Real>(eigen(x.Q), eigen(x.K), eigen(x.V), lift<Real>(B),
                                      lift<double>(B));
  });
}

/// All heads, one after the other, in the columns of one matrix.
Exact exact_groups(int heads, int kv_heads, Inputs x, Row slopes) {
  return exact([=](auto real) {
    using Real = decltype(real);
    const Eigen::MatrixXf Q = eigen(x.Q), K = eigen(x.K), V = eigen(x.V);
    const int d = x.Q.cols / heads, d_v = x.V.cols / kv_heads;
    Eigen::MatrixX<Real> O(x.Q.rows, heads * d_v);
    for (int head = 0; head < heads; ++head) {
      const int group = head / (heads / kv_heads);
      O.middleCols(head * d_v, d_v) =
          reference::alibi_attention<Real>(Q.middleCols(head * d, d), K.middleCols(group * d, d),
                                           V.middleCols(group * d_v, d_v), slopes[head]);
    }
    return O;
  });
}

/// Feeds all keys in parts of any length, at most `longest`, and judges what comes of it.
void judge_tiles(Case& c, Inputs x, Matrix B, int longest) {
  const int n_q = x.Q.rows, n_k = x.K.rows, d_v = x.V.cols;
  std::vector<float> zeros(static_cast<std::size_t>(n_q) * d_v), none(n_q, -INFINITY);
  const MutableRow max = c.inout_row("max", {none.data(), n_q});
  const MutableRow sum = c.inout_row("sum", {zeros.data(), n_q});
  const MutableMatrix O = c.inout_matrix("O", {zeros.data(), n_q, d_v});
  std::vector<int> lengths;
  for (int j = 0; j < n_k; j += lengths.back()) {
    lengths.push_back(std::min(c.integer(1, longest), n_k - j));
  }
  c.integers("keys", lengths);
  int j = 0;
  for (const int keys : lengths) {
    std::vector<std::vector<float>> part;
    for (int i = 0; i < n_q; ++i) part.emplace_back(B[i].data + j, B[i].data + j + keys);
    subject.attention_tile(x.Q, {x.K[j].data, keys, x.K.cols}, {x.V[j].data, keys, d_v},
                           c.matrix("B of a part", part), max, sum, O);
    j += keys;
  }
  for (int e = 0; e < n_q * d_v; ++e) {
    const bool nothing = sum[e / d_v] == 0 && O.data[e] == 0;
    O.data[e] = nothing ? 0 : static_cast<float>(static_cast<double>(O.data[e]) / sum[e / d_v]);
  }
  c.expect("O/sum", O, exact_attention(x, B), kAttentionBound);
}

}  // namespace

namespace suite {

BOOST_AUTO_TEST_SUITE(attend)

BOOST_AUTO_TEST_CASE(any_query, *description("any biases, some keys hidden")) {
  for_all({{"n_k", 1, 20}, {"d", 1, 16}, {"d_v", 1, 9}}, [](Case& c) {
    const Inputs x = any_inputs(c, 1, c["n_k"], c["d"], c["d_v"]);
    const Matrix B = any_bias(c, 1, c["n_k"]);
    const MutableRow o = c.output_row("o", x.V.cols);
    subject.attend(x.Q[0], x.K, x.V, B[0], o);
    c.expect("o", o, exact_attention(x, B), kAttentionBound);
  });
}

BOOST_AUTO_TEST_CASE(nothing_seen, *description("all keys hidden: the output is 0")) {
  example([](Case& c) {
    const Inputs x = any_inputs(c, 1, 3, 2, 4);
    const Row bias = c.row("bias", {-INFINITY, -INFINITY, -INFINITY});
    const MutableRow o = c.output_row("o", 4);
    subject.attend(x.Q[0], x.K, x.V, bias, o);
    for (float& e : o) e += 0.0f;  // zeros have no sign
    c.expect_exactly("o", Row(o), {0, 0, 0, 0}, "no key, no weight, no value");
  });
}

BOOST_AUTO_TEST_CASE(huge_scores, *description("scores of hundreds, also below 0")) {
  for_all({{"n_k", 1, 30}, {"_below", 0, 1}}, [](Case& c) {
    const int n_k = c["n_k"];
    const auto large = [](Case::Random& r) { return 15 * Case::normal(r); };
    const Inputs x{c.matrix("Q", 1, 8, large), c.matrix("K", n_k, 8, large), c.matrix("V", n_k, 3)};
    const Row bias =
        c.row("bias", n_k, [&](Case::Random&) { return c["_below"] ? -2000.0f : 0.0f; });
    const MutableRow o = c.output_row("o", 3);
    subject.attend(x.Q[0], x.K, x.V, bias, o);
    c.expect("o", o, exact_attention(x, {bias.data, 1, n_k}), kAttentionBound);
  });
}

BOOST_AUTO_TEST_CASE(constant_changes_nothing,
                     *property* description("a constant added to all biases changes no output")) {
  for_all({{"n_k", 1, 20}, {"d", 1, 8}}, [](Case& c) {
    const int n_k = c["n_k"];
    const Inputs x = any_inputs(c, 1, n_k, c["d"], 3);
    const auto whole = [&](Case::Random&) { return static_cast<float>(c.integer(-4, 4)); };
    const Row bias = c.row("bias", n_k, whole);
    std::vector<float> more(bias.begin(), bias.end());
    for (float& b : more) b += 32;
    const Row raised = c.row("raised", more);
    const MutableRow a = c.output_row("o", 3), b = c.output_row("o of raised", 3);
    subject.attend(x.Q[0], x.K, x.V, bias, a);
    subject.attend(x.Q[0], x.K, x.V, raised, b);
    c.expect_equal({a.data, 1, 3}, {b.data, 1, 3},
                   both_tolerances(exact_attention(x, {bias.data, 1, n_k}),
                                   exact_attention(x, {raised.data, 1, n_k})),
                   "the output changes with a constant");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("d = 4, three keys, one of them hidden")) {
  example([](Case& c) {
    const Matrix Q = c.matrix("Q", {{2, 0, 1, -1}});
    const Matrix K = c.matrix("K", {{1, 1, 0, 0}, {0, 2, 1, 1}, {1, 0, 2, 0}});
    const Matrix V = c.matrix("V", {{1, 0}, {0, 1}, {5, 5}}),
                 B = c.matrix("B", {{0, 1, -INFINITY}});
    const MutableRow o = c.output_row("o", 2);
    subject.attend(Q[0], K, V, B[0], o);
    c.expect("o", o, exact_attention({Q, K, V}, B), kAttentionBound);
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(attention, *depends_on("attend"))

BOOST_AUTO_TEST_CASE(any_matrices, *description("any sizes and biases, rows that see nothing")) {
  for_all({{"n_q", 1, 12}, {"n_k", 1, 14}, {"d", 1, 12}, {"d_v", 1, 9}}, [](Case& c) {
    const Inputs x = any_inputs(c, c["n_q"], c["n_k"], c["d"], c["d_v"]);
    const Matrix B = any_bias(c, c["n_q"], c["n_k"]);
    const MutableMatrix O = c.output_matrix("O", x.Q.rows, x.V.cols);
    subject.attention(x.Q, x.K, x.V, B, O);
    c.expect("O", O, exact_attention(x, B), kAttentionBound);
  });
}

BOOST_AUTO_TEST_CASE(
    order_of_keys,
    *property* description("keys in another order, with values and biases: no matter")) {
  for_all({{"n_q", 1, 6}, {"n_k", 1, 12}, {"d", 1, 6}}, [](Case& c) {
    const Inputs x = any_inputs(c, c["n_q"], c["n_k"], c["d"], 3);
    const Matrix B = any_bias(c, c["n_q"], c["n_k"]);
    const int n = x.K.rows;
    std::vector<std::vector<float>> k, v, b(x.Q.rows);
    for (int j = n - 1; j >= 0; --j) {
      k.emplace_back(x.K[j].begin(), x.K[j].end());
      v.emplace_back(x.V[j].begin(), x.V[j].end());
      for (int i = 0; i < x.Q.rows; ++i) b[i].push_back(B[i][j]);
    }
    const Inputs other{x.Q, c.matrix("K reversed", k), c.matrix("V reversed", v)};
    const Matrix other_B = c.matrix("B reversed", b);
    const MutableMatrix O = c.output_matrix("O", x.Q.rows, 3),
                        P = c.output_matrix("O of reversed", x.Q.rows, 3);
    subject.attention(x.Q, x.K, x.V, B, O);
    subject.attention(other.Q, other.K, other.V, other_B, P);
    c.expect_equal(O, P, both_tolerances(exact_attention(x, B), exact_attention(other, other_B)),
                   "the output depends on the order of the keys");
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(attention_tile, *depends_on("attend"))

BOOST_AUTO_TEST_CASE(any_tiles, *description("one part of the keys after the other, any parts")) {
  for_all({{"n_q", 1, 8}, {"n_k", 1, 24}, {"d", 1, 8}, {"_longest", 1, 9}}, [](Case& c) {
    const Inputs x = any_inputs(c, c["n_q"], c["n_k"], c["d"], c.integer(1, 7));
    judge_tiles(c, x, any_bias(c, c["n_q"], c["n_k"]), c["_longest"]);
  });
}

BOOST_AUTO_TEST_CASE(huge_scores, *description("scores of hundreds, rising and falling")) {
  for_all({{"n_k", 1, 30}, {"_longest", 1, 9}}, [](Case& c) {
    const Inputs x = huge_inputs(c, c["n_k"]);
    judge_tiles(c, x, any_bias(c, x.Q.rows, x.K.rows), c["_longest"]);
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(fused_attention, *depends_on("attend"))

BOOST_AUTO_TEST_CASE(any_sizes, *description("any sizes, also n_q > n_k; any slope")) {
  checks::any_sizes(subject.fused_attention);
}

BOOST_AUTO_TEST_CASE(large_sizes, *description("hundreds of keys")) {
  checks::large_sizes(subject.fused_attention);
}

BOOST_AUTO_TEST_CASE(huge_scores, *description("scores of hundreds")) {
  checks::huge_scores(subject.fused_attention);
}

BOOST_AUTO_TEST_CASE(memory, *description("no matrix of scores is stored")) {
  checks::memory(subject.fused_attention);
}

BOOST_AUTO_TEST_CASE(future_changes_nothing,
                     *property* description("tokens that come later change no output")) {
  checks::future_changes_nothing(subject.fused_attention);
}

BOOST_AUTO_TEST_CASE(mean_of_equal_values,
                     *property* description("outputs of equal values are that value")) {
  checks::mean_of_equal_values(subject.fused_attention);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(grouped_attention, *depends_on("fused_attention"))

BOOST_AUTO_TEST_CASE(any_groups, *description("any number of heads, in groups of any size")) {
  for_all({{"kv_heads", 1, 3}, {"_group", 1, 3}, {"n_q", 1, 5}, {"n_k", 1, 9}}, [](Case& c) {
    const int kv_heads = c["kv_heads"], heads = kv_heads * c["_group"];
    const int d = c.integer(1, 5), d_v = c.integer(1, 4), n_q = c["n_q"], n_k = c["n_k"];
    c.argument("heads", heads);
    c.argument("d", d);
    c.argument("d_v", d_v);
    const Inputs x{c.matrix("Q", n_q, heads * d), c.matrix("K", n_k, kv_heads * d),
                   c.matrix("V", n_k, kv_heads * d_v)};
    const Row slopes = c.row("slopes", heads, [&](Case::Random&) { return any_slope(c); });
    const MutableMatrix O = c.output_matrix("O", n_q, heads * d_v);
    subject.grouped_attention(heads, kv_heads, x.Q, x.K, x.V, slopes, O);
    c.expect("O", O, exact_groups(heads, kv_heads, x, slopes), kAttentionBound);
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace suite
