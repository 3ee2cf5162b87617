/// @file
/// Lesson 14, the numbers of its page and of its quiz.

#include "docs/numbers.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <stdexcept>
#include <vector>

#include "docs/bias_profile.hpp"
#include "reference/bias_gradients.hpp"
#include "reference/core/interval.hpp"
#include "reference/fire.hpp"
#include "reference/kerple.hpp"
#include "reference/t5_buckets.hpp"

using namespace qkoan;

namespace {

// ---- By hand ------------------------------------------------------------------------------------

const Eigen::MatrixXd kWeights{{0.5, 0.5, 0}, {0.5, 0.25, 0.25}};
const Eigen::MatrixXd kValues{{1, 0}, {0, 2}, {-1, 1}};
const Eigen::MatrixXd kOutputGradient{{2, -1}, {1, 2}};

Eigen::MatrixXd by_hand_gradient() {
  return reference::scores_gradient<double>(kWeights, kValues, kOutputGradient);
}

/// FIRE's, with the network of lesson 09's page, c = 1 and L = 1.
reference::FireOf<double> by_hand_fire(const Eigen::MatrixXd& G) {
  const reference::FireOf<double> fire{
      1,  1, Eigen::VectorXd{{4., -2.}}, Eigen::VectorXd{{-1., 1.}}, Eigen::VectorXd{{-3., 1.}},
      0.5};
  return reference::fire_gradient<double>(G, fire, fire);
}

std::string numbers_of(const Eigen::RowVectorXd& row) {
  std::string text;
  for (const double x : row) text += format("%9.4g", x + 0.0);
  return text;
}

std::string by_hand() {
  const Eigen::MatrixXd G = by_hand_gradient(), dP = kOutputGradient * kValues.transpose();
  std::string text = "```text\nd_v = 2    V[0] = (1, 0)   V[1] = (0, 2)   V[2] = (−1, 1)\n";
  for (int i = 0; i < 2; ++i) {
    text += format("\nquery %d, dO = (%g, %g)\n", i, kOutputGradient(i, 0), kOutputGradient(i, 1));
    text +=
        "  P       " + numbers_of(kWeights.row(i)) + (i == 0 ? "    key 2 is hidden" : "") + "\n";
    text += "  dP      " + numbers_of(dP.row(i)) +
            format("    mean under P  %g\n", kWeights.row(i).dot(dP.row(i)));
    text += "  G       " + numbers_of(G.row(i)) + format("    sum  %g\n", G.row(i).sum() + 0.0);
  }
  const auto table = reference::table_gradient<double>(G, {0, 1, 2}, 3);
  const auto r = reference::kerple_gradient<double>(G, false, 2., 0.5);
  text += format("\nper distance 0, 1, 2                 %g, %g, %g    sum  %g\n", table(0),
                 table(1), table(2), table.sum() + 0.0);
  text += format("ALiBi's slope, outside the scale     %g\n",
                 reference::slope_gradient<double>(G, 1, false));
  text += format("KERPLE's r1, r2 (log, r1 = 2, ½)     %.4f, %.4f\n", r(0), r(1));
  const auto fire = by_hand_fire(G);
  text += format("FIRE's w1, b1, w2 (see below)        %.4f, %.4f;  %.4f, %.4f;  %.4f, %.4f\n",
                 fire.w1(0), fire.w1(1), fire.b1(0), fire.b1(1), fire.w2(0), fire.w2(1));
  text += format("FIRE's b2, c                         %.4f, %.4f\n", fire.b2 + 0.0, fire.c);
  return text + "```\n";
}

// ---- Central differences ------------------------------------------------------------------------

using Numbers = Eigen::MatrixX<Interval>;

constexpr int kQueries = 5, kKeys = 7, kFeatures = 3;

/// A matrix of numbers that look random: multiples of 1/8.
Numbers matrix(int rows, int cols, unsigned seed) {
  std::mt19937 random(seed);
  Numbers m(rows, cols);
  for (auto& x : m.reshaped()) x = Interval(static_cast<int>(random() % 33) - 16) / 8;
  return m;
}

/// Scores without a bias, values, and ∂loss/∂O of an attention whose loss is Σ dO·O.
struct Attention {
  Numbers scores = matrix(kQueries, kKeys, 1), V = matrix(kKeys, kFeatures, 2);
  Numbers dO = matrix(kQueries, kFeatures, 3);

