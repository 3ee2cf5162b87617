/// @file
/// Lesson 09, the numbers of its page and of its quiz.

#include "docs/numbers.hpp"

#include <cmath>
#include <vector>

#include "docs/bias_profile.hpp"
#include "reference/fire.hpp"

using namespace qkoan;

namespace {

using Fire = reference::FireOf<double>;

/// The network of all examples: two units, knots at 1/4 and 1/2, falling all the way.
Fire example(double c, double L) {
  return {c, L, Eigen::VectorXd{{4, -2}}, Eigen::VectorXd{{-1, 1}}, Eigen::VectorXd{{-3, 1}}, 0.5};
}

double share(double c, double L, int p, int j) {
  return reference::normalised_distance<double>(c, L, p, j);
}

double bias(const Fire& fire, int p, int j) {
  return reference::network<double>(fire, share(fire.c, fire.L, p, j));
}

std::string by_hand() {
  const Fire fire = example(1, 3);
  std::string table =
      "| key j | distance | ψ(distance) | z | 4z − 1 | 1 − 2z | bias f(z) |\n"
      "|---:|---:|---:|---:|---:|---:|---:|\n";
  const int p = 7;
  for (const int j : {7, 6, 4, 0}) {
    const double z = share(1, 3, p, j);
    table += format("| %d | %d | %.3f | %.3f | %.3f | %.3f | %.3f |\n", j, p - j,
                    reference::log_distance<double>(1, p - j), z, 4 * z - 1, 1 - 2 * z,
                    bias(fire, p, j));
  }
  return table;
}

/// B of eight positions with L = 4: where rows are shifts of each other, and where they are not.
std::string matrix() {
  const Fire fire = example(1, 4);
  const Eigen::MatrixXd B = reference::fire_bias<double>(fire, false, 8, 8);
  std::string picture =
      "```text\n         j = 0      1      2      3      4      5      6      7\n";
  for (int i = 0; i < 8; ++i) {
    picture += format("i = %d", i);
    for (int j = 0; j < 8; ++j) {
      picture += std::isinf(B(i, j)) ? "      ·" : format(" %6.2f", B(i, j));
    }
    picture += i == 4 ? "   the last row of the Toeplitz part\n" : "\n";
  }
  return picture + "```\n";
}

std::string pieces() {
  const Fire fire = example(1, 3);
  const auto t = reference::knots<double>({4, -2}, {-1, 1});
  std::string table =
      "| from z | to z | units that are on | slope | intercept |\n|---:|---:|---|---:|---:|\n";
  double begin = 0;
  for (int n = 0; n <= t.size(); ++n) {
    const double end = n < t.size() ? t(n) : 1, middle = (begin + end) / 2;
    double slope = 0, intercept = fire.b2;
    std::string on;
    for (int k = 0; k < 2; ++k) {
      if (fire.w1(k) * middle + fire.b1(k) <= 0) continue;
      slope += fire.w2(k) * fire.w1(k);
      intercept += fire.w2(k) * fire.b1(k);
      on += (on.empty() ? "" : ", ") + std::to_string(k);
    }
    table += format("| %g | %g | %s | %g | %g |\n", begin, end, on.c_str(), slope, intercept);
    begin = end;
  }
  return table;
}

/// How much of the past lies below z, for queries behind L: (1 + c·p)^z = 1 + c·distance.
std::string halves() {
  std::string table =
      "| position p | keys with z ≤ 1/4 | z ≤ 1/2 | z ≤ 3/4 | in per cent of the past |\n"
      "|---:|---:|---:|---:|---|\n";
  for (const int p : {64, 512, 4096, 32768}) {
    int keys[3] = {};
    for (int distance = 0; distance <= p; ++distance) {
      for (int n = 0; n < 3; ++n) keys[n] += share(0.1, 64, p, p - distance) <= (n + 1) / 4.0;
    }
    table += format("| %d | %d | %d | %d | %.1f, %.1f, %.1f |\n", p, keys[0], keys[1], keys[2],
                    100. * keys[0] / (p + 1), 100. * keys[1] / (p + 1), 100. * keys[2] / (p + 1));
  }
  return table;
}

/// What 10⁻⁶ in the denominator changes, in units in the last place of z = 1.
std::string epsilon() {
  std::string table =
      "| rod max(L, p) | ψ(rod), c = 0.1 | change of z = 1 | in ulp of a float |\n"
      "|---:|---:|---:|---:|\n";
  for (const int rod : {1, 16, 512, 32768}) {
    const double psi = reference::log_distance<double>(0.1, rod);
    const double change = 1 - psi / (psi + 1e-6);
    table += format("| %d | %.3f | %.2g | %.1f |\n", rod, psi, change, change / 0x1p-24);
  }
  return table;
}

std::vector<Bias> biases() {
  const Fire near = example(0.1, 64);
  const auto fire = [](const Fire& f) { return [f](int i, int j) { return bias(f, i, j); }; };
  return {{"FIRE, c = 0.1, L = 64", fire(near)},
          {"FIRE, c = 10, L = 64", fire(example(10, 64))},
          {"linear, slope 1/16", [](int i, int j) { return -(i - j) / 16.0; }}};
}

// instructor only
/// How many keys have 90 % of the weight says which choice of the quiz is right.
int window_choice() {
  const auto farthest = [](int p) {  // distance up to which z ≤ 1/2
    int distance = 0;
    while (share(64, 8, p, p - distance - 1) <= 0.5) ++distance;
    return distance;
  };
  return farthest(100000) > farthest(1000) ? 1 : 0;
}
// end of instructor only

}  // namespace

void qkoan::numbers(Page& page) {
  page.block("by_hand", by_hand());
  page.block("matrix", matrix());
  page.block("pieces", pieces());
  page.block("biases", bias_table(biases(), 1023));
  page.block("windows", window_table(biases()));
  page.block("row", attention_picture(biases(), 47));
  page.block("halves", halves());
  page.block("epsilon", epsilon());
  // instructor only
  page.answer("share", share(1, 3, 7, 4));
  page.answer("first_key", share(0.3, 64, 5000, 0));
  page.answer("pieces", 32 + 1);
  page.choice("window", window_choice());
  const Fire f = example(1, 6);
  const bool same_up_to_L = bias(f, 3, 1) == bias(f, 6, 4),
             same_behind = bias(f, 9, 7) == bias(f, 20, 18);
  page.choice("toeplitz", same_up_to_L && !same_behind ? 2 : 0);
  // end of instructor only
}
