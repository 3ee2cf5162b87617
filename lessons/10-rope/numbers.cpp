/// @file
/// Lesson 10, the numbers of its page and of its quiz.

#include "docs/numbers.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "docs/bias_profile.hpp"
#include "reference/rope.hpp"

using namespace qkoan;

namespace {

constexpr int kLength = 128, kPairs = kLength / 2;

using Vector = Eigen::VectorXd;

double frequency(float base, int k) { return reference::rope_frequency<double>(base, kLength, k); }

/// A query and a key without any order in them.
Vector query() {
  return Vector::NullaryExpr(kLength, [](Eigen::Index c) { return std::sin(1.0 + 3 * c * c); });
}
Vector key() {
  return Vector::NullaryExpr(kLength, [](Eigen::Index c) { return std::cos(2.0 + 5 * c * c); });
}

// ---- Definition ---------------------------------------------------------------------------------

/// x = (1, 0, 1, 0), d = 4, base 100: one pair that turns by 1 radian, one that turns by a tenth.
std::string by_hand() {
  const Vector x{{1, 0, 1, 0}};
  std::string text = "```text\nd = 4, base 100: θ = 1, 0.1; interleaved\n\n";
  text += "position         pair 0            pair 1\n";
  for (const int p : {0, 1, 2, 3, 10}) {
    const Vector y = reference::rope<double>(4, 100, false, p, x);
    text += format("%8d   %7.4f %7.4f   %7.4f %7.4f\n", p, y(0), y(1), y(2), y(3));
  }
  return text + "```\n";
}

/// The angle of a float product, as most programs compute it.
float float_angle(int position, int k) {
  return static_cast<float>(position) * static_cast<float>(frequency(10000, k));
}

/// q at t and k at s, both turned by float angles.
double score_by_float_angles(const Vector& q, const Vector& k, int t, int s) {
  double score = 0;
  for (int pair = 0; pair < kPairs; ++pair) {
    const double angle = static_cast<double>(float_angle(t, pair)) - float_angle(s, pair);
    const double real = q(2 * pair) * k(2 * pair) + q(2 * pair + 1) * k(2 * pair + 1);
    const double imaginary = q(2 * pair + 1) * k(2 * pair) - q(2 * pair) * k(2 * pair + 1);
    score += real * std::cos(angle) - imaginary * std::sin(angle);
  }
  return score;
}

std::string relative() {
  std::string table =
      "| query at t | key at s | score | with float angles |\n|---:|---:|---:|---:|\n";
  for (const int shift : {0, 10, 1000, 100000, 1048000}) {
    const int t = 8 + shift, s = 5 + shift;
    table += format("| %d | %d | %.7f | %.7f |\n", t, s,
                    reference::rope_score<double>(query(), key(), 10000, t, s),
                    score_by_float_angles(query(), key(), t, s));
  }
  return table;
}

// ---- Wavelengths --------------------------------------------------------------------------------

double wavelength(float base, int k) { return 2 * std::numbers::pi / frequency(base, k); }

std::string wavelengths() {
  std::string table =
      "| pair | base 10,000: tokens per turn | turns in 4096 tokens | base 500,000: tokens per "
      "turn "
      "| turns in 4096 tokens |\n|---:|---:|---:|---:|---:|\n";
  for (const int k : {0, 8, 16, 32, 48, 63}) {
    const double slow = wavelength(500000, k), fast = wavelength(10000, k);
    table +=
        format("| %d | %.1f | %.2f | %.1f | %.2f |\n", k, fast, 4096 / fast, slow, 4096 / slow);
  }
  return table;
}

// instructor only
int pairs_without_a_turn(float base, int tokens) {
  int count = 0;
  for (int k = 0; k < kPairs; ++k) count += wavelength(base, k) > tokens;
  return count;
}
// end of instructor only

// ---- What a score does with distance ------------------------------------------------------------

/// Query and key that are alike: every element 1. The score is scaled.
Bias alike(const std::string& name, float base, int rotated) {
  std::vector<double> line(16384);
  for (int o = 0; o < 16384; ++o) {
    line[o] = kLength - rotated;
    for (int k = 0; k < rotated / 2; ++k)
      line[o] += 2 * std::cos(o * reference::rope_frequency<double>(base, rotated, k));
    line[o] /= std::sqrt(kLength);
  }
  return {name, [line](int i, int j) { return line[i - j] - line[0] + 0.0; }};
}

std::vector<Bias> alikes() {
  return {alike("base 10,000", 10000, kLength), alike("base 500,000", 500000, kLength),
          alike("a quarter rotated", 10000, kLength / 4)};
}

// ---- Angles -------------------------------------------------------------------------------------

double bfloat16(double x) {
  const double step = std::ldexp(1, std::ilogb(x) - 7);
  return std::nearbyint(x / step) * step;
}

/// The largest error of an angle over all pairs, by a function of the pair.
template <class Angle>
double largest_error(int position, Angle angle) {
  double largest = 0;
  for (int k = 0; k < kPairs; ++k) {
    largest = std::max(largest, std::fabs(angle(k) - position * frequency(10000, k)));
  }
  return largest;
}

std::string angles() {
  std::string table =
      "| position | float product | each the one before times a float | bf16 frequencies | turns "
      "of "
      "2⁻³² | turns of 2⁻⁶⁴ |\n|---:|---:|---:|---:|---:|---:|\n";
  const auto ratio = static_cast<float>(frequency(10000, 1));
  constexpr double kTurn = 2 * std::numbers::pi;
  for (const int p : {100, 2047, 4095, 32767, 131071, 1048575}) {
    const double product = largest_error(p, [=](int k) { return float_angle(p, k); });
    auto iterated_angle = static_cast<float>(p);
    const double iterated = largest_error(p, [&](int) {
      const float now = iterated_angle;
      iterated_angle *= ratio;
      return static_cast<double>(now);
    });
    const double rounded =
        largest_error(p, [=](int k) { return p * bfloat16(frequency(10000, k)); });
    const double short_turns = largest_error(p, [=](int k) {
      return p * (std::floor(frequency(10000, k) / kTurn * 0x1p32) * 0x1p-32 * kTurn);
    });
    table += format("| %d | %.1e | %.1e | %.2g | %.1e | < %.0e |\n", p, product, iterated, rounded,
                    short_turns, p * 0x1p-53 * kTurn);
  }
  return table;
}

// ---- Layouts ------------------------------------------------------------------------------------

Vector ordered(const Vector& x) {
  return Vector::NullaryExpr(kLength, [&](Eigen::Index row) {
    return x(reference::interleaved_row(static_cast<int>(row), 1, kLength));
  });
}

/// Scores of q and k in four combinations of layouts.
std::string layouts() {
  std::string table =
      "| offset | both interleaved | both half-split | both half-split, rows ordered | query "
      "interleaved, key half-split |\n|---:|---:|---:|---:|---:|\n";
  const Vector q = query(), k = key();
  const auto turned = [](const Vector& x, bool half_split, int p) {
    return reference::rope<double>(kLength, 10000, half_split, p, x);
  };
  for (const int offset : {0, 1, 10, 100}) {
    const int t = 200 + offset, s = 200;
    table += format("| %d | %.4f | %.4f | %.4f | %.4f |\n", offset,
                    turned(q, false, t).dot(turned(k, false, s)),
                    turned(q, true, t).dot(turned(k, true, s)),
                    turned(ordered(q), true, t).dot(turned(ordered(k), true, s)),
                    turned(q, false, t).dot(turned(k, true, s)));
  }
  return table;
}

/// Rows of two key heads of 8, ordered as if they were four: which stand at a wrong place.
int misplaced_rows() {
  int wrong = 0;
  for (int row = 0; row < 16; ++row) {
    wrong += reference::interleaved_row(row, 4, 16) != reference::interleaved_row(row, 2, 16);
  }
  return wrong;
}

std::string grouped() {
  std::string right = "right, 2 heads ", wrong = "as if 4 heads  ";
  for (int row = 0; row < 16; ++row) {
    right += format("%3d", reference::interleaved_row(row, 2, 16));
    wrong += format("%3d", reference::interleaved_row(row, 4, 16));
  }
  return "```text\n" + right + "\n" + wrong +
         format("    %d of 16 rows misplaced\n```\n", misplaced_rows());
}

// ---- Quiz ---------------------------------------------------------------------------------------

// instructor only
/// Which of the pairs of positions has the score of (5, 8).
int same_score() {
  const auto score = [](int t, int s) {
    return reference::rope_score<double>(query(), key(), 10000, t, s);
  };
  const std::vector<std::pair<int, int>> choices{{8, 5}, {10, 16}, {15, 18}, {0, 13}};
  for (std::size_t n = 0; n < choices.size(); ++n) {
    const auto [t, s] = choices[n];
    if (std::fabs(score(t, s) - score(5, 8)) < 1e-9) return static_cast<int>(n);
  }
  return -1;
}

/// (1, 0) turned by a right angle where the first element is overwritten too early.
double overwritten_length() {
  const double cosine = 0, sine = 1;
  double x0 = 1, x1 = 0;
  x0 = x0 * cosine - x1 * sine;
  x1 = x0 * sine + x1 * cosine;
  return std::hypot(x0, x1);
}
// end of instructor only

}  // namespace

void qkoan::numbers(Page& page) {
  page.block("by_hand", by_hand());
  page.block("relative", relative());
  page.block("wavelengths", wavelengths());
  page.block("biases", bias_table(alikes(), 4095));
  page.block("windows", window_table(alikes()));
  page.block("picture", attention_picture(alikes(), 63));
  page.block("angles", angles());
  page.block("layouts", layouts());
  page.block("grouped", grouped());

  // instructor only
  page.choice("same_score", same_score());
  page.answer("slowest", std::round(wavelength(10000, kPairs - 1)));
  page.answer("without_a_turn", pairs_without_a_turn(10000, 4096));
  page.answer("copied", 80 - 32);
  page.answer("overwritten", overwritten_length());
  page.answer("misplaced", misplaced_rows());
  // end of instructor only
}