  /// P for a bias of position and key.
  template <class Bias>
  Numbers weights(const Bias& bias) const {
    Numbers P = Numbers::Zero(kQueries, kKeys);
    for (int i = 0; i < kQueries; ++i) {
      const int p = i + kKeys - kQueries;
      Interval sum = 0;
      for (int j = 0; j <= p; ++j) sum += P(i, j) = exp(Interval(scores(i, j) + bias(p, j)));
      for (int j = 0; j <= p; ++j) P(i, j) /= sum;
    }
    return P;
  }
  template <class Bias>
  Numbers gradient(const Bias& bias) const {
    return reference::scores_gradient<Interval>(weights(bias), V, dO);
  }
  template <class Bias>
  Interval loss(const Bias& bias) const {
    const Numbers P = weights(bias);
    Interval sum = 0;
    for (int i = 0; i < kQueries; ++i) {
      for (int j = 0; j < kKeys; ++j) {
        for (int c = 0; c < kFeatures; ++c) sum += dO(i, c) * P(i, j) * V(j, c);
      }
    }
    return sum;
  }
};

using Parameters = std::vector<Interval>;
/// Bias of a pair by parameters; all their gradients from G.
struct Family {
  const char* name;
  std::vector<const char*> names;
  Parameters parameters;
  std::function<Interval(const Parameters&, int p, int j)> bias;
  std::function<Parameters(const Parameters&, const Numbers& G)> gradient;
};

Parameters list(const Eigen::VectorX<Interval>& v) { return {v.begin(), v.end()}; }

constexpr int kUnits = 2;
constexpr double kRod = 4;

/// FIRE of parameters c, w1, b1, w2 (two each), b2.
reference::FireOf<Interval> fire_of(const Parameters& x) {
  reference::FireOf<Interval> fire{x[0], kRod, {}, {}, {}, x[7]};
  for (auto* v : {&fire.w1, &fire.b1, &fire.w2}) v->resize(kUnits);
  for (int k = 0; k < kUnits; ++k) {
    fire.w1(k) = x[1 + k];
    fire.b1(k) = x[3 + k];
    fire.w2(k) = x[5 + k];
  }
  return fire;
}

/// The same as doubles: they decide which units are on.
reference::FireOf<double> rounded(const reference::FireOf<Interval>& fire) {
  const auto middle = [](const Interval& x) {
    return static_cast<double>(boost::multiprecision::median(x));
  };
  return {middle(fire.c),
          fire.L,
          fire.w1.unaryExpr(middle),
          fire.b1.unaryExpr(middle),
          fire.w2.unaryExpr(middle),
          middle(fire.b2)};
}

Parameters fire_gradient(const Parameters& x, const Numbers& G) {
  const auto fire = fire_of(x);
  const auto of = reference::fire_gradient<Interval>(G, fire, rounded(fire));
  Parameters all{of.c};
  for (const auto* v : {&of.w1, &of.b1, &of.w2}) all.insert(all.end(), v->begin(), v->end());
  all.push_back(of.b2);
  return all;
}

std::vector<Family> families() {
  const auto kerple = [](bool power) {
    return [=](const Parameters& r, int p, int j) {
      return reference::kerple(power, r[0], r[1], p, j, false);
    };
  };
  const auto by_kerple = [](bool power) {
    return [=](const Parameters& r, const Numbers& G) {
      return list(reference::kerple_gradient<Interval>(G, power, r[0], r[1]));
    };
  };
  const auto slope = [](bool inside) {
    return [=](const Parameters&, const Numbers& G) {
      return Parameters{reference::slope_gradient<Interval>(G, 64, inside)};
    };
  };
  const auto q = [](int eighths) { return Interval(eighths) / 8; };
  const std::vector<int> map{0, 1, 2, 2, -1};
  return {{"table",
           {"u0", "u1", "u2"},
           {q(3), q(-5), q(9)},
           [=](const Parameters& u, int p, int j) {
             const int r = map[std::min(p - j, 4)];
             return r < 0 ? Interval(0) : u[r];
           },
           [=](const Parameters&, const Numbers& G) {
             return list(reference::table_gradient<Interval>(G, map, 3));
           }},
          {"ALiBi outside",
           {"m"},
           {q(2)},
           [](const Parameters& m, int p, int j) { return Interval(-m[0] * (p - j)); },
           slope(false)},
          {"ALiBi inside, d = 64",
           {"m"},
           {q(2)},
           [](const Parameters& m, int p, int j) { return Interval(-m[0] * (p - j) / 8); },
           slope(true)},
          {"KERPLE log", {"r1", "r2"}, {q(12), q(4)}, kerple(false), by_kerple(false)},
          {"KERPLE power", {"r1", "r2"}, {q(4), q(12)}, kerple(true), by_kerple(true)},
          {"FIRE",
           {"c", "w1[0]", "w1[1]", "b1[0]", "b1[1]", "w2[0]", "w2[1]", "b2"},
           {q(3), q(9), q(-12), q(2), q(7), q(-14), q(5), q(3)},
           [](const Parameters& x, int p, int j) {
             return reference::network(fire_of(x),
                                       Interval(reference::normalised_distance(x[0], kRod, p, j)));
           },
           fire_gradient}};
}

/// How small a number is: the power of ten above it.
int exponent_of(const Interval& x) {
  const double size = std::fabs(static_cast<double>(boost::multiprecision::median(x)));
  return size == 0 ? -99 : static_cast<int>(std::ceil(std::log10(size)));
}

/// Each gradient by its formula, and by a central difference of the loss with step 10⁻²⁰ in 100
/// digits, whose own error is about 10⁻⁴⁰.
std::string differences_table() {
  const Precision precision(100);
  const Attention attention;
  std::string table =
      "| bias | parameter | gradient by the formula | decimals that the difference has, too |\n"
      "|---|---|---:|---:|\n";
  const Interval step = pow(Interval(10), -20);
  for (const Family& f : families()) {
    const auto loss = [&](const Parameters& x) {
      return attention.loss([&](int p, int j) { return f.bias(x, p, j); });
    };
    const Parameters exact = f.gradient(
        f.parameters, attention.gradient([&](int p, int j) { return f.bias(f.parameters, p, j); }));
    for (std::size_t k = 0; k < exact.size(); ++k) {
      Parameters more = f.parameters, less = f.parameters;
      more[k] += step;
      less[k] -= step;
      const Interval quotient = (loss(more) - loss(less)) / (2 * step);
      const int digits = -exponent_of(quotient - exact[k]);
      if (digits < 36) throw std::runtime_error(std::string(f.name) + ": not the loss's gradient");
      const bool zero = exponent_of(exact[k]) < -60;
      table += format("| %s | %s | %s | %d |\n", k == 0 ? f.name : "", f.names[k],
                      zero ? "0" : decimal(exact[k], 12).c_str(), digits);
    }
  }
  return table;
}

// ---- What is lost in float ----------------------------------------------------------------------

/// The slope's gradient of one query that looks at its neighbourhood (ALiBi, 1/4), in float.
std::string key_only_table() {
  std::string table =
      "| keys | −Σ G·distance, off by | Σ G·j, off by | sum of the row of G "
      "|\n|---:|---:|---:|---:|\n";
  for (const int n : {64, 4096, 262144}) {
    std::mt19937 random(n);
    std::normal_distribution<double> normal;
    Eigen::VectorXd p(n), dp(n);
    for (int j = 0; j < n; ++j) {
      p(j) = std::exp(-0.25 * (n - 1 - j));
      dp(j) = normal(random);
    }
    p /= p.sum();
    const Eigen::VectorXd g = reference::softmax_backward<double>(p, dp);
    double exact = 0, row = 0;
    float by_distance = 0, by_key = 0;
    for (int j = 0; j < n; ++j) {
      const float rounded = static_cast<float>(g(j));
      exact -= g(j) * (n - 1 - j);
      row += rounded;
      by_distance -= rounded * static_cast<float>(n - 1 - j);
      by_key += rounded * static_cast<float>(j);
    }
    table += format("| %d | %.1e | %.1e | %.1e |\n", n, std::fabs(by_distance / exact - 1),
                    std::fabs(by_key / exact - 1), row);
  }
  return table;
}

/// The upper 8 bits of significand, rounded to nearest even.
float bfloat16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return std::bit_cast<float>((bits + 0x7fffu + (bits >> 16 & 1)) & 0xffff0000u);
}

