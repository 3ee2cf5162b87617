/// @file
/// Lesson 12, the suite. Contract: exercises/attention.hpp.

#include "exercises/attention.hpp"

#include "reference/attention.hpp"
#include "reference/fire.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/suite.hpp"

using namespace qkoan;

namespace {

/// The implementation on trial.
const struct {
  QKOAN_FUNCTION(attend);
  QKOAN_FUNCTION(attention);
  QKOAN_FUNCTION(attention_tile);
  QKOAN_FUNCTION(fused_attention);
  QKOAN_FUNCTION(grouped_attention);
  QKOAN_FUNCTION(fused_attention_simd);
  QKOAN_FUNCTION(biased_attention_simd);
  QKOAN_FUNCTION(fire_attention_simd);
} subject;

constexpr const char* kBound = "at least u·Σ p·|v|·((d + 9)·S + 2·t + n + 8)";
constexpr const char* kFireBound =
    "at least Σ p·|v|·(u·((d + 9)·S + 2·t + n + 8) + β), β the bias's of lesson 09";

struct Inputs {
  Matrix Q, K, V;
};

/// Numbers of the case; where those are wide, normal ones: scores of 10³⁰ leave one key with all the
/// weight.
Inputs any_inputs(Case& c, int n_q, int n_k, int d, int d_v) {
  const auto draw = [&](Case::Random& r) {
    return c.values() == Values::kWide ? 3 * Case::normal(r) : c.number();
  };
  return {c.matrix("Q", n_q, d, draw), c.matrix("K", n_k, d, draw), c.matrix("V", n_k, d_v, draw)};
}

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

template <class Real>
Eigen::MatrixX<Real> with_matrix(const Inputs& x, Matrix B) {
  return reference::attention<Real>(eigen(x.Q), eigen(x.K), eigen(x.V), lift<Real>(B),
                                    lift<double>(B));
}

Exact exact_attention(Inputs x, Matrix B) {
  return exact([=](auto real) { return with_matrix<decltype(real)>(x, B); });
}

/// Of a causal bias by distance, which is a callable for any Real.
template <class Bias>
Exact exact_causal(Inputs x, Bias bias) {
  return exact([=](auto real) {
    using Real = decltype(real);
    const auto by = [&](auto number) {
      using Number = decltype(number);
      return reference::causal_bias<Number>(x.Q.rows, x.K.rows,
                                            [&](int distance) { return bias(Number(), distance); });
    };
    return reference::attention<Real>(eigen(x.Q), eigen(x.K), eigen(x.V), by(Real()), by(double()));
  });
}

Exact exact_alibi(Inputs x, float slope) {
  return exact_causal(x, [slope](auto real, int distance) {
    using Real = decltype(real);
    return Real(-(Real(slope) * Real(distance)));
  });
}

Exact exact_table(Inputs x, Row by_distance) {
  return exact_causal(
      x, [by_distance](auto real, int distance) { return decltype(real)(by_distance[distance]); });
}

float any_slope(Case& c) {
  static constexpr float kSlopes[] = {0, 0.5f, 0x1p-8f, 0.70710677f, 0.01f, 1};
  return kSlopes[c.integer(0, 5)];
}

using Fused = Function<void(Matrix, Matrix, Matrix, float, MutableMatrix)>;

/// Sizes that the parameters of a case do not tell.
void tell_sizes(Case& c, Inputs x) {
  c.argument("n_q", x.Q.rows);
  c.argument("n_k", x.K.rows);
  c.argument("d", x.Q.cols);
  c.argument("d_v", x.V.cols);
}

void judge_fused(const Fused& fused, Case& c, Inputs x, float slope) {
  tell_sizes(c, x);
  c.argument("slope", slope);
  const MutableMatrix O = c.output_matrix("O", x.Q.rows, x.V.cols);
  fused(x.Q, x.K, x.V, slope, O);
  c.expect("O", O, exact_alibi(x, slope), kBound);
}

void any_sizes(const Fused& fused) {
  for_all({{"n_q", 1, 14}, {"n_k", 1, 18}, {"d", 1, 12}, {"d_v", 1, 11}}, [&](Case& c) {
    judge_fused(fused, c, any_inputs(c, c["n_q"], c["n_k"], c["d"], c["d_v"]), any_slope(c));
  });
}

/// Beyond any block and tile, and not a multiple of it: n_q < n_k, n_q > n_k.
void large_sizes(const Fused& fused) {
  example([&](Case& c) { judge_fused(fused, c, any_inputs(c, 61, 203, 5, 9), 0.05f); });
  example([&](Case& c) { judge_fused(fused, c, any_inputs(c, 131, 67, 3, 2), 0.25f); });
}

void decoding(const Fused& fused) {
  for_all({{"n_k", 1, 900}}, [&](Case& c) {
    judge_fused(fused, c, any_inputs(c, 1, c["n_k"], 4, 3), c.integer(0, 1) == 0 ? 0 : 0x1p-8f);
  });
}

/// Inputs with scores of hundreds, rising and falling, which exponentials do not survive unless the
/// maximum is subtracted. Q has few elements, so that a report shows it.
Inputs huge_inputs(Case& c, int n_k) {
  const auto draw = [](Case::Random& r) { return 20 * Case::normal(r); };
  return {c.matrix("Q", 2, 3, draw), c.matrix("K", n_k, 3, draw), c.matrix("V", n_k, 2)};
}

void huge_scores(const Fused& fused) {
  for_all({{"n_k", 1, 90}},
          [&](Case& c) { judge_fused(fused, c, huge_inputs(c, c["n_k"]), 0.5f); });
}

/// What comes after a query is no matter to it.
void future_changes_nothing(const Fused& fused) {
  for_all({{"n", 2, 40}, {"d", 1, 8}}, [&](Case& c) {
    const int n = c["n"], d = c["d"], past = c.integer(1, n - 1);
    const Inputs all = any_inputs(c, n, n, d, 3);
    const MutableMatrix O = c.output_matrix("O", n, 3),
                        first = c.output_matrix("O of the past", past, 3);
    fused(all.Q, all.K, all.V, 0.125f, O);
    const Inputs few{{all.Q.data, past, d}, {all.K.data, past, d}, {all.V.data, past, 3}};
    fused(few.Q, few.K, few.V, 0.125f, first);
    c.expect_equal({O.data, past, 3}, first, exact_alibi(few, 0.125f),
                   "an output changes with tokens that come later");
  });
}

/// Outputs are means: if all values are alike, so is the output.
void mean_of_equal_values(const Fused& fused) {
  for_all({{"n_q", 1, 9}, {"n_k", 1, 40}}, [&](Case& c) {
    const int n_q = c["n_q"], n_k = c["n_k"];
    const Matrix Q = c.matrix("Q", n_q, 5), K = c.matrix("K", n_k, 5);
    const Matrix V = c.matrix("V", n_k, 2, [](Case::Random&) { return 1.0f; });
    const MutableMatrix O = c.output_matrix("O", n_q, 2);
    fused(Q, K, V, 0.5f, O);
    const auto tolerance = exact_alibi({Q, K, V}, 0.5f).tolerated().tolerance;
    bool same = true;
    for (int e = 0; e < O.rows * O.cols; ++e) {
      const bool sees = e / O.cols + n_k - n_q >= 0;
      same &= std::fabs(O.data[e] - (sees ? 1.0 : 0.0)) <= tolerance[e];
    }
    c.expect_that(same, "the weights do not add up to 1");
  });
}

/// Counts what a call on so many queries, keys and values of d elements each takes by `new`.
template <class Call>
void expect_no_matrix(Case& c, int tokens, int d, Call call) {
  long taken = 0;
  {
    const AllocationMeter meter;
    call();
    taken = meter.peak();
  }
  const long limit = 65536 + 64L * (2 * tokens) * (2 * d);
  const std::string n = std::to_string(tokens);
  c.expect_that(taken <= limit, "took " + std::to_string(taken) + " bytes at a time, at most " +
                                    std::to_string(limit) + " are allowed: " + n + " × " + n +
                                    " scores are " + std::to_string(4L * tokens * tokens));
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
      const auto bias = [&](auto number) {
        using Number = decltype(number);
        return reference::causal_bias<Number>(x.Q.rows, x.K.rows, [&](int distance) {
          return Number(-(Number(slopes[head]) * Number(distance)));
        });
      };
      O.middleCols(head * d_v, d_v) =
          reference::attention<Real>(Q.middleCols(head * d, d), K.middleCols(group * d, d),
                                     V.middleCols(group * d_v, d_v), bias(Real()), bias(double()));
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
  c.expect("O/sum", O, exact_attention(x, B), kBound);
}

/// Learned numbers of a case, legal in lesson 09: c and L anywhere in their ranges, L also behind
/// all positions. Weights are such that biases are about as large as scores; some are 0.
Fire any_fire(Case& c, int h, float longest) {
  static constexpr float kBends[] = {0x1p-6f, 0.1f, 1, 3.7f, 0x1p6f};
  const float bend = kBends[c.integer(0, 4)];
  const int quarters = static_cast<int>(4 * longest);
  const float L = c.integer(0, 2) == 0 ? 1 : static_cast<float>(c.integer(4, quarters)) / 4;
  const auto draw = [&](Case::Random&) {
    const float x = c.values() == Values::kWide ? Case::normal(c.random()) : c.number();
    return std::fabs(x) < 0x1p-10f ? 0.0f : x;
  };
  const auto small = [&](Case::Random& r) { return draw(r) / 4; };
  const Row w1 = c.row("w1", h, draw), b1 = c.row("b1", h, draw), w2 = c.row("w2", h, small);
  return {bend, L, w1, b1, w2, draw(c.random())};
}

template <class Real>
Eigen::MatrixX<Real> fire_matrix(const Fire& f, int n_q, int n_k) {
  const reference::FireOf<Real> fire{
      Real(f.c), f.L, lift<Real>(f.w1), lift<Real>(f.b1), lift<Real>(f.w2), Real(f.b2)};
  return reference::fire_bias<Real>(fire, false, n_q, n_k);
}

Exact exact_fire(Inputs x, Fire fire) {
  return exact([=](auto real) {
    using Real = decltype(real);
    const int n_q = x.Q.rows, n_k = x.K.rows;
    return reference::attention<Real>(eigen(x.Q), eigen(x.K), eigen(x.V),
                                      fire_matrix<Real>(fire, n_q, n_k),
                                      fire_matrix<double>(fire, n_q, n_k));
  });
}

void tell_fire(Case& c, Fire fire) {
  c.argument("c", fire.c);
  c.argument("L", fire.L);
  c.argument("b2", fire.b2);
}

/// The outputs with FIRE, not judged.
MutableMatrix fire_outputs(Case& c, const char* name, Inputs x, Fire fire) {
  const MutableMatrix O = c.output_matrix(name, x.Q.rows, x.V.cols);
  subject.fire_attention_simd(x.Q, x.K, x.V, fire, O);
  return O;
}

void judge_fire(Case& c, Inputs x, Fire fire) {
  tell_sizes(c, x);
  tell_fire(c, fire);
  c.expect("O", fire_outputs(c, "O", x, fire), exact_fire(x, fire), kFireBound);
}

/// How far two answers may be apart whose exact values differ, too: those of a bias and of the same
/// bias rounded to float.
std::vector<double> tolerances_and_distance(const Exact& a, const Exact& b) {
  std::vector<double> sum = both_tolerances(a, b);
  const std::vector<double> first = a.tolerated().exact, second = b.tolerated().exact;
  for (std::size_t e = 0; e < sum.size(); ++e) sum[e] += std::fabs(first[e] - second[e]);
  return sum;
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
    c.expect("o", o, exact_attention(x, B), kBound);
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
    c.expect("o", o, exact_attention(x, {bias.data, 1, n_k}), kBound);
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
    c.expect("o", o, exact_attention({Q, K, V}, B), kBound);
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
    c.expect("O", O, exact_attention(x, B), kBound);
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
  ::any_sizes(subject.fused_attention);
}

BOOST_AUTO_TEST_CASE(large_sizes, *description("hundreds of keys")) {
  ::large_sizes(subject.fused_attention);
}

BOOST_AUTO_TEST_CASE(huge_scores, *description("scores of hundreds")) {
  ::huge_scores(subject.fused_attention);
}

BOOST_AUTO_TEST_CASE(memory, *description("no matrix of scores is stored")) {
  example([](Case& c) {
    constexpr int kTokens = 700, kD = 2;
    const Matrix x = c.matrix("x", kTokens, kD);
    const MutableMatrix O = c.output_matrix("O", kTokens, kD);
    expect_no_matrix(c, kTokens, kD, [&] { subject.fused_attention(x, x, x, 0.5f, O); });
  });
}

BOOST_AUTO_TEST_CASE(future_changes_nothing,
                     *property* description("tokens that come later change no output")) {
  ::future_changes_nothing(subject.fused_attention);
}

BOOST_AUTO_TEST_CASE(mean_of_equal_values,
                     *property* description("outputs of equal values are that value")) {
  ::mean_of_equal_values(subject.fused_attention);
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
    c.expect("O", O, exact_groups(heads, kv_heads, x, slopes), kBound);
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(fused_attention_simd, *depends_on("fused_attention"))

BOOST_AUTO_TEST_CASE(any_sizes, *description("any sizes, tails included")) {
  ::any_sizes(subject.fused_attention_simd);
}

BOOST_AUTO_TEST_CASE(large_sizes, *description("several blocks and tiles")) {
  ::large_sizes(subject.fused_attention_simd);
}

BOOST_AUTO_TEST_CASE(decoding, *description("one query, up to 900 keys")) {
  ::decoding(subject.fused_attention_simd);
}

BOOST_AUTO_TEST_CASE(huge_scores, *description("scores of hundreds")) {
  ::huge_scores(subject.fused_attention_simd);
}

BOOST_AUTO_TEST_CASE(future_changes_nothing,
                     *property* description("tokens that come later change no output")) {
  ::future_changes_nothing(subject.fused_attention_simd);
}

BOOST_AUTO_TEST_CASE(agrees_with_task_4, *property* description("SIMD and scalar form agree")) {
  for_all({{"n_q", 1, 30}, {"n_k", 1, 40}, {"d", 1, 12}}, [](Case& c) {
    const Inputs x = any_inputs(c, c["n_q"], c["n_k"], c["d"], 5);
    const float slope = any_slope(c);
    c.argument("slope", slope);
    const MutableMatrix O = c.output_matrix("O", x.Q.rows, 5),
                        twin = c.output_matrix("O_scalar", x.Q.rows, 5);
    subject.fused_attention_simd(x.Q, x.K, x.V, slope, O);
    subject.fused_attention(x.Q, x.K, x.V, slope, twin);
    c.expect_equal(O, twin, exact_alibi(x, slope), "the SIMD form differs from the scalar form");
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(biased_attention_simd, *depends_on("fused_attention_simd"))

BOOST_AUTO_TEST_CASE(any_biases, *description("any bias of the distance, any sizes")) {
  for_all({{"n_q", 1, 20}, {"n_k", 1, 30}, {"d", 1, 12}, {"d_v", 1, 11}}, [](Case& c) {
    const Inputs x = any_inputs(c, c["n_q"], c["n_k"], c["d"], c["d_v"]);
    const Row by_distance =
        c.row("by_distance", c["n_k"], [](Case::Random& r) { return 2 * Case::normal(r); });
    const MutableMatrix O = c.output_matrix("O", x.Q.rows, x.V.cols);
    subject.biased_attention_simd(x.Q, x.K, x.V, by_distance, O);
    c.expect("O", O, exact_table(x, by_distance), kBound);
  });
}

BOOST_AUTO_TEST_CASE(large_sizes, *description("several blocks and tiles")) {
  const auto judge = [](Case& c, int n_q, int n_k) {
    const Inputs x = any_inputs(c, n_q, n_k, 3, 9);
    const Row by_distance =
        c.row("by_distance", n_k, [](Case::Random& r) { return Case::normal(r); });
    const MutableMatrix O = c.output_matrix("O", n_q, 9);
    subject.biased_attention_simd(x.Q, x.K, x.V, by_distance, O);
    c.expect("O", O, exact_table(x, by_distance), kBound);
  };
  example([&](Case& c) { judge(c, 61, 203); });
  example([&](Case& c) { judge(c, 131, 67); });
}

BOOST_AUTO_TEST_CASE(huge_scores, *description("scores of hundreds, rising and falling")) {
  for_all({{"n_k", 1, 90}}, [](Case& c) {
    const Inputs x = huge_inputs(c, c["n_k"]);
    const Row by_distance = c.row("by_distance", c["n_k"]);
    const MutableMatrix O = c.output_matrix("O", x.Q.rows, x.V.cols);
    subject.biased_attention_simd(x.Q, x.K, x.V, by_distance, O);
    c.expect("O", O, exact_table(x, by_distance), kBound);
  });
}

BOOST_AUTO_TEST_CASE(alibi_by_distance,
                     *property* description("a straight line of biases is task 6")) {
  for_all({{"n_q", 1, 20}, {"n_k", 1, 40}, {"d", 1, 8}}, [](Case& c) {
    const Inputs x = any_inputs(c, c["n_q"], c["n_k"], c["d"], 3);
    std::vector<float> line;
    for (int n = 0; n < x.K.rows; ++n) line.push_back(-0.25f * static_cast<float>(n));
    const Row by_distance = c.row("by_distance", line);
    const MutableMatrix O = c.output_matrix("O", x.Q.rows, 3),
                        P = c.output_matrix("O by slope", x.Q.rows, 3);
    subject.biased_attention_simd(x.Q, x.K, x.V, by_distance, O);
    subject.fused_attention_simd(x.Q, x.K, x.V, 0.25f, P);
    c.expect_equal(O, P, exact_alibi(x, 0.25f), "the same bias makes another output");
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(fire_attention_simd,
                      *depends_on("attention") * depends_on("biased_attention_simd"))

BOOST_AUTO_TEST_CASE(any_sizes, *description("any sizes, also n_q > n_k; any c, L and weights")) {
  for_all({{"n_q", 1, 14}, {"n_k", 1, 18}, {"d", 1, 9}, {"d_v", 1, 7}, {"h", 1, 5}}, [](Case& c) {
    const Inputs x = any_inputs(c, c["n_q"], c["n_k"], c["d"], c["d_v"]);
    judge_fire(c, x, any_fire(c, c["h"], 30));
  });
}

BOOST_AUTO_TEST_CASE(large_sizes, *description("several blocks and tiles, knots in some of them")) {
  const auto judge = [](Case& c, int n_q, int n_k, float L) {
    const Inputs x = any_inputs(c, n_q, n_k, 3, 9);
    const Row w1 = c.row("w1", {8, -6, 4, -2, 5}), b1 = c.row("b1", {-1, 3, -3, 1.5f, 1}),
              w2 = c.row("w2", {0.5f, 1.25f, -2, 0.75f, 0.375f});
    judge_fire(c, x, {0.1f, L, w1, b1, w2, -0.5f});
  };
  example([&](Case& c) { judge(c, 61, 203, 20); });
  example([&](Case& c) { judge(c, 131, 67, 50); });
}

BOOST_AUTO_TEST_CASE(decoding, *description("one query, up to 300 keys")) {
  for_all({{"n_k", 1, 300}}, [](Case& c) {
    const Inputs x = any_inputs(c, 1, c["n_k"], 2, 3);
    judge_fire(c, x, any_fire(c, 3, 600));
  });
}

BOOST_AUTO_TEST_CASE(many_knots, *description("32 hidden units, each with a knot in (0, 1)")) {
  example([](Case& c) {
    const Inputs x = any_inputs(c, 9, 83, 3, 4);
    std::vector<float> in(32), off(32);
    for (int k = 0; k < 32; ++k) {
      in[k] = static_cast<float>(k % 2 == 0 ? 2 + k % 5 : -2 - k % 5);
      off[k] = -in[k] * static_cast<float>(k * 7 % 32 + 1) / 34;
    }
    const Row w1 = c.row("w1", in), b1 = c.row("b1", off), w2 = c.row("w2", 32, Case::normal);
    judge_fire(c, x, {1, 30, w1, b1, w2, 0.5f});
  });
}

BOOST_AUTO_TEST_CASE(no_knots,
                     *description("no knot in (0, 1): always on, always off, of weight 0")) {
  for_all({{"n_q", 1, 9}, {"n_k", 1, 40}}, [](Case& c) {
    const Inputs x = any_inputs(c, c["n_q"], c["n_k"], 3, 2);
    const Row w1 = c.row("w1", {2, -1, 0, 1, -3, 0, 3}),
              b1 = c.row("b1", {0.5f, 2, 1, -1, 0, -1, 0}),
              w2 = c.row("w2", {1, -2, 3, 8, 8, 8, -1});
    judge_fire(c, x, {1, static_cast<float>(c.integer(1, 50)), w1, b1, w2, 0});
  });
}

BOOST_AUTO_TEST_CASE(knots_on_distances,
                     *description("z is exactly that of a knot: c = 1, L = 15")) {
  for_all({{"n_q", 1, 16}, {"n_k", 1, 16}}, [](Case& c) {
    const Inputs x = any_inputs(c, c["n_q"], c["n_k"], 3, 2);
    // ψ(1), ψ(3), ψ(7) and ψ(15) are 1, 2, 3 and 4 times ln 2.
    const Row w1 = c.row("w1", {4, -4, 4, -2}), b1 = c.row("b1", {-1, 2, -3, 2}),
              w2 = c.row("w2", 4, Case::normal);
    judge_fire(c, x, {1, 15, w1, b1, w2, 0});
  });
}

BOOST_AUTO_TEST_CASE(short_rods, *description("small c and L: nothing is added to the rod")) {
  example([](Case& c) {
    const Inputs x{c.matrix("Q", {{1, -1}}), c.matrix("K", {{0.5f, 0}, {0, -0.5f}}),
                   c.matrix("V", {{1, 1}, {-1, 0}})};
    const Row w1 = c.row("w1", {2, 0}), b1 = c.row("b1", {0, 1}), w2 = c.row("w2", {-1, 1});
    judge_fire(c, x, {0x1p-6f, 1, w1, b1, w2, 0});
  });
}

BOOST_AUTO_TEST_CASE(huge_scores, *description("scores of hundreds, biases of hundreds")) {
  for_all({{"n_k", 1, 90}}, [](Case& c) {
    const Inputs x = huge_inputs(c, c["n_k"]);
    const Row w1 = c.row("w1", {40, -30, 2}), b1 = c.row("b1", {-10, 20, 1}),
              w2 = c.row("w2", {9, 8, -50});
    judge_fire(c, x, {0.1f, 40, w1, b1, w2, -300});
  });
}

BOOST_AUTO_TEST_CASE(memory, *description("no matrix of scores or biases is stored")) {
  example([](Case& c) {
    constexpr int kTokens = 700, kD = 2;
    const Matrix x = c.matrix("x", kTokens, kD);
    const Fire fire = any_fire(c, 4, 900);
    const MutableMatrix O = c.output_matrix("O", kTokens, kD);
    expect_no_matrix(c, kTokens, kD, [&] { subject.fire_attention_simd(x, x, x, fire, O); });
  });
}

BOOST_AUTO_TEST_CASE(b2_changes_nothing,
                     *property* description("b2 is a constant of the row: softmax ignores it")) {
  for_all({{"n_q", 1, 9}, {"n_k", 1, 30}, {"h", 1, 4}}, [](Case& c) {
    const Inputs x = any_inputs(c, c["n_q"], c["n_k"], 3, 2);
    const Fire fire = any_fire(c, c["h"], 40);
    Fire moved = fire;
    moved.b2 += 3;
    tell_fire(c, fire);
    c.expect_equal(fire_outputs(c, "O", x, fire), fire_outputs(c, "O of b2 + 3", x, moved),
                   both_tolerances(exact_fire(x, fire), exact_fire(x, moved)),
                   "the output changes with b2");
  });
}

BOOST_AUTO_TEST_CASE(future_changes_nothing,
                     *property* description("tokens that come later change no output")) {
  for_all({{"n", 2, 40}, {"d", 1, 8}, {"h", 1, 4}}, [](Case& c) {
    const int n = c["n"], d = c["d"], past = c.integer(1, n - 1);
    const Inputs all = any_inputs(c, n, n, d, 3);
    const Inputs few{{all.Q.data, past, d}, {all.K.data, past, d}, {all.V.data, past, 3}};
    const Fire fire = any_fire(c, c["h"], 50);
    tell_fire(c, fire);
    const MutableMatrix O = fire_outputs(c, "O", all, fire);
    c.expect_equal({O.data, past, 3}, fire_outputs(c, "O of the past", few, fire),
                   exact_fire(few, fire), "an output changes with tokens that come later");
  });
}

BOOST_AUTO_TEST_CASE(is_attention_with_a_matrix,
                     *property* description("task 2 with lesson 09's biases says the same")) {
  for_all({{"n_q", 1, 20}, {"n_k", 1, 30}, {"h", 1, 4}}, [](Case& c) {
    const Inputs x = any_inputs(c, c["n_q"], c["n_k"], 3, 4);
    const Fire fire = any_fire(c, c["h"], 50);
    tell_fire(c, fire);
    const Eigen::MatrixXd wide = fire_matrix<double>(fire, x.Q.rows, x.K.rows);
    std::vector<std::vector<float>> biases(x.Q.rows, std::vector<float>(x.K.rows));
    for (int i = 0; i < x.Q.rows; ++i)
      for (int j = 0; j < x.K.rows; ++j) biases[i][j] = static_cast<float>(wide(i, j));
    const Matrix B = c.matrix("B", biases);
    const MutableMatrix by_matrix = c.output_matrix("O with B", x.Q.rows, 4);
    subject.attention(x.Q, x.K, x.V, B, by_matrix);
    c.expect_equal(fire_outputs(c, "O", x, fire), by_matrix,
                   tolerances_and_distance(exact_fire(x, fire), exact_attention(x, B)),
                   "attention with the matrix of the same biases makes another output");
  });
}

BOOST_AUTO_TEST_CASE(by_distance_up_to_L,
                     *property* description("while all positions are below L, it is task 7")) {
  for_all({{"n_q", 1, 20}, {"n_k", 1, 40}, {"h", 1, 4}}, [](Case& c) {
    const Inputs x = any_inputs(c, c["n_q"], c["n_k"], 3, 4);
    Fire fire = any_fire(c, c["h"], 40);
    fire.L = static_cast<float>(x.K.rows + c.integer(0, 20));
    tell_fire(c, fire);
    const Eigen::MatrixXd last = fire_matrix<double>(fire, 1, x.K.rows);
    const int n_k = x.K.rows;
    std::vector<float> biases;
    for (int distance = 0; distance < n_k; ++distance)
      biases.push_back(static_cast<float>(last(0, n_k - 1 - distance)));
    const Row by_distance = c.row("by_distance", biases);
    const MutableMatrix O = c.output_matrix("O by distance", x.Q.rows, 4);
    subject.biased_attention_simd(x.Q, x.K, x.V, by_distance, O);
    c.expect_equal(fire_outputs(c, "O", x, fire), O,
                   tolerances_and_distance(exact_fire(x, fire), exact_table(x, by_distance)),
                   "the same biases by distance make another output");
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace suite
