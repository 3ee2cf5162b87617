/// @file
/// Lesson 14, the suite. Contract: exercises/bias_gradients.hpp.

#include "exercises/bias_gradients.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "reference/bias_gradients.hpp"
#include "reference/t5_buckets.hpp"
#include "tests/support/suite.hpp"

using namespace qkoan;

namespace {

/// The implementation on trial.
const struct {
  QKOAN_FUNCTION(softmax_backward);
  QKOAN_FUNCTION(scores_gradient);
  QKOAN_FUNCTION(table_gradient);
  QKOAN_FUNCTION(slope_gradient);
  QKOAN_FUNCTION(kerple_gradient);
  QKOAN_FUNCTION(fire_gradient);
  QKOAN_FUNCTION(scores_gradient_simd);
} subject;

constexpr const char* kRowBound = "(n+4)·u·p·(|dp| + Σ p·|dp|): any order; 0 where p is 0";
constexpr const char* kScoresBound = "(n+d_v+4)·u·P·(M + Σ P·M), M = |dO|·|V|ᵀ; 0 where P is 0";
constexpr const char* kTableBound = "(n−1)·u·Σ|G|: any order; 0 for what no pair reads";
constexpr const char* kSlopeBound = "(n+4)·u·Σ|G|·distance, /√d if inside: any order";
constexpr const char* kLogBounds[] = {"at least (n+10)·u·Σ|G|·ln(1+r2·D)",
                                      "at least (n+6)·u·Σ|G|·r1·D/(1+r2·D)"};
constexpr const char* kPowerBounds[] = {"at least u·Σ|G|·D^r2·(n+10+10·r2·ln D)",
                                        "at least u·Σ|G|·r1·D^r2·ln D·(n+22+10·r2·ln D)"};

/// FIRE's gradients in one row: one of b2, h each of b1, w2 and w1, one of c. What the simplest
/// formula gives is judged first.
struct FirePart {
  const char *name, *bound;
};
constexpr FirePart kOfB2{"∂b2", "at least (n−1)·u·Σ|G|, all pairs"};
constexpr FirePart kOfUnits[] = {
    {"∂b1", "at least (n+1)·u·|w2|·Σ|G|, pairs for which the unit is on"},
    {"∂w2", "at least Σ|G|·((n+3)·u·(|w1|·z + |b1|) + |w1|·δ), δ for the rounding of z"},
    {"∂w1", "at least |w2|·Σ|G|·((n+3)·u·z + δ), δ for the rounding of z"}};
constexpr FirePart kOfC{
    "∂c", "at least u·Σ|G·w2·w1|·(n + 36 + 1/ψ(D) + 1/ψ(R))·D/((1 + c·D)·ψ(R)), units that are on"};

// ---- Inputs -------------------------------------------------------------------------------------

/// What a program may find where nobody should look.
float anything(Case& c) {
  static constexpr float kWorse[] = {NAN, INFINITY, -INFINITY};
  const int odd = c.integer(0, 5);
  return odd < 3 ? kWorse[odd] : c.number();
}

/// Softmax of a row of scores in double; weights that a float could hold only as a subnormal are 0.
void to_weights(std::vector<double>& row) {
  const double max = *std::max_element(row.begin(), row.end());
  if (max == -HUGE_VAL) return std::fill(row.begin(), row.end(), 0.0);
  for (double& s : row) s = std::exp(s - max);
  const double sum = std::accumulate(row.begin(), row.end(), 0.0);
  for (double& s : row) s = s / sum < 0x1p-126 ? 0 : s / sum;
}

/// Weights of any mask: causal or not, with keys that nobody sees and pairs hidden one by one.
/// From equal weights to those that differ by all a float can hold.
Matrix any_weights(Case& c, int n_q, int n_k, const char* name = "P") {
  static constexpr double kSpread[] = {0, 1, 3, 40};
  const double spread = kSpread[static_cast<int>(c.values())];
  const bool causal = c.integer(0, 3) > 0;
  const int padding = 2 * c.integer(0, 2), holes = c.integer(0, 2);  // of ten
  std::vector<char> hidden(n_k);
  for (char& key : hidden) key = c.integer(0, 9) < padding;
  std::vector<std::vector<float>> P;
  for (int i = 0; i < n_q; ++i) {
    std::vector<double> row(n_k);
    for (int j = 0; j < n_k; ++j) {
      const bool seen = !hidden[j] && !(causal && j > i + n_k - n_q) && c.integer(0, 9) >= holes;
      row[j] = seen ? spread * Case::normal(c.random()) : -HUGE_VAL;
    }
    to_weights(row);
    P.emplace_back(row.begin(), row.end());
  }
  return c.matrix(name, P);
}

bool seen_by_none(Matrix P, int j) {
  for (int i = 0; i < P.rows; ++i) {
    if (P[i][j] != 0) return false;
  }
  return true;
}

/// Values; those of keys that nobody sees are anything.
Matrix any_values(Case& c, Matrix P, int d_v) {
  std::vector<std::vector<float>> V(P.cols, std::vector<float>(d_v));
  for (int j = 0; j < P.cols; ++j) {
    const bool unused = seen_by_none(P, j);
    for (float& v : V[j]) v = unused ? anything(c) : c.number();
  }
  return c.matrix("V", V);
}

/// ∂loss/∂B; for hidden keys anything. Rows of an exact one sum to 0, in multiples of 1/8.
Matrix any_gradient(Case& c, int n_q, int n_k, bool rows_sum_to_zero = false) {
  std::vector<std::vector<float>> G(n_q, std::vector<float>(n_k));
  for (int i = 0; i < n_q; ++i) {
    const int p = i + n_k - n_q;
    for (float& g : G[i])
      g = rows_sum_to_zero ? 0.125f * static_cast<float>(c.integer(-32, 32)) : c.number();
    if (rows_sum_to_zero && p >= 0) {
      G[i][p] = -std::accumulate(G[i].begin(), G[i].begin() + p, 0.0f);
    }
    for (int j = std::max(p + 1, 0); j < n_k; ++j) G[i][j] = anything(c);
  }
  return c.matrix("G", G);
}

/// A map of distances to some of `parameters`, shorter or longer than distances go.
std::vector<int> any_map(Case& c, int n_k, int parameters, bool gaps) {
  std::vector<int> map(c.integer(1, n_k + 3));
  for (int& r : map) r = c.integer(gaps && c.integer(0, 3) == 0 ? -1 : 0, parameters - 1);
  return map;
}

struct Parameters {
  float r1, r2;
};

/// Legal parameters of KERPLE, now and then at an end.
Parameters any_parameters(Case& c, bool power) {
  const auto draw = [&](float greatest) {
    const int choice = c.integer(0, 9);
    if (choice == 0) return 0.01f;
    if (choice == 1) return greatest;
    if (c.values() == Values::kWhole) return static_cast<float>(c.integer(1, 2));
    if (c.values() != Values::kWide) return std::clamp(std::fabs(c.number()), 0.01f, greatest);
    return std::clamp(std::ldexp(1 + std::fabs(Case::normal(c.random())), c.integer(-7, 18)), 0.01f,
                      greatest);
  };
  const float r1 = draw(0x1p20f);
  return {r1, draw(power ? 2.0f : 0x1p20f)};
}

/// A weight of FIRE that is not 0.
float any_weight(Case& c) {
  const float x = c.values() == Values::kWide ? Case::normal(c.random()) : c.number();
  return std::fabs(x) < 0x1p-10f ? 1 : x;
}

/// All z = ψ(D)/ψ(max(L, p)), ascending, in double.
std::vector<double> all_shares(float bend, float L, int n_q, int n_k) {
  std::vector<double> z;
  reference::for_each_pair(n_q, n_k, [&](int D, int, int j) {
    z.push_back(reference::normalised_distance<double>(bend, L, j + D, j));
  });
  std::sort(z.begin(), z.end());
  z.erase(std::unique(z.begin(), z.end()), z.end());
  return z;
}

/// Whether a unit is clearly on or clearly off at all z: the contract's 2⁻¹², and a quarter more.
bool leaves_no_doubt(float w, float b, const std::vector<double>& z) {
  const double clear = 0x1.4p-12 * (std::fabs(w) + std::fabs(b));
  return clear > 0 && std::all_of(z.begin(), z.end(),
                                  [=](double share) { return std::fabs(w * share + b) >= clear; });
}

struct Unit {
  float w, b;
};
/// A unit with its knot between two z, or that is always on, or always off. Where z lie too close
/// for a knot, others are drawn, and in the end one without a knot.
Unit any_unit(Case& c, const std::vector<double>& z) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    const float w = c.integer(0, 9) == 0 ? 0 : any_weight(c);
    float b = any_weight(c);
    if (c.integer(0, 1) == 0) b = static_cast<float>(-w * c.integer(1, 15) / 16.0);
    if (leaves_no_doubt(w, b, z)) return {w, b};
  }
  const float w = any_weight(c);
  return {w, c.integer(0, 3) == 0 ? -2 * std::fabs(w) : 2 * std::fabs(w)};
}