float bfloat16_sum(int terms) {
  float sum = 0;
  for (int n = 0; n < terms; ++n) sum = bfloat16(sum + 1);
  return sum;
}

std::string bfloat16_sums() {
  std::string counts, sums;
  for (const int pairs : {100, 256, 512, 131072}) {
    const char* const before = pairs == 100 ? "" : pairs < 131072 ? ", " : " and ";
    counts += format("%s%d", before, pairs);
    sums += format("%s%g", before, bfloat16_sum(pairs));
  }
  return "**Sums in 16 bits.** A parameter's gradient is a long sum, and bfloat16 has 8 bits. "
         "Of\n" +
         counts + " pairs with $G = 1$ each, it makes " + sums + ".\n";
}

// ---- Who is trained -----------------------------------------------------------------------------

// instructor only
int empty_buckets(int buckets, int max_distance, int n) {
  std::vector<char> read(buckets);
  const auto first = reference::t5_first_distances(buckets, max_distance);
  for (int d = 0; d < n; ++d) read[reference::t5_bucket(d, first)] = true;
  return static_cast<int>(std::count(read.begin(), read.end(), 0));
}
// end of instructor only

/// T5's 32 buckets to distance 128 in a text of 512 tokens.
std::string buckets_table() {
  constexpr int kText = 512, kBuckets = 32;
  const auto first = reference::t5_first_distances(kBuckets, 128);
  std::array<double, kBuckets> pairs{}, equal{}, local{};
  for (int i = 0; i < kText; ++i) {
    double sum = 0;
    for (int d = 0; d <= i; ++d) sum += std::exp(-0.25 * d);
    for (int d = 0; d <= i; ++d) {
      const int b = reference::t5_bucket(d, first);
      ++pairs[b];
      equal[b] += 1. / (i + 1);
      local[b] += std::exp(-0.25 * d) / sum;
    }
  }
  std::string table =
      "| bucket | distances | pairs | weight, equal scores | weight, ALiBi 1/4 |\n"
      "|---:|---|---:|---:|---:|\n";
  for (const int b : {0, 8, 15, 16, 24, 31}) {
    const std::string to = b == 31 ? "…" : format("%d", first[b + 1] - 1);
    table += format("| %d | %d – %s | %.0f | %.2f | %.2g |\n", b, first[b], to.c_str(), pairs[b],
                    equal[b], local[b]);
  }
  return table;
}

