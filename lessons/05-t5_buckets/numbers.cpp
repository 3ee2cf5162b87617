/// @file
/// Lesson 05, the numbers of its page and of its quiz.

#include "docs/numbers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "docs/bias_profile.hpp"
#include "reference/t5_buckets.hpp"

using namespace qkoan;
using boost::multiprecision::cpp_int;

namespace {

/// Buckets of one direction, and the distance where they end.
struct Shape {
  const char* name;
  int buckets, max_distance;
};

/// Whether x is exactly k: n^h = D^k·h^(h−k).
bool is_tie(int n, int h, int max_distance, int k) {
  return pow(cpp_int(n), h) == pow(cpp_int(max_distance), k) * pow(cpp_int(h), h - k);
}

// ---- By hand ------------------------------------------------------------------------------------

std::string by_hand() {
  constexpr int kH = 4, kMax = 16;
  const std::vector<int> first = reference::t5_first_distances(2 * kH, kMax);
  std::string lines[3] = {"n      ", "x      ", "bucket "};
  for (int n = 0; n <= 17; ++n) {
    const double x = kH * std::log(n / 4.) / std::log(kMax / 4.);
    lines[0] += format("%5d", n);
    lines[1] += n < kH ? "    ·" : format("%5.2f", x);
    lines[2] += format("%5d", reference::t5_bucket(n, first));
  }
  return "```text\n8 buckets, D = 16, h = 4: x = 4·ln(n/4)/ln 4\n" + lines[0] + "\n" + lines[1] +
         "\n" + lines[2] + "\n```\n";
}

/// Buckets of all pairs of eight tokens, 8 buckets for both directions.
std::string both_directions() {
  constexpr int kTokens = 8;
  const std::vector<int> first = reference::t5_first_distances(4, 8);
  std::string picture = "```text\n         key  0  1  2  3  4  5  6  7\n";
  for (int i = 0; i < kTokens; ++i) {
    picture += format("query %d     ", i);
    for (int j = 0; j < kTokens; ++j)
      picture += format("%3d", reference::t5_bucket(i - j, first, true));
    picture += "\n";
  }
  return picture + "```\n";
}

/// One character for each distance: the digit, then the letter, of its bucket.
std::string runs() {
  static constexpr char kNames[] = "0123456789abcdefghijklmnopqrstuv";
  std::string picture = "```text\n";
  for (const int max_distance : {20, 128, 1024}) {
    const std::vector<int> first = reference::t5_first_distances(32, max_distance);
    picture += format("D = %-6d", max_distance);
    for (int n = 0; n < 85; ++n) picture += kNames[reference::t5_bucket(n, first)];
    picture += "\n";
  }
  return picture + "```\n";
}

std::string beginnings() {
  static constexpr Shape kSets[] = {{"T5 encoder, 32 buckets, 128", 16, 128},
                                    {"T5 decoder, 32, 128", 32, 128},
                                    {"64, 128, causal", 64, 128},
                                    {"32, 1024, causal; the book's n_b = 31", 32, 1024},
                                    {"WavLM, 320, 800, both directions", 160, 800}};
  std::string table = "| set | h | from bucket h on, buckets begin at distance |\n|---|---:|---|\n";
  for (const auto& [name, buckets, max_distance] : kSets) {
    const std::vector<int> first = reference::t5_first_distances(buckets, max_distance);
    table += format("| %s | %d |", name, buckets / 2);
    for (int b = buckets / 2; b < buckets; ++b) {
      if (b == buckets / 2 + 12 && b < buckets - 4) table += " …", b = buckets - 3;
      table += format(" %d", first[b]);
    }
    table += " |\n";
  }
  return table;
}

std::string empty_buckets() {
  const std::vector<int> first = reference::t5_first_distances(32, 20);
  std::string table = "| distance |", rule = "|---|", buckets = "| bucket |";
  for (int n = 14; n <= 21; ++n) {
    table += format(" %d |", n);
    rule += "---:|";
    buckets += format(" %d |", reference::t5_bucket(n, first));
  }
  return table + "\n" + rule + "\n" + buckets + "\n";
}

// instructor only
/// How many buckets of one direction no distance has.
int count_empty(int buckets, int max_distance) {
  const std::vector<int> first = reference::t5_first_distances(buckets, max_distance);
  int empty = 0;
  for (int b = 0; b + 1 < buckets; ++b) empty += first[b] == first[b + 1];
  return empty;
}
// end of instructor only

// ---- Logarithms ---------------------------------------------------------------------------------

/// ⌊x⌋ as a program may compute it.
int float_quotient(int n, int h, int max_distance, bool low) {
  float log = std::log(static_cast<float>(n) / static_cast<float>(h));
  if (low) log = std::nextafter(log, 0.0f);
  const auto far = static_cast<float>(std::log(static_cast<double>(max_distance) / h));
  return static_cast<int>(log / far * static_cast<float>(h));
}
int double_difference(int n, int h, int max_distance) {
  return static_cast<int>((std::log(n) - std::log(h)) / (std::log(max_distance) - std::log(h)) * h);
}

/// "16: 10→9" for each distance that a formula for ⌊x⌋ puts into a wrong bucket.
template <class Floor>
std::string misplaced(const Shape& set, Floor floor_of_x) {
  const int h = set.buckets / 2;
  const std::vector<int> first = reference::t5_first_distances(set.buckets, set.max_distance);
  std::string text;
  for (int n = h; n < set.max_distance; ++n) {
    const int right = reference::t5_bucket(n, first);
    const int got = std::min(h + floor_of_x(n, h, set.max_distance), set.buckets - 1);
    if (got != right) text += format("%s%d: %d→%d", text.empty() ? "" : ", ", n, right, got);
  }
  return text.empty() ? "none" : text;
}

std::string ties_of(const Shape& set) {
  const int h = set.buckets / 2;
  const std::vector<int> first = reference::t5_first_distances(set.buckets, set.max_distance);
  std::string text;
  for (int n = h + 1; n < set.max_distance; ++n) {
    const int k = reference::t5_bucket(n, first) - h;
    if (is_tie(n, h, set.max_distance, k)) text += format("%s%d", text.empty() ? "" : ", ", n);
  }
  return text.empty() ? "none" : text;
}

std::string ties_table() {
  static constexpr Shape kSets[] = {{"T5 encoder: 32, 128, both directions", 16, 128},
                                    {"T5 decoder: 32, 128, causal", 32, 128},
                                    {"64, 128, causal", 64, 128},
                                    {"32, 1024, causal; n_b = 31", 32, 1024},
                                    {"32, 256, causal", 32, 256},
                                    {"WavLM: 320, 800, both", 160, 800},
                                    {"32, 20, causal", 32, 20},
                                    {"72, 100, causal", 72, 100}};
  std::string table =
      "| set | x is whole between h and D at | misplaced by float | by float, logarithm one ulp "
      "low | by double, "
      "ln − ln |\n|---|---|---|---|---|\n";
  for (const Shape& set : kSets) {
    const auto well = [](int n, int h, int far) { return float_quotient(n, h, far, false); };
    const auto low = [](int n, int h, int far) { return float_quotient(n, h, far, true); };
    table += format("| %s | %s | %s | %s | %s |\n", set.name, ties_of(set).c_str(),
                    misplaced(set, well).c_str(), misplaced(set, low).c_str(),
                    misplaced(set, double_difference).c_str());
  }
  return table;
}

/// How one formula for x in double does over all sets of the contract.
struct Formula {
  const char* name;
  double (*x)(double log_n, double log_h, double log_max, double log_ratio, double log_far,
              double h);
  double margin;
  double largest_error = 0;
  int offsets = 0;
};

/// All sets of the contract: how close x comes to the next whole number from below without being one,
/// and what formulas make of it. Where x is near a whole number, whole numbers decide on which side.
struct Survey {
  double gap = 1;
  int gap_buckets = 0, gap_distance = 0, gap_n = 0, ties = 0;
  long sets = 0;
  std::array<Formula, 4> formulas{
      {{"h·ln(n/h)/ln(D/h)",
        [](double, double, double, double ratio, double far, double h) { return ratio / far * h; },
        0},
       {"product first: h·ln(n/h), then divided",
        [](double, double, double, double ratio, double far, double h) { return h * ratio / far; },
        0},
       {"(ln n − ln h)/(ln D − ln h)·h",
        [](double n, double h_, double max, double, double, double h) {
          return (n - h_) / (max - h_) * h;
        },
        0},
       {"the first one, with a margin of 10⁻⁹",
        [](double, double, double, double ratio, double far, double h) { return ratio / far * h; },
        1e-9}}};