/// Learned numbers of lesson 09 for the pairs of n_q queries and n_k keys.
Fire any_fire(Case& c, int h, float bend, float L, int n_q, int n_k) {
  const std::vector<double> z = all_shares(bend, L, n_q, n_k);
  std::vector<float> w1(h), b1(h), w2(h);
  for (int k = 0; k < h; ++k) {
    const Unit unit = any_unit(c, z);
    w1[k] = unit.w;
    b1[k] = unit.b;
    w2[k] = c.integer(0, 9) == 0 ? 0 : any_weight(c);
  }
  const Fire fire{bend, L, c.row("w1", w1), c.row("b1", b1), c.row("w2", w2), any_weight(c)};
  c.argument("c", fire.c);
  c.argument("L", fire.L);
  c.argument("b2", fire.b2);
  return fire;
}

/// The same, with c and L anywhere in their ranges, L before, within and behind the positions.
Fire any_fire(Case& c, int h, int n_q, int n_k) {
  static constexpr float kBends[] = {0x1p-6f, 0.1f, 1, 3.7f, 0x1p6f};
  const float bend = kBends[c.integer(0, 4)];
  const int choice = c.integer(0, 9);
  if (choice == 0) return any_fire(c, h, bend, 0x1p20f, n_q, n_k);
  const float L = choice < 4 ? 1 : static_cast<float>(c.integer(4, 6 * n_k + 4)) / 4;
  return any_fire(c, h, bend, L, n_q, n_k);
}

