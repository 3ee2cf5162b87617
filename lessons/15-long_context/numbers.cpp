/// @file
/// Lesson 15, the numbers of its page and of its quiz. A study of retrofits: models that were trained
/// on 512 tokens, and the last query of a text that is s times as long, where all content is alike.

#include "docs/numbers.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "reference/fire.hpp"
#include "reference/kerple.hpp"
#include "reference/long_context.hpp"
#include "reference/t5_buckets.hpp"

using namespace qkoan;

namespace {

constexpr int kTokens = 512;                  // of a text in training
constexpr int kLength = 128;                  // elements of a head
constexpr int kPairs = kLength / 2;           // of elements
constexpr int kBuckets = 32, kLargest = 128;  // T5
constexpr int kUnits = 32;                    // of FIRE's network, as its authors have it
constexpr int kHeads = 32, kKeyHeads = 8;     // of the model whose cache is turned anew
constexpr int kTurn = 6;                      // operations: four products, two sums
constexpr double kFullTurn = 2 * std::numbers::pi;

using Numbers = std::vector<double>;

// ---- Methods ------------------------------------------------------------------------------------

/// One way to read s·T tokens. Of the last query there: its scores by offset; what is new; how far the
/// step to the next neighbour is, measured by that in training.
struct Method {
  std::string name;
  std::function<Numbers(int s)> scores;
  std::function<double(int s)> unseen;  ///< a share of what the query is shown
  std::function<double(int s)> step;
};

/// A value for every offset of the last query.
template <class Value>
Numbers of_offsets(int s, Value value) {
  Numbers all(s * kTokens);
  for (int o = 0; o < s * kTokens; ++o) all[o] = value(o);
  return all;
}

// Rotations.

Numbers trained() { return reference::frequencies(10000, kLength); }
Numbers rows(const Eigen::VectorXd& theta) { return {theta.begin(), theta.end()}; }

/// A query and keys whose elements all are 1, as in lesson 10.
Numbers alike(int s, const Numbers& theta, double factor) {
  return of_offsets(s, [&](int o) {
    double sum = 0;
    for (const double t : theta) sum += std::cos(o * t);
    return factor * factor * 2 * sum / std::sqrt(kLength);
  });
}

/// The share of (pair, offset) at a place of its circle where the pair never was in training.
double unseen_angles(int s, const Numbers& theta) {
  long places = 0;
  for (int k = 0; k < kPairs; ++k) {
    const double reached = kTokens * trained()[k];
    if (reached >= kFullTurn) continue;
    for (int o = 0; o < s * kTokens; ++o) places += std::fmod(o * theta[k], kFullTurn) > reached;
  }
  return 1. * places / (1. * kPairs * s * kTokens);
}

/// A rotation by the frequencies that it has for s, with what its cosines are multiplied by.
Method rotation(const std::string& name, std::function<Numbers(int s)> theta,
                std::function<double(int s)> factor) {
  return {name, [=](int s) { return alike(s, theta(s), factor(s)); },
          [=](int s) { return unseen_angles(s, theta(s)); },
          [=](int s) { return theta(s)[0] / trained()[0]; }};
}

Numbers interpolated(int s) {
  return rows(reference::interpolated<double>(10000, static_cast<float>(s), kPairs));
}
Numbers scaled(int s) {
  const double base = reference::scaled_base<double>(10000, kLength, static_cast<float>(s));
  return reference::frequencies(base, kLength);
}
Numbers yarn(int s) {
  const Bands bands{10000, static_cast<float>(s), kTokens, 1, 32};
  return rows(reference::yarn<double>(bands, true, kPairs));
}
double yarn_m(int s) { return reference::yarn_m(static_cast<float>(s)); }

// Biases.

const std::vector<int> kFirst = reference::t5_first_distances(kBuckets, kLargest);

double kerple(int o) { return reference::kerple_log<double>(2, 0.125, o); }

/// Lesson 09's example.
const reference::FireOf<double> kFire{
    0.1, 64, Eigen::VectorXd{{4, -2}}, Eigen::VectorXd{{-1, 1}}, Eigen::VectorXd{{-3, 1}}, 0.5};

/// FIRE's share z for the last query.
double share(int s, int o) {
  const int p = s * kTokens - 1;
  return reference::normalised_distance<double>(kFire.c, kFire.L, p, p - o);
}

/// The share of inputs, one for each offset, that lie beyond those of training. Whether it is a
/// distance, a bucket or a share z: all of them grow with the offset. As with angles, what would not
/// reach the next input after training's last is not counted.
template <class Input>
double unseen_inputs(int s, Input input) {
  const double last = input(1, kTokens - 1), next = input(1, kTokens);
  int beyond = 0;
  for (int o = 0; o < s * kTokens; ++o) beyond += input(s, o) > last && input(s, o) >= next;
  return 1. * beyond / (s * kTokens);
}

/// A bias that is a function of an input: the offset, a bucket, a share.
template <class Input, class Value>
Method bias(const std::string& name, Input input, Value value) {
  return {name,
          [=](int s) { return of_offsets(s, [=](int o) { return value(input(s, o)) + 0.0; }); },
          [=](int s) { return unseen_inputs(s, input); },
          [=](int s) { return input(s, 1) / input(1, 1); }};
}

double alibi(double o) { return -reference::alibi_slope<double>(3, 8) * o; }
double offset(int, int o) { return o; }
double interpolated_offset(int s, int o) { return 1. * o / s; }
double bucket(int, int o) { return reference::t5_bucket(o, kFirst); }

/// The numbers of some methods in the list.
enum { kInterpolated = 1, kScaled, kYarn, kAlibi, kSlowAlibi, kT5First = 7, kFireRow = 9 };

/// What T5's buckets learn if each of their distances should have ALiBi's bias: the logarithm of the
/// mean weight, over the distances of training.
Numbers mean_biases() {
  Numbers sum(kBuckets), count(kBuckets);
  for (int o = 0; o < kTokens; ++o) {
    const int b = reference::t5_bucket(o, kFirst);
    sum[b] += std::exp(alibi(o));
    count[b] += 1;
  }
  for (int b = 0; b < kBuckets; ++b) sum[b] = std::log(sum[b] / count[b]);
  return sum;
}

const std::vector<Method>& methods() {
  const auto one = [](int) { return 1.; };
  static const Numbers means = mean_biases();
  static const std::vector<Method> all{
      rotation(
          "RoPE as it is", [](int) { return trained(); }, one),
      rotation("RoPE, interpolated", interpolated, one),
      rotation("RoPE, base scaled", scaled, one),
      rotation("RoPE, YaRN", yarn, yarn_m),
      bias("ALiBi 1/16", offset, alibi),
      bias("ALiBi, interpolated", interpolated_offset, alibi),
      bias("T5, means", bucket, [](double b) { return means[static_cast<int>(b)]; }),
      bias("T5, first distances", bucket,
           [](double b) { return alibi(kFirst[static_cast<int>(b)]); }),
      bias("KERPLE log 2, 1/8", offset, [](double o) { return kerple(static_cast<int>(o)); }),
      bias("FIRE, c = 0.1, L = 64", share,
           [](double z) { return reference::network<double>(kFire, z); })};
  return all;
}

/// What every method does at all four lengths, computed once: a method by its number, s by its own.
struct Row {
  Numbers scores, weights;
};
const Row& row(std::size_t method, int s) {
  static std::vector<std::vector<Row>> known(methods().size(), std::vector<Row>(65));
  Row& r = known[method][s];
  if (r.scores.empty()) {
    r.scores = methods()[method].scores(s);
    const double largest = *std::max_element(r.scores.begin(), r.scores.end());
    double sum = 0;
    for (const double x : r.scores) sum += std::exp(x - largest);
    for (const double x : r.scores) r.weights.push_back(std::exp(x - largest) / sum);
  }
  return r;
}

/// How many of the newest keys have 90 % of the weight.
int window(std::size_t method, int s) {
  double sum = 0;
  int keys = 0;
  for (const double p : row(method, s).weights) {
    if (sum >= 0.9) break;
    sum += p, ++keys;
  }
  return keys;
}

double entropy(std::size_t method, int s) {
  double bits = 0;
  for (const double p : row(method, s).weights) bits -= p == 0 ? 0 : p * std::log2(p);
  return bits;
}

/// The weight of keys that are further away than any was in training.
double weight_beyond(std::size_t method, int s) {
  const Numbers& p = row(method, s).weights;
  double sum = 0;
  for (std::size_t o = kTokens; o < p.size(); ++o) sum += p[o];
  return sum;
}

// ---- Tables of the study ------------------------------------------------------------------------

/// What a function says of s = 4, 16 and 64; once if it is always the same.
template <class Cell>
std::string three(Cell cell) {
  const std::string at_4 = cell(4), at_16 = cell(16), at_64 = cell(64);
  return at_4 == at_16 && at_4 == at_64 ? at_4 : at_4 + ", " + at_16 + ", " + at_64;
}

std::string retrofits() {
  std::string text =
      "| method | unseen | weight behind 512 | step | score lost |\n"
      "|---|---|---|---|---|\n";
  const auto per_cent = [](double share) {
    return share != 0 && share < 1e-8 ? "< 10⁻⁶" : format("%.3g", 100 * share);
  };
  for (std::size_t m = 0; m < methods().size(); ++m) {
    const Method& method = methods()[m];
    const auto unseen = [&](int s) { return per_cent(method.unseen(s)); };
    const auto far = [&](int s) { return per_cent(weight_beyond(m, s)); };
    const auto step = [&](int s) { return format("%.2g", method.step(s)); };
    const auto lost = [&](int s) {
      return format("%.2g", row(m, s).scores[0] - row(m, s).scores[1]);
    };
    text += "| " + method.name + " | " + three(unseen) + " | " + three(far) + " | " + three(step) +
            " | " + three(lost) + " |\n";
  }
  return text;
}

std::string windows() {
  std::string text =
      "| method | 512 tokens | 4·512 | 16·512 | 64·512 |\n|---|---:|---:|---:|---:|\n";
  for (std::size_t m = 0; m < methods().size(); ++m) {
    text += "| " + methods()[m].name + " |";
    for (const int s : {1, 4, 16, 64}) {
      text += format(" %d keys, %.2f bit |", window(m, s), entropy(m, s));
    }
    text += "\n";
  }
  return text;
}

std::string costs() {
  std::string text =
      "| method | each query–key pair | each query, each key | parameters of a head | when the "
      "text grows |\n"
      "|---|---:|---:|---:|---|\n";
  const auto line = [&](const char* method, int pair, int row, const std::string& parameters,
                        const char* then) {
    text += format("| %s | %d | %d | %s | %s |\n", method, pair, row, parameters.c_str(), then);
  };
  const int turned = kTurn * kPairs;
  line("RoPE in any form, s settled", 0, turned, "0", "nothing is redone");
  line("RoPE, dynamic", 0, turned, "0", "all cached keys are turned anew");
  line("ALiBi", 2, 0, "0", "nothing is redone");
  line("T5", 1, 0, std::to_string(kBuckets), "nothing is redone");
  line("KERPLE", 1, 0, "2", "nothing is redone");
  line("FIRE", 4, 0, format("%d; c and L", 3 * kUnits + 1),
       "nothing is redone, no row is like another");
  return text;
}

/// Pairs to turn for one token more, dynamic scaling, in a layer with its key heads.
long pairs_to_turn(int tokens) { return tokens <= kTokens ? 0L : 1L * tokens * kPairs * kKeyHeads; }

std::string turned_anew() {
  const int tokens = 4 * kTokens;
  const double overshot = reference::dynamic_base<double>(10000, kLength, 4, kTokens, tokens);
  const double enough = reference::scaled_base<double>(10000, kLength, 4);
  return format(
      "With token %d, %ld pairs are turned in each layer: %.1f %% as many operations as all "
      "products\n"
      "of the new token's queries and keys. And the formula overshoots: base' is %.0f then, where\n"
      "%.0f is enough to interpolate the last pair of a text that is 4 times as long.\n",
      tokens, pairs_to_turn(tokens), 100. * kTurn * kPairs * kKeyHeads / (2 * kLength * kHeads),
      overshot, enough);
}

// ---- What a property sees -----------------------------------------------------------------------

struct Window {
  std::string name;
  bool (*sees)(int i, int j, int W);
};

/// The four borders of a window, asked of one that is right and of some that are not.
std::string by_hand() {
  const std::vector<Window> all{
      {"the definition", reference::window_sees},
      {"W older ones and itself", [](int i, int j, int W) { return j <= i && i - j <= W; }},
      {"chunks of W", [](int i, int j, int W) { return j <= i && j / W == i / W; }},
      {"half on each side", [](int i, int j, int W) { return std::abs(i - j) <= W / 2; }},
      {"W older ones, not itself", [](int i, int j, int W) { return j < i && i - j <= W; }}};
  std::string text =
      "```text\nW = 4, query at 10\n\nkey                          11   10    7    6   how many it "
      "sees\noffset                       −1    0    3    4\n";
  for (const Window& w : all) {
    text += w.name + std::string(26 - w.name.size(), ' ');
    int seen = 0;
    for (int j = 0; j < 20; ++j) seen += w.sees(10, j, 4);
    for (const int j : {11, 10, 7, 6}) {
      const bool sees = w.sees(10, j, 4), right = sees == reference::window_sees(10, j, 4);
      text += format("%5s", (std::string(sees ? "yes" : "no") + (right ? " " : "!")).c_str());
    }
    text += format("   %d\n", seen);
  }
  return text + "```\n";
}

/// A row whose elements have sizes between 1/2 and 3/2, and both signs.
std::vector<float> elements(int seed) {
  std::vector<float> x(64);
  for (int c = 0; c < 64; ++c) {
    const double wave = std::sin(1.0 + 3 * c * c + seed);
    x[c] = static_cast<float>(wave + (wave < 0 ? -0.5 : 0.5));
  }
  return x;
}

using Rotate = void (*)(Rotation, int, ::Row, MutableRow);
std::vector<float> turned(Rotate rotate, int position, const std::vector<float>& x) {
  std::vector<float> y(x.size());
  rotate({64, 500000, false}, position, {x.data(), 64}, {y.data(), 64});
  return y;
}

template <class Angle>
void turn(Rotation r, ::Row x, MutableRow y, Angle angle) {
  Numbers angles = reference::frequencies(r.base, r.rotated);
  for (double& a : angles) a = angle(a);
  reference::turn_pairs(angles, r.half_split, x, y);
}

double dot(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t c = 0; c < a.size(); ++c) sum += 1. * a[c] * b[c];
  return sum;
}