  void run(int h, int max_distance, const std::vector<double>& log,
           const std::vector<double>& ratio);
};

void Survey::run(int h, int max_distance, const std::vector<double>& log,
                 const std::vector<double>& ratio) {
  ++sets;
  const double far = ratio[max_distance];
  for (int n = h + 1; n < max_distance; ++n) {
    const double about = ratio[n] / far * h, whole = std::nearbyint(about);
    if (std::fabs(about - whole) > 1e-7) continue;  // every formula errs by far less
    const int k = static_cast<int>(whole);
    const long double exact = h *
                              (std::log(static_cast<long double>(n)) - std::log((long double)h)) /
                              (std::log((long double)max_distance) - std::log((long double)h));
    const bool tie = is_tie(n, h, max_distance, k);
    ties += tie;
    const auto below = static_cast<double>(whole - exact);
    if (!tie && below > 0 && below < gap)
      gap = below, gap_buckets = 2 * h, gap_distance = max_distance, gap_n = n;
    const int right = tie || below < 0 ? k : k - 1;
    for (Formula& formula : formulas) {
      const double x = formula.x(log[n], log[h], log[max_distance], ratio[n], far, h);
      formula.largest_error =
          std::max(formula.largest_error, static_cast<double>(std::fabs(x - exact)));
      formula.offsets += static_cast<int>(x + formula.margin) != right;
    }
  }
}

Survey survey() {
  constexpr int kMostH = 160, kMost = 1024;
  Survey all;
  std::vector<double> log(kMost + 1), ratio(kMost + 1);
  for (int n = 1; n <= kMost; ++n) log[n] = std::log(n);
  for (int h = 1; h <= kMostH; ++h) {
    for (int n = h; n <= kMost; ++n) ratio[n] = std::log(static_cast<double>(n) / h);
    for (int max_distance = h + 1; max_distance <= kMost; ++max_distance)
      all.run(h, max_distance, log, ratio);
  }
  return all;
}

std::string margins() {
  const Survey all = survey();
  std::string table =
      "| x in double | misplaced distances | largest error of x near whole numbers "
      "|\n|---|---:|---:|\n";
  for (const Formula& formula : all.formulas) {
    table += format("| %s | %d | %.0e |\n", formula.name, formula.offsets, formula.largest_error);
  }
  return table + format(
                     "\nThat is over all %ld sets of the contract, in which x is whole %d times "
                     "between h and "
                     "D. "
                     "Nearest to the next whole\nnumber without reaching it is distance %d of (%d, "
                     "%d), %.2g below.\n",
                     all.sets, all.ties, all.gap_n, all.gap_buckets, all.gap_distance, all.gap);
}

// ---- Beyond training ----------------------------------------------------------------------------

/// How many pairs of a causal text have each distance.
double pairs_at(int tokens, int distance) { return std::max(tokens - distance, 0); }

std::string training() {
  constexpr int kTokens = 512;
  const std::vector<int> first = reference::t5_first_distances(32, 128);
  std::string table = "| bucket | distances | pairs of a text of 512 tokens |\n|---:|---|---:|\n";
  for (const int b : {0, 15, 18, 24, 30, 31}) {
    const int end = b == 31 ? kTokens : first[b + 1];
    double pairs = 0;
    for (int n = first[b]; n < end; ++n) pairs += pairs_at(kTokens, n);
    const std::string to = b == 31              ? " and more"
                           : end - 1 > first[b] ? format(" to %d", end - 1)
                                                : "";
    table += format("| %d | %d%s | %.0f |\n", b, first[b], to.c_str(), pairs);
  }
  return table;
}

/// Which share of the pairs of a text read a parameter that a text of the training length never reads.
double unseen(int trained, int tokens, bool in_buckets) {
  const std::vector<int> first = reference::t5_first_distances(32, 128);
  const int last = reference::t5_bucket(trained - 1, first);
  double missing = 0, all = 0;
  for (int n = 0; n < tokens; ++n) {
    const bool seen = in_buckets ? reference::t5_bucket(n, first) <= last : n < trained;
    missing += seen ? 0 : pairs_at(tokens, n);
    all += pairs_at(tokens, n);
  }
  return missing / all;
}

std::string unseen_table() {
  std::string table =
      "| trained on | text | one bias per offset | 32 buckets, D = 128 |\n|---:|---:|---:|---:|\n";
  for (const int trained : {64, 114, 512}) {
    for (const int times : {2, 16}) {
      const int tokens = times * trained;
      table += format("| %d | %d | %.0f %% | %.0f %% |\n", trained, tokens,
                      100 * unseen(trained, tokens, false), 100 * unseen(trained, tokens, true));
    }
  }
  return table;
}

double learnt(int distance, double strength) { return -strength * std::log1p(distance) + 0.0; }

/// Each bucket has the bias of its nearest key.
Bias bucketed(const std::string& name, int max_distance, double strength) {
  const std::vector<int> first = reference::t5_first_distances(32, max_distance);
  return {name, [=](int i, int j) {
            return learnt(first[reference::t5_bucket(i - j, first)], strength);
          }};
}

std::vector<Bias> profiles(double strength) {
  return {{"every offset", [=](int i, int j) { return learnt(i - j, strength); }},
          bucketed("32 buckets, D = 20", 20, strength),
          bucketed("D = 128", 128, strength),
          bucketed("D = 1024", 1024, strength)};
}

// ---- Quiz ---------------------------------------------------------------------------------------

// instructor only
int same_bucket_as_60() {
  const std::vector<int> first = reference::t5_first_distances(32, 128);
  const std::vector<int> distances{58, 66, 67, 120};
  for (std::size_t choice = 0; choice < distances.size(); ++choice) {
    if (reference::t5_bucket(distances[choice], first) == reference::t5_bucket(60, first))
      return static_cast<int>(choice);
  }
  return -1;
}

/// The row of a table for both directions that no offset reads; −1 if there is not just one.
int unread_row() {
  const std::vector<int> first = reference::t5_first_distances(16, 128);
  std::vector<bool> read(32);
  for (int offset = -1000; offset <= 1000; ++offset)
    read[reference::t5_bucket(offset, first, true)] = true;
  if (std::count(read.begin(), read.end(), false) != 1) return -1;
  return static_cast<int>(std::find(read.begin(), read.end(), false) - read.begin());
}

int far_beyond_training() {
  return unseen(256, 4096, true) == 0 && unseen(256, 4096, false) > 0.8 ? 2 : -1;
}

int only_odd() {
  const bool whole = reference::book_bucket(17, 31, 1024) >= 0;
  return whole && reference::book_bucket(17, 32, 1024) < 0 ? 1 : -1;
}
// end of instructor only

}  // namespace

void qkoan::numbers(Page& page) {
  page.block("by_hand", by_hand());
  page.block("both_directions", both_directions());
  page.block("runs", runs());
  page.block("beginnings", beginnings());
  page.block("empty", empty_buckets());
  page.block("ties", ties_table());
  page.block("margins", margins());
  page.block("training", training());
  page.block("unseen", unseen_table());
  page.block("biases", bias_table(profiles(1.5), 1024));
  page.block("windows", window_table(profiles(1.5)));
  page.block("picture", attention_picture(profiles(0.5), 69));

  // instructor only
  page.choice("same_as_60", same_bucket_as_60());
  page.answer("future", reference::t5_bucket(-5, 32, 128, true));
  page.answer("low_logarithm", 8 + float_quotient(32, 8, 128, true));
  page.answer("unread_row", unread_row());
  page.answer("empty_rows", count_empty(32, 20));
  page.choice("beyond_training", far_beyond_training());
  page.choice("only_odd", only_odd());
  // end of instructor only
}