// ---- Judging ------------------------------------------------------------------------------------

Exact exact_row(Row p, Row dp) {
  return exact([p = eigen(p), dp = eigen(dp)](auto real) {
    using Real = decltype(real);
    Eigen::VectorX<Real> visible = Eigen::VectorX<Real>::Zero(p.size());
    for (int j = 0; j < p.size(); ++j) {
      if (p(j) != 0) visible(j) = Real(dp(j));
    }
    return reference::softmax_backward<Real>(p, visible);
  });
}

/// A row of weights, and ∂loss/∂p, which for hidden keys is anything.
struct Backward {
  Row p, dp;
};
Backward any_row(Case& c, int n) {
  const Row p = any_weights(c, 1, n, "p")[0];
  std::vector<float> dp(n);
  for (int j = 0; j < n; ++j) dp[j] = p[j] == 0 ? anything(c) : c.number();
  return {p, c.row("dp", dp)};
}

void judge_row(Case& c, Backward row) {
  const MutableRow g = c.output_row("g", row.p.size);
  subject.softmax_backward(row.p, row.dp, g);
  c.expect("g", g, exact_row(row.p, row.dp), kRowBound);
}

using ScoresGradient = decltype(subject.scores_gradient);

Exact exact_scores(Matrix P, Matrix V, Matrix dO) {
  return exact([P = eigen(P), V = eigen(V), dO = eigen(dO)](auto real) {
    return reference::scores_gradient<decltype(real)>(P, V, dO);
  });
}

void judge_scores(Case& c, ScoresGradient gradient, int n_q, int n_k, int d_v) {
  const Matrix P = any_weights(c, n_q, n_k), V = any_values(c, P, d_v);
  const Matrix dO = c.matrix("dO", n_q, d_v);
  const MutableMatrix G = c.output_matrix("G", n_q, n_k);
  gradient(P, V, dO, G);
  c.expect("G", G, exact_scores(P, V, dO), kScoresBound);
}

void any_attention(ScoresGradient gradient) {
  for_all({{"n_q", 1, 20}, {"n_k", 1, 40}, {"d_v", 1, 20}},
          [=](Case& c) { judge_scores(c, gradient, c["n_q"], c["n_k"], c["d_v"]); });
}

/// Sizes that no block divides: decoding, more queries than keys, many features.
void large_attention(ScoresGradient gradient) {
  example([=](Case& c) { judge_scores(c, gradient, 1, 2003, 5); });
  example([=](Case& c) { judge_scores(c, gradient, 131, 67, 3); });
  example([=](Case& c) { judge_scores(c, gradient, 13, 101, 129); });
}

Exact exact_table(Matrix G, const std::vector<int>& map, int parameters) {
  return exact([G = eigen(G), map, parameters](auto real) {
    return reference::table_gradient<decltype(real)>(G, map, parameters);
  });
}

void judge_table(Case& c, Matrix G, const std::vector<int>& map, int parameters) {
  const Integers of_distance = c.integers("parameter_of_distance", map);
  const MutableRow gradient = c.output_row("gradient", parameters);
  subject.table_gradient(G, of_distance, gradient);
  c.expect("gradient", gradient, exact_table(G, map, parameters), kTableBound);
}

/// Some elements of an answer, to be judged by a bound of their own.
/// @param computed  the whole answer's numbers, which are costly
Exact part(const Exact& whole, const Tolerated& computed, int first, int size) {
  const auto cut = [=](const auto& all) {
    return std::vector(all.begin() + first, all.begin() + first + size);
  };
  return {[=] { return Tolerated{1, size, cut(computed.exact), cut(computed.tolerance), false}; },
          [=] { return cut(whole.rounded()); },
          [=](int, int e, int digits) { return whole.decimals(0, first + e, digits); }};
}

Exact exact_slope(Matrix G, int d, bool inside) {
  return exact([G = eigen(G), d, inside](auto real) {
    return reference::slope_gradient<decltype(real)>(G, d, inside);
  });
}

void judge_slope(Case& c, Matrix G, int d, bool inside) {
  c.argument("d", d);
  c.argument("inside", inside);
  c.expect("gradient", subject.slope_gradient(G, d, inside), exact_slope(G, d, inside),
           kSlopeBound);
}

Exact exact_kerple(Matrix G, bool power, Parameters r) {
  return exact([G = eigen(G), power, r](auto real) {
    using Real = decltype(real);
    return reference::kerple_gradient<Real>(G, power, Real(r.r1), Real(r.r2));
  });
}

void judge_kerple(Case& c, Matrix G, bool power, Parameters r) {
  c.argument("power", power);
  c.argument("r1", r.r1);
  c.argument("r2", r.r2);
  const MutableRow gradient = c.output_row("gradient", 2);
  subject.kerple_gradient(G, power, r.r1, r.r2, gradient);
  const Exact both = exact_kerple(G, power, r);
  const Tolerated computed = both.tolerated();
  const auto& bounds = power ? kPowerBounds : kLogBounds;
  c.expect("∂r1", gradient[0], part(both, computed, 0, 1), bounds[0]);
  c.expect("∂r2", gradient[1], part(both, computed, 1, 1), bounds[1]);
}