/// By how much a property is violated, at worst over many rows.
constexpr int kRows = 200;
double against_definition(Rotate rotate, int position) {
  double largest = 0;
  for (int seed = 0; seed < kRows; ++seed) {
    const auto x = elements(seed), exact = turned(reference::rotate, position, x),
               got = turned(rotate, position, x);
    for (int c = 0; c < 64; ++c) {
      const double size = std::fabs(x[c]) + std::fabs(x[c ^ 1]);
      largest = std::max(largest, std::fabs(1. * got[c] - exact[c]) / size);
    }
  }
  return largest;
}
double of_lengths(Rotate rotate, int position) {
  double largest = 0;
  for (int seed = 0; seed < kRows; ++seed) {
    const auto x = elements(seed), y = turned(rotate, position, x);
    largest = std::max(largest, std::fabs(std::sqrt(dot(y, y) / dot(x, x)) - 1));
  }
  return largest;
}
double of_shifts(Rotate rotate, int position) {
  double largest = 0;
  for (int seed = 0; seed < kRows; ++seed) {
    const auto q = elements(seed), k = elements(seed + kRows);
    const double here = dot(turned(rotate, 8, q), turned(rotate, 5, k));
    const double there = dot(turned(rotate, position + 3, q), turned(rotate, position, k));
    largest = std::max(largest, std::fabs(there - here) / std::sqrt(dot(q, q) * dot(k, k)));
  }
  return largest;
}