// ---- Learning -----------------------------------------------------------------------------------

constexpr int kTokens = 64;

/// What is to be imitated, of scores that are all alike: a head of KERPLE.
double teacher(int i, int j) { return reference::kerple_log<double>(2, 0.125, i - j) + 0.0; }

template <class BiasOf>
Eigen::MatrixXd attention(BiasOf bias) {
  Eigen::MatrixXd P = Eigen::MatrixXd::Zero(kTokens, kTokens);
  for (int i = 0; i < kTokens; ++i) {
    for (int j = 0; j <= i; ++j) P(i, j) = std::exp(bias(i, j));
    P.row(i) /= P.row(i).sum();
  }
  return P;
}

using BiasOfPair = std::function<double(int i, int j)>;

/// A student: its parameters, its bias, its gradients, and the length of its steps.
struct Student {
  std::string name;
  Eigen::VectorXd x;
  std::function<BiasOfPair(const Eigen::VectorXd&)> bias;
  std::function<Eigen::VectorXd(const Eigen::VectorXd&, const Eigen::MatrixXd&)> gradient;
  Eigen::VectorXd rate;

  /// The mean over all queries of Σ P*·ln(P*/P), whose gradient by the scores is P − P*.
  double loss() const {
    const Eigen::MatrixXd wanted = attention(teacher), P = attention(bias(x));
    double sum = 0;
    reference::for_each_pair(kTokens, kTokens, [&](int, int i, int j) {
      sum += wanted(i, j) * std::log(wanted(i, j) / P(i, j)) / kTokens;
    });
    return sum;
  }
  void learn(int steps) {
    const Eigen::MatrixXd wanted = attention(teacher);
    for (int step = 0; step < steps; ++step) {
      const Eigen::MatrixXd G = (attention(bias(x)) - wanted) / kTokens;
      x -= rate.cwiseProduct(gradient(x, G));
    }
  }
};

