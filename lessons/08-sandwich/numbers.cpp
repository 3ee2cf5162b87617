/// @file
/// Lesson 08, the numbers of its page and of its quiz.

#include "docs/numbers.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "docs/bias_profile.hpp"
#include "reference/fire.hpp"
#include "reference/sandwich.hpp"
#include "reference/t5_buckets.hpp"

using namespace qkoan;

namespace {

constexpr int kLength = 128, kTerms = kLength / 2;  // d of the authors' experiments
constexpr int kTrained = 512, kLongest = 1 << 20;

double frequency(int d, int k) { return std::pow(10000., -2. * k / d); }

double b(int o) { return reference::sandwich<double>(kLength, o); }

/// b(o) − h for distances that are asked for again and again.
double penalty(int o) {
  static const std::vector<double> all = [] {
    std::vector<double> line(16384);
    for (int n = 0; n < 16384; ++n) line[n] = b(n) - kTerms;
    return line;
  }();
  return o < static_cast<int>(all.size()) ? all[o] : b(o) - kTerms;
}

// ---- Definition ---------------------------------------------------------------------------------

/// d = 8: every cosine of some offsets.
std::string by_hand() {
  std::string text = "```text\nd = 8, h = 4       θ";
  for (int k = 1; k <= 4; ++k) text += format("%9g", frequency(8, k));
  text += "        b   b − h\n";
  for (const int o : {0, 1, 10, 31, 100, 1000}) {
    text += format("offset %-8d cos ", o);
    for (int k = 1; k <= 4; ++k) text += format("%9.4f", std::cos(o * frequency(8, k)));
    const double sum = reference::sandwich<double>(8, o);
    text += format("%9.4f%8.4f\n", sum, sum - 4);
  }
  return text + "```\n";
}

/// Two embeddings, d = 4, and their product.
std::string product() {
  const int p = 300, q = 100;
  const Eigen::VectorXd e = reference::sinusoid<double>(4, p),
                        f = reference::sinusoid<double>(4, q);
  std::string text = "```text\nd = 4        sin p·θ₁  cos p·θ₁  sin p·θ₂  cos p·θ₂\n";
  text += format("e(%d)     ", p);
  for (int c = 0; c < 4; ++c) text += format("%10.6f", e(c));
  text += format("\ne(%d)     ", q);
  for (int c = 0; c < 4; ++c) text += format("%10.6f", f(c));
  text += "\nproducts   ";
  for (int c = 0; c < 4; ++c) text += format("%10.6f", e(c) * f(c));
  return text + format("    sum %.6f\ncos %d·θ₁ + cos %d·θ₂ %44s sum %.6f\n```\n", e.dot(f), p - q,
                       p - q, "", reference::sandwich<double>(4, p - q));
}

// ---- Why ----------------------------------------------------------------------------------------

constexpr double kSlope = kTerms / 9.210340371976184;  // h/ln 10000
const double kEuler = std::exp(std::numbers::egamma);

double logarithm(double o) { return o == 0 ? 0 : -kSlope * (std::log(o) + std::numbers::egamma); }

/// Sandwich beside the logarithm that it follows, and beside the sum that begins with k = 0.
std::string decay() {
  std::string table =
      format("| offset | b − h | −%.2f·(ln o + %.3f) | b − h, k from 0 |\n|---:|---:|---:|---:|\n",
             kSlope, std::numbers::egamma);
  for (const int o : {0, 1, 2, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144}) {
    double from_zero = 0;
    for (int k = 0; k < kTerms; ++k) from_zero += std::cos(o * frequency(kLength, k)) - 1;
    const std::string log = o == 0 ? "" : format("%.1f", logarithm(o));
    table += format("| %d | %.2f | %s | %.2f |\n", o, penalty(o) + 0.0, log.c_str(), from_zero);
  }
  return table;
}

/// Where the bias rises with the distance.
std::string ripples() {
  int first = 0, rises = 0;
  double largest = 0;
  for (int o = 0; o < 2048; ++o) {
    const double rise = penalty(o + 1) - penalty(o);
    if (rise <= 0) continue;
    if (rises++ == 0) first = o;
    largest = std::max(largest, rise);
  }
  return format(
      "Of the first 2048 steps %d go up, the first of them from distance %d to %d, by at "
      "most %.2f.\n",
      rises, first, first + 1, largest);
}

// ---- Learned and heuristic ----------------------------------------------------------------------

/// A head that would like to be Sandwich of temperature 8, trained on so many tokens.
double liked(int distance) { return penalty(distance) / 8; }

std::vector<Bias> biases() {
  const std::vector<int> first = reference::t5_first_distances(32, 128);
  const Eigen::VectorXd w1{{4, -2}}, b1{{-1, 1}}, w2{{-3, 1}};
  const reference::FireOf<double> fire{0.1, 64, w1, b1, w2, 0.5};
  return {
      {"Sandwich, τ = 8", [](int i, int j) { return liked(i - j) + 0.0; }},
      {"table of 512", [](int i, int j) { return liked(std::min(i - j, kTrained - 1)) + 0.0; }},
      {"T5, 32 buckets",
       [=](int i, int j) { return liked(first[reference::t5_bucket(i - j, first)]) + 0.0; }},
      {"KERPLE log", [](int i, int j) { return -kSlope / 8 * std::log1p(kEuler * (i - j)) + 0.0; }},
      {"FIRE",
       [=](int i, int j) {
         return reference::network<double>(
             fire, reference::normalised_distance<double>(fire.c, fire.L, i, j));
       }},
      {"ALiBi 1/16", [](int i, int j) { return -(i - j) / 16. + 0.0; }}};
}

/// The whole family: what is learned, what it costs, what happens behind the training length.
std::string family() {
  const int buckets = 32, units = 32, kerple = 2;
  std::string table =
      "| bias | origin | numbers per head, trained on 512 tokens | one bias of a new distance "
      "costs "
      "| beyond the training length |\n|---|---|---:|---|---|\n";
  table +=
      format("| table by offset (04) | learned | %d | a look-up | one bias for all the rest |\n",
             kTrained);
  table += format("| T5 buckets (05) | learned | %d | a look-up, by runs | the last bucket |\n",
                  buckets);
  table += format("| KERPLE (07) | learned | %d | a logarithm or a power | the curve goes on |\n",
                  kerple);
  table += format(
      "| FIRE (09) | learned | %d, and c, L for all heads | a network | the same shares "
      "of a longer rod |\n",
      3 * units + 1);
  table += "| ALiBi (06) | heuristic | 0 | a product | the line goes on |\n";
  table +=
      format("| Sandwich (08) | heuristic | 0 | %d cosines | the curve goes on to about %.0f |\n",
             kTerms, 10000 * std::numbers::pi / 2);
  return table;
}

// ---- Angles -------------------------------------------------------------------------------------

/// θ_1 in whole numbers of 2⁻³² turns, and how far the angle is off after so many steps.
double short_phase_error(int o) {
  const double turns = frequency(kLength, 1) / (2 * std::numbers::pi);
  return std::fabs(std::floor(turns * 0x1p32) * 0x1p-32 - turns) * o * 2 * std::numbers::pi;
}

/// Errors of the angle o·θ_1 in four ways to compute it, in radians.
std::string angles() {
  const double theta = frequency(kLength, 1);
  const float step = static_cast<float>(theta);
  std::string table =
      "| offset | float product | steps added in float | turns of 2⁻³² | turns of 2⁻⁶⁴ |\n"
      "|---:|---:|---:|---:|---:|\n";
  float sum = 0;
  int reached = 0;
  for (const int o : {100, 1000, 10000, 100000, kLongest}) {
    for (; reached < o; ++reached) sum += step;
    table += format("| %d | %.1e | %.1e | %.1e | < %.0e |\n", o,
                    std::fabs(static_cast<double>(static_cast<float>(o) * step) - o * theta),
                    std::fabs(static_cast<double>(sum) - o * theta), short_phase_error(o),
                    o * 0x1p-53 * 2 * std::numbers::pi);
  }
  return table;
}

/// One query and six keys: the lower triangle of the whole matrix of offsets, and of its last row.
std::string triangle() {
  constexpr int kKeys = 6;
  std::string key = "key              ", right = "offsets          ", wrong = "lower triangle   ",
              biases = "b − h            ", lost = "b − h of it      ";
  for (int j = 0; j < kKeys; ++j) {
    const int offset = kKeys - 1 - j, kept = j == 0 ? offset : 0;
    key += format("%8d", j);
    right += format("%8d", offset);
    wrong += format("%8d", kept);
    biases += format("%8.2f", penalty(offset) + 0.0);
    lost += format("%8.2f", penalty(kept) + 0.0);
  }
  return "```text\n" + key + "\n" + right + "\n" + biases + "\n" + wrong + "\n" + lost + "\n```\n";
}

// ---- Quiz ---------------------------------------------------------------------------------------

// instructor only
/// The first offset at which cos(o/10000), all there is for d = 2, is as small as it gets.
int turning_point() {
  int o = 1;
  while (reference::sandwich<double>(2, o + 1) < reference::sandwich<double>(2, o)) ++o;
  return o;
}

/// 1 if neighbours of these distances are liked the other way round than by their distances.
int ripple_choice() { return b(14) > b(13) ? 1 : 0; }

/// Offsets 5 of two pairs: 1 if only the product of embeddings is the same for both, not the vectors.
int relative_choice() {
  const auto e = [](int p) { return reference::sinusoid<double>(8, p); };
  const bool same_vectors = (e(8) - e(15)).norm() < 1e-9;
  const bool same_products = std::fabs(e(8).dot(e(3)) - e(15).dot(e(10))) < 1e-12;
  return same_products && !same_vectors ? 1 : -1;
}

/// 2 if Sandwich alone tells distance 600 from 6000.
int unlearned_choice() {
  const std::vector<Bias> all = biases();
  const auto tells = [&](int n) {
    return all[n].value(16383, 15783) != all[n].value(16383, 10383);
  };
  return !tells(1) && !tells(2) && tells(0) ? 2 : -1;
}
// end of instructor only

}  // namespace

void qkoan::numbers(Page& page) {
  page.block("by_hand", by_hand());
  page.block("product", product());
  page.block("decay", decay());
  page.block("ripples", ripples());
  page.block("family", family());
  page.block("biases", bias_table(biases(), 16383));
  page.block("windows", window_table(biases()));
  page.block("picture", attention_picture(biases(), 63));
  page.block("angles", angles());
  page.block("triangle", triangle());
  // instructor only
  page.answer("own_key", reference::sandwich<double>(96, 0));
  page.answer("doubling", kSlope * std::numbers::ln2);
  page.answer("turning_point", turning_point());
  page.answer("temperature", 8. / 12);
  page.choice("ripple", ripple_choice());
  page.choice("relative", relative_choice());
  page.choice("unlearned", unlearned_choice());
  // end of instructor only
}