std::string visible() {
  const std::vector<std::pair<std::string, Rotate>> all{
      {"sound", reference::rotate},
      {"turned backwards", [](Rotation r, int p, ::Row x,
                              MutableRow y) { turn(r, x, y, [=](double t) { return -p * t; }); }},
      {"base 10,000 in place of 500,000",
       [](Rotation r, int p, ::Row x, MutableRow y) {
         reference::rotate({r.rotated, 1e4f, r.half_split}, p, x, y);
       }},
      {"the other layout",
       [](Rotation r, int p, ::Row x, MutableRow y) {
         reference::rotate({r.rotated, r.base, !r.half_split}, p, x, y);
       }},
      {"angles as floats",
       [](Rotation r, int p, ::Row x, MutableRow y) {
         turn(r, x, y, [=](double t) { return static_cast<float>(p) * static_cast<float>(t); });
       }},
      {"x1 from the new x0", [](Rotation r, int p, ::Row x, MutableRow y) {
         reference::rotate(r, p, x, y);
         const Numbers theta = reference::frequencies(r.base, r.rotated);
         for (int k = 0; k < r.rotated / 2; ++k) {
           y[2 * k + 1] = static_cast<float>(y[2 * k] * std::sin(p * theta[k]) +
                                             x[2 * k + 1] * std::cos(p * theta[k]));
         }
       }}};
  std::string text =
      "| implementation | lengths are kept | moved by 60: same score | element by element, at 60 | "
      "at 1,000,003 |\n|---|---:|---:|---:|---:|\n";
  const auto size = [](double x) { return x < 1e-5 ? std::string("< 10⁻⁵") : format("%.1g", x); };
  for (const auto& [name, rotate] : all) {
    text += "| " + name + " | " + size(of_lengths(rotate, 60)) + " | " +
            size(of_shifts(rotate, 65)) + " | " + size(against_definition(rotate, 60)) + " | " +
            size(against_definition(rotate, 1000003)) + " |\n";
  }
  return text;
}