template <class Real>
reference::FireOf<Real> lifted(const Fire& f) {
  return {Real(f.c), f.L, lift<Real>(f.w1), lift<Real>(f.b1), lift<Real>(f.w2), Real(f.b2)};
}

Exact exact_fire(Matrix G, Fire fire) {
  return exact([G = eigen(G), fire](auto real) {
    using Real = decltype(real);
    const auto of = reference::fire_gradient<Real>(G, lifted<Real>(fire), lifted<double>(fire));
    Eigen::VectorX<Real> all(3 * of.w1.size() + 2);
    all << of.b2, of.b1, of.w2, of.w1, of.c;
    return all;
  });
}

/// What came back, in the order of exact_fire.
std::vector<float> returned_fire(Case& c, Matrix G, Fire fire) {
  const int h = fire.w1.size;
  const FireGradient of{c.output_row("∂w1", h), c.output_row("∂b1", h), c.output_row("∂w2", h),
                        c.output_row("∂b2", 1).data, c.output_row("∂c", 1).data};
  subject.fire_gradient(G, fire, of);
  std::vector<float> all{*of.b2};
  for (const Row row : {of.b1, of.w2, of.w1}) all.insert(all.end(), row.begin(), row.end());
  all.push_back(*of.c);
  return all;
}

void judge_fire(Case& c, Matrix G, Fire fire) {
  const std::vector<float> got = returned_fire(c, G, fire);
  const Exact all = exact_fire(G, fire);
  const Tolerated computed = all.tolerated();
  const int h = fire.w1.size;
  c.expect(kOfB2.name, got[0], part(all, computed, 0, 1), kOfB2.bound);
  int first = 1;
  for (const FirePart& of : kOfUnits) {
    c.expect(of.name, Row{&got[first], h}, part(all, computed, first, h), of.bound);
    first += h;
  }
  c.expect(kOfC.name, got[first], part(all, computed, first, 1), kOfC.bound);
}

/// The network of lesson 09's page.
Fire example_fire(Case& c, float bend, float L) {
  c.argument("c", bend);
  c.argument("L", L);
  return {bend, L, c.row("w1", {4, -2}), c.row("b1", {-1, 1}), c.row("w2", {-3, 1}), 0.5f};
}

double total(const std::vector<double>& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), 0.0);
}

/// The rows of G sum to 0, but for the rounding of each element, and of the weights' sum.
void expect_rows_sum_to_zero(Case& c, Matrix P, Matrix V, Matrix dO, Matrix G) {
  const std::vector<double> tolerance = exact_scores(P, V, dO).tolerated().tolerance;
  for (int i = 0; i < P.rows; ++i) {
    double sum = 0, mean = 0, weights = 0, slack = 0;
    for (int j = 0; j < P.cols; ++j) {
      sum += G[i][j];
      slack += tolerance[static_cast<std::size_t>(i) * P.cols + j];
      if (P[i][j] == 0) continue;
      weights += P[i][j];
      for (int e = 0; e < V.cols; ++e) mean += static_cast<double>(P[i][j]) * dO[i][e] * V[j][e];
    }
    const double of_weights = weights == 0 ? 0 : std::fabs((1 - weights) * mean);
    c.expect_that(std::fabs(sum) <= (slack + of_weights) * (1 + 1e-9),
                  "row " + std::to_string(i) + " of G does not sum to 0");
  }
}

/// Σ dO·softmax(S + step·direction)·V, for one query.
double loss(const std::vector<double>& s, const std::vector<double>& direction, double step,
            Matrix V, Row dO) {
  std::vector<double> p(s.size());
  for (std::size_t j = 0; j < s.size(); ++j) p[j] = s[j] + step * direction[j];
  to_weights(p);
  double sum = 0;
  for (int j = 0; j < V.rows; ++j) {
    for (int e = 0; e < V.cols; ++e) sum += p[j] * dO[e] * V[j][e];
  }
  return sum;
}

/// A step of all scores changes the loss by Σ G·direction: a central difference in double.
void expect_slope_of_loss(Case& c, const std::vector<double>& s,
                          const std::vector<double>& direction, Matrix P, Matrix V, Matrix dO,
                          Matrix G) {
  const std::vector<double> tolerance = exact_scores(P, V, dO).tolerated().tolerance;
  double predicted = 0, slack = 0, furthest = 0, scale = 0;
  for (int j = 0; j < P.cols; ++j) {
    predicted += G[0][j] * direction[j];
    slack += tolerance[j];
    furthest = std::max(furthest, std::fabs(direction[j]));
    for (int e = 0; e < V.cols; ++e) scale += std::fabs(dO[0][e] * V[j][e]);
  }
  // The weights are rounded, which is less than the tolerance; the third derivative is less than
  // 16·scale·furthest³, and a sixth of it, times the step squared, is the error of a difference.
  constexpr double kStep = 0x1p-12;
  const double difference =
      loss(s, direction, kStep, V, dO[0]) - loss(s, direction, -kStep, V, dO[0]);
  const double allowed = 4 * furthest * slack + 1e-6 * scale * furthest * (1 + furthest * furthest);
  c.expect_that(std::fabs(difference / (2 * kStep) - predicted) <= allowed,
                "the loss does not change as G predicts");
}

}  // namespace