constexpr double kFireStep = 0.5;

/// FIRE of c, then w1, b1, w2 of four units, and b2; L is the length of the texts in training.
reference::FireOf<double> student_fire(const Eigen::VectorXd& x) {
  return {x(0), kTokens, x.segment(1, 4), x.segment(5, 4), x.segment(9, 4), x(13)};
}

std::vector<Student> students() {
  std::vector<int> own(kTokens), bucket(kTokens);
  const auto first = reference::t5_first_distances(16, kTokens);
  for (int d = 0; d < kTokens; ++d) {
    own[d] = d;
    bucket[d] = reference::t5_bucket(d, first);
  }
  const auto table = [](std::string name, const std::vector<int>& map, int size) {
    return Student{std::move(name), Eigen::VectorXd::Zero(size),
                   [=](const Eigen::VectorXd& u) {
                     return [=](int i, int j) { return u(map[std::min(i - j, kTokens - 1)]); };
                   },
                   [=](const Eigen::VectorXd&, const Eigen::MatrixXd& G) {
                     return Eigen::VectorXd(reference::table_gradient<double>(G, map, size));
                   },
                   Eigen::VectorXd::Constant(size, 4)};
  };
  return {
      table("table of 64", own, kTokens),
      table("T5, 16 buckets", bucket, 16),
      {"ALiBi", Eigen::VectorXd{{0.}},
       [](const Eigen::VectorXd& m) { return [=](int i, int j) { return -m(0) * (i - j); }; },
       [](const Eigen::VectorXd&, const Eigen::MatrixXd& G) {
         return Eigen::VectorXd{{reference::slope_gradient<double>(G, 1, false)}};
       },
       Eigen::VectorXd{{0.002}}},
      {"KERPLE power", Eigen::VectorXd{{0.5, 0.5}},
       [](const Eigen::VectorXd& r) {
         return
             [=](int i, int j) { return reference::kerple_power<double>(r(0), r(1), i - j) + 0.0; };
       },
       [](const Eigen::VectorXd& r, const Eigen::MatrixXd& G) {
         return Eigen::VectorXd(reference::kerple_gradient<double>(G, true, r(0), r(1)));
       },
       Eigen::VectorXd{{0.05, 0.05}}},
      {"FIRE, 4 units", Eigen::VectorXd{{1, 1, 1, 1, 1, 0.25, -0.25, -0.5, -0.75, 0, 0, 0, 0, 0}},
       [](const Eigen::VectorXd& x) {
         return [fire = student_fire(x)](int i, int j) {
           return reference::network<double>(
               fire, reference::normalised_distance<double>(fire.c, fire.L, i, j));
         };
       },
       [](const Eigen::VectorXd& x, const Eigen::MatrixXd& G) {
         const auto fire = student_fire(x), of = reference::fire_gradient<double>(G, fire, fire);
         Eigen::VectorXd all(x.size());
         all << of.c, of.w1, of.b1, of.w2, of.b2;
         return all;
       },
       Eigen::VectorXd::Constant(14, kFireStep)}};
}