// ---- Quiz ---------------------------------------------------------------------------------------

// instructor only
/// 1 if T5 reads no bucket that is new, and yet a head's window may be most of the text.
int t5_choice() {
  const bool nothing_new = methods()[kT5First].unseen(64) == 0;
  return nothing_new && window(kT5First, 64) > 64 * kTokens / 2 ? 1 : -1;
}

/// 2 if YaRN alone among the retrofits of RoPE leaves no angle unseen and the first pair as it was.
int fine_tuned_choice() {
  const bool yarn_is_new = unseen_angles(16, yarn(16)) > 0;
  const bool base_is_new = unseen_angles(16, scaled(16)) > 0;
  const bool first_stays = methods()[kYarn].step(16) == 1,
             other = methods()[kInterpolated].step(16) < 1;
  return !yarn_is_new && base_is_new && first_stays && other ? 2 : -1;
}

/// 0 if ALiBi's head does not see what lies beyond the trained length, at any s.
int alibi_choice() {
  return weight_beyond(kAlibi, 4) < 1e-12 && weight_beyond(kAlibi, 64) < 1e-12 ? 0 : -1;
}

/// 3 if FIRE steps are less small than interpolated ones, and smaller than in training.
int finer_choice() {
  const double fire = methods()[kFireRow].step(64), linear = methods()[kInterpolated].step(64);
  return fire < 1 && fire > 10 * linear ? 3 : -1;
}