namespace suite {

BOOST_AUTO_TEST_SUITE(softmax_backward)

BOOST_AUTO_TEST_CASE(any_rows,
                     *description("any weights; what belongs to hidden keys is anything")) {
  for_all({{"n", 1, 60}}, [](Case& c) { judge_row(c, any_row(c, c["n"])); });
}

BOOST_AUTO_TEST_CASE(long_row, *description("20,011 keys")) {
  example([](Case& c) { judge_row(c, any_row(c, 20011)); });
}

BOOST_AUTO_TEST_CASE(constant_cancels,
                     *property* description("what all dp have in common does not matter")) {
  for_all({{"n", 1, 40}, {"eighths", -800, 800}}, [](Case& c) {
    const int n = c["n"];
    std::vector<float> p(n), dp(n), raised(n);
    for (int unit = 0; unit < 64; ++unit) p[c.integer(0, n - 1)] += 1 / 64.0f;  // sum exactly 1
    for (int j = 0; j < n; ++j) {
      dp[j] = 0.125f * static_cast<float>(c.integer(-32, 32));
      raised[j] = dp[j] + 0.125f * static_cast<float>(c["eighths"]);
    }
    const Row weights = c.row("p", p), before = c.row("dp", dp),
              after = c.row("dp + constant", raised);
    const MutableRow a = c.output_row("g", n), b = c.output_row("g_after", n);
    subject.softmax_backward(weights, before, a);
    subject.softmax_backward(weights, after, b);
    c.expect_equal({a.data, 1, n}, {b.data, 1, n},
                   both_tolerances(exact_row(weights, before), exact_row(weights, after)),
                   "a constant added to all dp changes g");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("p = ½, ¼, ¼, dp = 2, 4, 0: the mean is 2")) {
  example(
      [](Case& c) { judge_row(c, {c.row("p", {0.5f, 0.25f, 0.25f}), c.row("dp", {2, 4, 0})}); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(scores_gradient, *depends_on("softmax_backward"))

BOOST_AUTO_TEST_CASE(any_sizes,
                     *description("n_q ≠ n_k ≠ d_v, any mask, values that nobody sees")) {
  any_attention(subject.scores_gradient);
}

BOOST_AUTO_TEST_CASE(large_sizes, *description("2003 keys, 131 queries, 129 features")) {
  large_attention(subject.scores_gradient);
}

BOOST_AUTO_TEST_CASE(rows_sum_to_zero, *property* description(
                                           "a constant added to a row of scores changes nothing")) {
  for_all({{"n_q", 1, 10}, {"n_k", 1, 20}, {"d_v", 1, 10}}, [](Case& c) {
    const Matrix P = any_weights(c, c["n_q"], c["n_k"]), V = any_values(c, P, c["d_v"]);
    const Matrix dO = c.matrix("dO", P.rows, V.cols);
    const MutableMatrix G = c.output_matrix("G", P.rows, P.cols);
    subject.scores_gradient(P, V, dO, G);
    expect_rows_sum_to_zero(c, P, V, dO, G);
  });
}

BOOST_AUTO_TEST_CASE(is_the_slope_of_the_loss,
                     *property* description("scores that move a little move the loss by G")) {
  for_all({{"n_k", 1, 12}, {"d_v", 1, 6}}, [](Case& c) {
    const auto normal = [](Case::Random& random) { return Case::normal(random); };
    std::vector<double> s(c["n_k"]), direction(s.size());
    for (double& x : s) x = normal(c.random());
    for (double& x : direction) x = normal(c.random());
    std::vector<double> p = s;
    to_weights(p);
    const Matrix P = c.matrix("P", {std::vector<float>(p.begin(), p.end())});
    const Matrix V = c.matrix("V", P.cols, c["d_v"], normal);
    const Matrix dO = c.matrix("dO", 1, V.cols, normal);
    const MutableMatrix G = c.output_matrix("G", 1, P.cols);
    subject.scores_gradient(P, V, dO, G);
    expect_slope_of_loss(c, s, direction, P, V, dO, G);
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("two queries, three keys, two features")) {
  example([](Case& c) {
    const Matrix P = c.matrix("P", {{0.5f, 0.5f, 0}, {0.5f, 0.25f, 0.25f}});
    const Matrix V = c.matrix("V", {{1, 0}, {0, 2}, {-1, 1}}),
                 dO = c.matrix("dO", {{2, -1}, {1, 2}});
    const MutableMatrix G = c.output_matrix("G", 2, 3);
    subject.scores_gradient(P, V, dO, G);
    c.expect("G", G, exact_scores(P, V, dO), kScoresBound);
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(table_gradient)

BOOST_AUTO_TEST_CASE(any_maps, *description("any map: gaps, ends, parameters that nobody reads")) {
  for_all({{"n_q", 1, 20}, {"n_k", 1, 30}, {"parameters", 1, 14}}, [](Case& c) {
    const Matrix G = any_gradient(c, c["n_q"], c["n_k"]);
    judge_table(c, G, any_map(c, c["n_k"], c["parameters"], true), c["parameters"]);
  });
}

BOOST_AUTO_TEST_CASE(t5_buckets, *description("T5's buckets, 32 to distance 128 and 6 to 20")) {
  for (const auto& [buckets, max_distance] : {std::pair{32, 128}, {6, 20}}) {
    std::vector<int> map(max_distance + 1);
    const auto first = reference::t5_first_distances(buckets, max_distance);
    for (int d = 0; d <= max_distance; ++d) map[d] = reference::t5_bucket(d, first);
    for (const auto& [n_q, n_k] : {std::pair{19, 211}, {67, 13}}) {
      example([&](Case& c) {
        c.argument("buckets", buckets);
        c.argument("max_distance", max_distance);
        judge_table(c, any_gradient(c, n_q, n_k), map, buckets);
      });
    }
  }
}

BOOST_AUTO_TEST_CASE(long_text,
                     *description("20,011 keys, one parameter per distance, or clipped")) {
  std::vector<int> map(20011);
  std::iota(map.begin(), map.end(), 0);
  example([&](Case& c) { judge_table(c, any_gradient(c, 2, 20011), map, 20011); });
  map.resize(3);
  example([&](Case& c) { judge_table(c, any_gradient(c, 2, 20011), map, 4); });
}

BOOST_AUTO_TEST_CASE(sums_to_zero,
                     *property* description("a constant in the whole table changes nothing")) {
  for_all({{"n_q", 1, 12}, {"n_k", 1, 20}, {"parameters", 1, 8}}, [](Case& c) {
    const Matrix G = any_gradient(c, c["n_q"], c["n_k"], true);
    const std::vector<int> map = any_map(c, c["n_k"], c["parameters"], false);
    const MutableRow gradient = c.output_row("gradient", c["parameters"]);
    subject.table_gradient(G, c.integers("parameter_of_distance", map), gradient);
    const double sum = std::accumulate(gradient.begin(), gradient.end(), 0.0);
    c.expect_that(std::fabs(sum) <= total(exact_table(G, map, gradient.size).tolerated().tolerance),
                  "rows of G sum to 0, but the gradient of a table that serves all pairs does not");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("two queries, three keys, two parameters")) {
  example([](Case& c) {
    judge_table(c, c.matrix("G", {{1, -1, NAN}, {0.5f, 0.25f, -0.75f}}), {0, 1}, 2);
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(slope_gradient)

BOOST_AUTO_TEST_CASE(any_sizes, *description("n_q ≠ n_k, inside the scale and outside")) {
  for_all({{"n_q", 1, 20}, {"n_k", 1, 30}, {"d", 1, 130}, {"inside", 0, 1}}, [](Case& c) {
    judge_slope(c, any_gradient(c, c["n_q"], c["n_k"]), c["d"], c["inside"] == 1);
  });
}

BOOST_AUTO_TEST_CASE(long_text, *description("distances to 20,010; 131 queries")) {
  for (const bool inside : {false, true}) {
    example([=](Case& c) { judge_slope(c, any_gradient(c, 2, 20011), 80, inside); });
    example([=](Case& c) { judge_slope(c, any_gradient(c, 131, 17), 4096, inside); });
  }
}

BOOST_AUTO_TEST_CASE(key_only_is_equal,
                     *property* description("if rows of G sum to 0 exactly, it is also Σ G·j")) {
  for_all({{"n_q", 1, 12}, {"n_k", 1, 20}}, [](Case& c) {
    const Matrix G = any_gradient(c, c["n_q"], c["n_k"], true);
    double by_keys = 0;
    reference::for_each_pair(G.rows, G.cols, [&](int, int i, int j) { by_keys += G[i][j] * j; });
    const double slack = exact_slope(G, 1, false).tolerated().tolerance[0];
    c.expect_that(std::fabs(subject.slope_gradient(G, 1, false) - by_keys) <= slack,
                  "the gradient of −m·(p(i) − j) is not that of m·j");
  });
}

BOOST_AUTO_TEST_CASE(is_a_table,
                     *property* description("the slope moves a whole table of distances")) {
  for_all({{"n_q", 1, 12}, {"n_k", 1, 20}}, [](Case& c) {
    const int n_k = c["n_k"];
    const Matrix G = any_gradient(c, c["n_q"], n_k);
    std::vector<int> map(n_k);
    std::iota(map.begin(), map.end(), 0);
    const MutableRow of_distance = c.output_row("of_distance", n_k);
    subject.table_gradient(G, c.integers("parameter_of_distance", map), of_distance);
    const std::vector<double> tolerance = exact_table(G, map, n_k).tolerated().tolerance;
    double sum = 0, slack = exact_slope(G, 1, false).tolerated().tolerance[0];
    for (int d = 0; d < n_k; ++d) {
      sum -= static_cast<double>(d) * of_distance[d];
      slack += d * tolerance[d];
    }
    c.expect_that(std::fabs(subject.slope_gradient(G, 1, false) - sum) <= slack * (1 + 1e-9),
                  "the slope's gradient is not −Σ distance·(the gradient of a table)");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("two queries, three keys; d = 4, inside")) {
  example([](Case& c) {
    judge_slope(c, c.matrix("G", {{1, -1, NAN}, {0.5f, 0.25f, -0.75f}}), 4, true);
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(kerple_gradient)

/// One form after the other: what is wrong in one of them only fails where only that one counts.
void any_legal_parameters(bool power) {
  for_all({{"n_q", 1, 16}, {"n_k", 1, 24}}, [=](Case& c) {
    judge_kerple(c, any_gradient(c, c["n_q"], c["n_k"]), power, any_parameters(c, power));
  });
}

BOOST_AUTO_TEST_CASE(any_log, *description("the log form, legal parameters, ends included")) {
  any_legal_parameters(false);
}

BOOST_AUTO_TEST_CASE(any_power, *description("the power form, legal parameters, ends included")) {
  any_legal_parameters(true);
}

BOOST_AUTO_TEST_CASE(own_key, *description("distance 0 only: both gradients are 0")) {
  for (const bool power : {false, true}) {
    example([=](Case& c) { judge_kerple(c, any_gradient(c, 1, 1), power, {1.5f, 0.5f}); });
    example([=](Case& c) { judge_kerple(c, any_gradient(c, 9, 1), power, {0.01f, 2}); });
  }
}

BOOST_AUTO_TEST_CASE(small_logarithms,
                     *description("ln(1 + r2·D) of small r2·D, as log1p has it")) {
  for (const float r2 : {0.0123f, 0.0149f, 0.0177f}) {
    example([=](Case& c) { judge_kerple(c, any_gradient(c, 1, 2), false, {1.5f, r2}); });
  }
}

BOOST_AUTO_TEST_CASE(at_the_ends, *description("parameters at the ends of what is legal")) {
  for (const float r1 : {0.01f, 1.5f}) {
    for (const float r2 : {0.01f, 2.0f}) {
      for (const bool power : {false, true}) {
        example([=](Case& c) { judge_kerple(c, any_gradient(c, 7, 11), power, {r1, r2}); });
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(long_text, *description("distances to 20,010; 131 queries")) {
  for (const bool power : {false, true}) {
    example([=](Case& c) { judge_kerple(c, any_gradient(c, 2, 20011), power, {0.7f, 1.3f}); });
    example([=](Case& c) { judge_kerple(c, any_gradient(c, 131, 17), power, {3, 0.02f}); });
  }
}

BOOST_AUTO_TEST_CASE(power_1_is_a_slope,
                     *property* description("−r1·D^1 is ALiBi with the slope r1")) {
  for_all({{"n_q", 1, 12}, {"n_k", 1, 20}}, [](Case& c) {
    const Matrix G = any_gradient(c, c["n_q"], c["n_k"]);
    const MutableRow gradient = c.output_row("gradient", 2);
    subject.kerple_gradient(G, true, 1, 1, gradient);
    const double slack = exact_kerple(G, true, {1, 1}).tolerated().tolerance[0] +
                         exact_slope(G, 1, false).tolerated().tolerance[0];
    const double slope = subject.slope_gradient(G, 1, false);
    c.expect_that(std::fabs(gradient[0] - slope) <= slack,
                  "with r2 = 1, the power form's r1 has another gradient than ALiBi's slope");
  });
}

BOOST_AUTO_TEST_CASE(worked_example,
                     *description("log, r1 = 2, r2 = 1/2; two queries, three keys")) {
  example([](Case& c) {
    judge_kerple(c, c.matrix("G", {{1, -1, NAN}, {0.5f, 0.25f, -0.75f}}), false, {2, 0.5f});
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(fire_gradient)

BOOST_AUTO_TEST_CASE(any_networks, *description("n_q ≠ n_k, any c and L, units on and off")) {
  for_all({{"n_q", 1, 14}, {"n_k", 1, 20}, {"h", 1, 6}}, [](Case& c) {
    const Matrix G = any_gradient(c, c["n_q"], c["n_k"]);
    judge_fire(c, G, any_fire(c, c["h"], G.rows, G.cols));
  });
}

BOOST_AUTO_TEST_CASE(own_key, *description("distance 0 only: z is 0, and so is what it reaches")) {
  example([](Case& c) { judge_fire(c, any_gradient(c, 1, 1), any_fire(c, 5, 1, 1)); });
  example([](Case& c) { judge_fire(c, any_gradient(c, 9, 1), any_fire(c, 5, 9, 1)); });
}

BOOST_AUTO_TEST_CASE(short_rods,
                     *description("small c and L: a rod near 0, and all of it counts")) {
  example([](Case& c) { judge_fire(c, any_gradient(c, 5, 5), any_fire(c, 4, 0x1p-6f, 1, 5, 5)); });
  example([](Case& c) {
    judge_fire(c, c.matrix("G", {{2, NAN}, {3, -1}}), example_fire(c, 0x1p-6f, 1));
  });
}

BOOST_AUTO_TEST_CASE(many_units, *description("32 hidden units; more queries than keys")) {
  example([](Case& c) { judge_fire(c, any_gradient(c, 5, 37), any_fire(c, 32, 5, 37)); });
  example([](Case& c) { judge_fire(c, any_gradient(c, 67, 13), any_fire(c, 32, 67, 13)); });
}

BOOST_AUTO_TEST_CASE(long_text, *description("distances to 20,010")) {
  example([](Case& c) {
    const Matrix G = any_gradient(c, 1, 20011);
    judge_fire(c, G, any_fire(c, 3, 0.1f, 512, G.rows, G.cols));
  });
}

BOOST_AUTO_TEST_CASE(b2_is_a_table_of_one,
                     *property* description("all pairs read b2, whatever the units do")) {
  for_all({{"n_q", 1, 12}, {"n_k", 1, 20}, {"h", 1, 4}}, [](Case& c) {
    const Matrix G = any_gradient(c, c["n_q"], c["n_k"]);
    const Fire fire = any_fire(c, c["h"], G.rows, G.cols);
    const float b2 = returned_fire(c, G, fire)[0];
    const MutableRow table = c.output_row("table", 1);
    subject.table_gradient(G, c.integers("parameter_of_distance", {0}), table);
    c.expect_that(std::fabs(b2 - table[0]) <= 2 * exact_table(G, {0}, 1).tolerated().tolerance[0],
                  "the gradient of b2 is not that of a table with one number for all pairs");
  });
}

BOOST_AUTO_TEST_CASE(
    units_may_be_rescaled,
    *property* description("w2·∂w2 = w1·∂w1 + b1·∂b1: 2·w1, 2·b1, w2/2 is the same unit")) {
  for_all({{"n_q", 1, 12}, {"n_k", 1, 20}, {"h", 1, 4}}, [](Case& c) {
    const Matrix G = any_gradient(c, c["n_q"], c["n_k"]);
    const int h = c["h"];
    const Fire fire = any_fire(c, h, G.rows, G.cols);
    const std::vector<float> got = returned_fire(c, G, fire);
    const std::vector<double> tolerance = exact_fire(G, fire).tolerated().tolerance;
    for (int k = 0; k < h; ++k) {
      double difference = 0, slack = 0;
      const auto add = [&](double weight, int e) {
        difference += weight * got[e];
        slack += std::fabs(weight) * tolerance[e];
      };
      add(-fire.b1[k], 1 + k);
      add(fire.w2[k], 1 + h + k);
      add(-fire.w1[k], 1 + 2 * h + k);
      c.expect_that(std::fabs(difference) <= slack * (1 + 1e-9),
                    "w2·∂w2 differs from w1·∂w1 + b1·∂b1 for unit " + std::to_string(k));
    }
  });
}

BOOST_AUTO_TEST_CASE(off_units_learn_nothing,
                     *property* description("a unit that is off for all pairs gets exactly 0")) {
  for_all({{"n_q", 1, 12}, {"n_k", 1, 20}, {"h", 1, 4}}, [](Case& c) {
    const Matrix G = any_gradient(c, c["n_q"], c["n_k"]);
    const int h = c["h"];
    const auto above_1 = [&](Case::Random&) { return 1 + std::fabs(any_weight(c)); };
    const Row w2 = c.row("w2", h, above_1), w1 = c.row("w1", h, above_1);
    std::vector<float> b1(w1.begin(), w1.end());
    for (float& b : b1) b *= -1.25f;  // w1·z + b1 < 0 up to z = 1
    const std::vector<float> got =
        returned_fire(c, G, {1, 4, w1, c.row("b1", b1), w2, any_weight(c)});
    c.expect_that(std::all_of(got.begin() + 1, got.end(), [](float x) { return x == 0; }),
                  "all units are off, but not all gradients of w1, b1, w2 and c are 0");
  });
}

BOOST_AUTO_TEST_CASE(worked_example,
                     *description("c = 1, L = 1; two queries, three keys, two units")) {
  example([](Case& c) {
    judge_fire(c, c.matrix("G", {{1, -1, NAN}, {0.5f, 0.25f, -0.75f}}), example_fire(c, 1, 1));
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(scores_gradient_simd, *depends_on("scores_gradient"))

BOOST_AUTO_TEST_CASE(any_sizes, *description("tails of every length, any mask")) {
  any_attention(subject.scores_gradient_simd);
}

BOOST_AUTO_TEST_CASE(large_sizes, *description("2003 keys, 131 queries, 129 features")) {
  large_attention(subject.scores_gradient_simd);
}

BOOST_AUTO_TEST_CASE(agrees_with_task_2, *property* description("SIMD and scalar form agree")) {
  for_all({{"n_q", 1, 12}, {"n_k", 1, 30}, {"d_v", 1, 12}}, [](Case& c) {
    const Matrix P = any_weights(c, c["n_q"], c["n_k"]), V = any_values(c, P, c["d_v"]);
    const Matrix dO = c.matrix("dO", P.rows, V.cols);
    const MutableMatrix G = c.output_matrix("G", P.rows, P.cols);
    const MutableMatrix twin = c.output_matrix("G_scalar", P.rows, P.cols);
    subject.scores_gradient_simd(P, V, dO, G);
    subject.scores_gradient(P, V, dO, twin);
    c.expect_equal(G, twin, exact_scores(P, V, dO), "the SIMD form differs from the scalar form");
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace suite