std::string learning_table(std::vector<Student>& all) {
  std::string table = "| steps |", rule = "|---:|";
  for (const Student& s : all) {
    table += " " + s.name + " |";
    rule += "---:|";
  }
  table += "\n" + rule + "\n";
  int done = 0;
  for (const int steps : {0, 10, 100, 1000, 10000}) {
    table += format("| %d |", steps);
    for (Student& s : all) {
      s.learn(steps - done);
      table += format(" %.2e |", s.loss());
    }
    done = steps;
    table += "\n";
  }
  return table;
}

std::vector<Bias> profiles(const std::vector<Student>& all) {
  std::vector<Bias> biases{{"to imitate", teacher}};
  for (const Student& s : all)  // only differences count: relative to the own key
    biases.push_back({s.name, [b = s.bias(s.x)](int i, int j) { return b(i, j) - b(i, i) + 0.0; }});
  return biases;
}

// instructor only
/// Which choice tells what key-only ALiBi learns.
int same_slope() {
  const Eigen::MatrixXd G = by_hand_gradient();
  double by_keys = 0;
  reference::for_each_pair(2, 3, [&](int, int i, int j) { by_keys += G(i, j) * j; });
  return std::fabs(by_keys - reference::slope_gradient<double>(G, 1, false)) < 1e-12 ? 1 : -1;
}

/// Which choice tells what p·dp without its mean does to a table: it drifts.
int drifts() {
  Eigen::MatrixXd G = kWeights.cwiseProduct(kOutputGradient * kValues.transpose());
  const double without = reference::table_gradient<double>(G, {0, 1, 2}, 3).sum();
  const double with = reference::table_gradient<double>(by_hand_gradient(), {0, 1, 2}, 3).sum();
  return std::fabs(without) > 0.1 && std::fabs(with) < 1e-12 ? 2 : -1;
}
// end of instructor only

}  // namespace

void qkoan::numbers(Page& page) {
  std::vector<Student> all = students();
  page.block("by_hand", by_hand());
  page.block("differences", differences_table());
  page.block("buckets", buckets_table());
  page.block("learning", learning_table(all));
  page.block("biases", bias_table(profiles(all), 128));
  page.block("windows", window_table(profiles(all)));
  page.block("picture", attention_picture(profiles(all), kTokens - 1));
  page.block("key_only", key_only_table());
  page.block("bfloat16", bfloat16_sums());

  // instructor only
  const Eigen::VectorXd p{{0.5, 0.25, 0.25}}, dp{{2, 4, 0}};
  page.answer("row", reference::softmax_backward<double>(p, dp)(1));
  const reference::FireOf<double> unit{
      1, 1, Eigen::VectorXd{{4.}}, Eigen::VectorXd{{-1.}}, Eigen::VectorXd{{3.}}, 0};
  const Eigen::MatrixXd G{{2., 0., -1., 4.}};  // z = 1, …, 1/2, 0
  page.answer("unit", reference::fire_gradient<double>(G, unit, unit).w1(0));
  page.answer("inside", reference::slope_gradient<double>(Eigen::MatrixXd{{4., -4.}}, 64, true));
  page.answer("empty", empty_buckets(32, 20, 512));
  page.answer("stuck", bfloat16_sum(1000));
  page.choice("key_only", same_slope());
  page.choice("drift", drifts());
  // end of instructor only
}