/// 1 if a scaled base leaves angles unseen, and the first pair as it was.
int one_number_choice() {
  return unseen_angles(4, scaled(4)) > 0 && methods()[kScaled].step(4) == 1 ? 1 : -1;
}

int never_round() {
  int count = 0;
  for (const double theta : trained()) count += kTokens * theta < kFullTurn;
  return count;
}
// end of instructor only

}  // namespace

void qkoan::numbers(Page& page) {
  page.block("by_hand", by_hand());
  page.block("visible", visible());
  page.block("retrofits", retrofits());
  page.block("windows", windows());
  page.block("costs", costs());
  page.block("turned_anew", turned_anew());

  // instructor only
  page.answer("never_round", never_round());
  page.answer("first_step", interpolated(16)[0]);
  page.answer("wider", window(kSlowAlibi, 16));
  page.answer("twice", std::pow(yarn_m(16), 4));
  page.answer("left", 4096 - 1);
  page.answer("middle", (-16 + -8) / 2);
  page.answer("turn_all", static_cast<double>(pairs_to_turn(2048)));
  page.choice("flat_end", t5_choice());
  page.choice("fine_tuned", fine_tuned_choice());
  page.choice("forgotten", alibi_choice());
  page.choice("finer", finer_choice());
  page.choice("one_number", one_number_choice());
  // end of instructor only
}
