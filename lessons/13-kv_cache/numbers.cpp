/// @file
/// Lesson 13, the numbers of its page and of its quiz.

#include "docs/numbers.hpp"

#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <cstdlib>
#include <random>
#include <vector>

#include "docs/bias_profile.hpp"
#include "reference/core/certified.hpp"
#include "reference/kv_cache.hpp"

using namespace qkoan;

namespace {

constexpr double kUnit = 0x1p-24;  // u, half the distance from 1 to the next float
constexpr int kTrained = 2048, kLongest = 4096, kHead = 128;
constexpr float kBase = 10000;

std::string text_block(const std::string& text) { return "```text\n" + text + "```\n"; }

template <class T>
std::string line(const char* name, const std::vector<T>& numbers, const char* pattern) {
  std::string text = format("%-22s", name);
  for (const T x : numbers) text += format(pattern, x);
  return text;
}

// ---- By hand ------------------------------------------------------------------------------------

/// Memory that a step's views look at.
struct Memory {
  std::vector<float> q, K, V;
  reference::Step step(int position, const std::vector<int>& at, int window, float slope) const {
    const int n = static_cast<int>(at.size()), d = static_cast<int>(q.size());
    const int d_v = static_cast<int>(V.size()) / n;
    return {{q.data(), d}, position, at, {K.data(), n, d}, {V.data(), n, d_v}, window, slope};
  }
};

std::string ring() {
  std::string text = "tokens so far    slot 0  slot 1  slot 2  slot 3\n";
  for (int length = 0; length <= 6; ++length) {
    text += format("%-15d", length);
    for (const int p : reference::ring_positions(length, 4))
      text += p < 0 ? std::string("       –") : format("%8d", p);
    text += length == 0 ? "    empty: −1\n" : "\n";
  }
  return text_block(text);
}

std::string by_hand() {
  const Memory memory{
      {2, 0, 0, 0}, {1, 0, 0, 0, 0, 1, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0}, {10, 20, 30, 40}};
  const std::vector<int> at = reference::ring_positions(6, 4);
  const auto step = memory.step(5, at, 3, 0.5f);
  std::string distance = "distance D            ", score = "s = x/2 − D/2         ";
  std::string weight = "weight                ", product = "x = q·k               ";
  double sum = 0;
  for (const int j : reference::living_slots(step))
    sum += std::exp(reference::score<double>(step, j));
  for (int j = 0; j < 4; ++j) {
    const double s = reference::score<double>(step, j);
    distance += format("%9d", step.distance(j));
    product += format("%9g", 2 * memory.K[4 * j]);
    score += step.is_alive(j) ? format("%9g", s + 0.0) : "        –";
    weight += step.is_alive(j) ? format("%9.4f", std::exp(s) / sum) : "        –";
  }
  return text_block(line("slot", std::vector{0, 1, 2, 3}, "%9d") + "\n" +
                    line("position", at, "%9d") + "\n" + distance + "     window 3: D < 3\n" +
                    product + "\n" + score + "\n" + weight + "\n" + line("v", memory.V, "%9g") +
                    format("     o = %.4f\n", reference::decode<double>(step)(0)));
}

std::string padding() {
  const std::vector<int> mask = {0, 0, 0, 1, 1, 1, 1};
  std::vector<int> positions = reference::padded_positions(mask), places;
  const int next = positions.back();
  positions.pop_back();
  for (int j = 0; j < 7; ++j) places.push_back(j);
  return text_block(line("mask", mask, "%4d") + "\n" + line("position", positions, "%4d") +
                    format("   next %d\n", next) + line("place in the row", places, "%4d") +
                    "   next 7\n");
}

// ---- Wrong positions ----------------------------------------------------------------------------

/// A ring that is full: its 100 oldest tokens were overwritten since, so that key j of those that
/// remain stands in slot (j + 100) mod C.
double distance_of_slots(int i, int j) {
  const int slots = i + 1;
  return std::abs((i + 100) % slots - (j + 100) % slots);
}

std::vector<Bias> biases() {
  return {{"by positions", [](int i, int j) { return -(i - j) / 16. + 0.0; }},
          {"query at 0, no sign", [](int, int j) { return -j / 16. + 0.0; }},
          {"by slots", [](int i, int j) { return -distance_of_slots(i, j) / 16 + 0.0; }}};
}

// ---- Equal, not to the bit ----------------------------------------------------------------------

/// Products of floats are exact in double. Through it, no compiler fuses them with a sum.
float product(float a, float b) { return static_cast<float>(static_cast<double>(a) * b); }
float exp_float(float x) { return static_cast<float>(std::exp(static_cast<double>(x))); }

/// How a program may compute one row.
struct Arrangement {
  int lanes;      ///< partial sums of a product
  bool online;    ///< one pass over the keys
  int first_key;  ///< where a ring begins to be read
};

float dot(Row q, Row k, int lanes) {
  std::vector<float> sums(lanes, 0);
  for (int c = 0; c < q.size; ++c) sums[c % lanes] += product(q[c], k[c]);
  for (int half = lanes / 2; half > 0; half /= 2)
    for (int l = 0; l < half; ++l) sums[l] += sums[l + half];
  return sums[0];
}

/// Row i of attention in floats. √64 = 8, so that the scale rounds nothing.
std::vector<float> row(const Memory& m, int i, int d, int d_v, Arrangement how) {
  const Row q{m.q.data() + i * d, d};
  std::vector<float> s, o(d_v, 0);
  std::vector<int> keys;
  for (int j = 0; j <= i; ++j) keys.push_back((j + how.first_key) % (i + 1));
  for (const int j : keys) s.push_back(dot(q, {m.K.data() + j * d, d}, how.lanes) / 8);
  float max = how.online ? -INFINITY : *std::max_element(s.begin(), s.end()), sum = 0;
  for (int a = 0; a <= i; ++a) {
    const float keep = s[a] > max ? exp_float(max - s[a]) : 1;
    max = std::max(max, s[a]);
    const float weight = exp_float(s[a] - max);
    sum = product(keep, sum) + weight;
    for (int c = 0; c < d_v; ++c)
      o[c] = product(keep, o[c]) + product(weight, m.V[keys[a] * d_v + c]);
  }
  for (float& x : o) x /= sum;
  return o;
}

Memory random_memory(int n, int d, int d_v) {
  std::mt19937 random(13);
  boost::random::normal_distribution<float> normal;
  Memory m{std::vector<float>(n * d), std::vector<float>(n * d), std::vector<float>(n * d_v)};
  for (auto* part : {&m.q, &m.K, &m.V})
    for (float& x : *part) x = normal(random);
  return m;
}

/// Every step of decoding against the row of the full computation.
std::string rounding() {
  constexpr int n = 128, d = 64, d_v = 16;
  const Memory m = random_memory(n, d, d_v);
  const Arrangement full{8, false, 0};
  const std::pair<const char*, Arrangement> steps[] = {
      {"the same operations in the same order", {8, false, 0}},
      {"products summed in one go, not in 8 parts", {1, false, 0}},
      {"one pass (online softmax)", {8, true, 0}},
      {"keys from the middle of a ring", {8, false, 41}},
      {"all three", {1, true, 41}}};
  std::string table =
      "| a step computes | outputs with other bits | largest difference | of what the bound allows "
      "|\n|---|---:|---:|---:|\n";
  for (const auto& [name, how] : steps) {
    int differ = 0;
    double largest = 0, of_bound = 0;
    for (int i = 0; i < n; ++i) {
      std::vector<int> at(n);
      for (int j = 0; j < n; ++j) at[j] = j;
      Memory one = m;
      one.q.assign(m.q.begin() + i * d, m.q.begin() + (i + 1) * d);
      const auto bounds = tolerated(
          [&](auto real) { return reference::decode<decltype(real)>(one.step(i, at, n, 0)); });
      const std::vector<float> a = row(m, i, d, d_v, full), b = row(m, i, d, d_v, how);
      for (int c = 0; c < d_v; ++c) {
        const double difference = std::fabs(static_cast<double>(a[c]) - b[c]);
        differ += difference != 0;
        largest = std::max(largest, difference);
        of_bound = std::max(of_bound, difference / (2 * bounds.tolerance[c]));
      }
    }
    table += format("| %s | %.0f %% | %.0f·u | %.3f |\n", name, 100. * differ / (n * d_v),
                    largest / kUnit, of_bound);
  }
  return table;
}

// ---- Bases and moves ----------------------------------------------------------------------------

/// Dynamic NTK of factor 2.
double dynamic_base(int length) {
  const double grown = 2. * std::max(length, kTrained) / kTrained - 1;
  return kBase * std::pow(grown, kHead / (kHead - 2.));
}

/// What query and key say that are alike (all pairs equal), in parts of what they say at distance
/// 0.
double likeness(float key_base, int key, float query_base, int query) {
  return reference::angles<double>(kHead, key_base, key, query_base, query).array().cos().mean();
}

std::string stale() {
  const auto grown = static_cast<float>(dynamic_base(kLongest));
  std::string table = format("| position of the key | both %g | both %.1f | key %g, query %.1f |\n",
                             kBase, grown, kBase, grown) +
                      "|---:|---:|---:|---:|\n";
  for (const int p : {0, 10, 100, 1000, 2000, 4000})
    table += format("| %d | %.3f | %.3f | %.3f |\n", p, likeness(kBase, p, kBase, p + 8),
                    likeness(grown, p, grown, p + 8), likeness(kBase, p, grown, p + 8));
  return table;
}

std::string bases() {
  std::string tokens = "| tokens |", line = "|---|", values = "| base |";
  for (const int length : {kTrained, kTrained + 1, 2304, 3072, kLongest}) {
    tokens += format(" %d |", length);
    line += "---:|";
    values += format(" %.1f |", dynamic_base(length));
  }
  return tokens + "\n" + line + "\n" + values + "\n";
}

/// The largest error of a pair, in u·(|x0| + |x1|), after so many moves of `step` positions.
double move_error(int moves, int step) {
  constexpr int r = 64;
  const Memory m = random_memory(1, r, 1);
  std::vector<float> x = m.K;
  const Eigen::VectorXd angle = reference::angles<double>(r, kBase, 0, kBase, step);
  double largest = 0;
  for (int c = 0; c < r / 2; ++c) {
    const float cosine = static_cast<float>(std::cos(angle(c)));
    const float sine = static_cast<float>(std::sin(angle(c)));
    for (int n = 0; n < moves; ++n) {
      const float x0 = x[2 * c], x1 = x[2 * c + 1];
      x[2 * c] = product(x0, cosine) - product(x1, sine);
      x[2 * c + 1] = product(x0, sine) + product(x1, cosine);
    }
  }
  const Eigen::VectorXd exact =
      reference::rotated<double>(r, kBase, moves * step, lift<double>(Row{m.K.data(), r}));
  for (int e = 0; e < r; ++e) {
    const int pair = e / 2 * 2;
    const double size = std::fabs(m.K[pair]) + std::fabs(m.K[pair + 1]);
    largest = std::max(largest, std::fabs(x[e] - exact(e)) / (kUnit * size));
  }
  return largest;
}

std::string moves() {
  std::string table =
      "| positions in all | moved once | moved by one position at a time |\n|---:|---:|---:|\n";
  for (const int n : {1, 10, 100, 1000, 10000})
    table += format("| %d | %.1f·u | %.1f·u |\n", n, move_error(1, n), move_error(n, 1));
  return table;
}

// ---- Memory -------------------------------------------------------------------------------------

/// Bytes of one token: a key and a value of 16 bits an element, in each layer and key head.
double bytes(int layers, int heads, int d) { return 2. * layers * heads * d * 2; }

std::string memory() {
  std::string table =
      "| 32 layers, d = 128, 16 bits | a token | 4,096 tokens | 131,072 tokens |\n"
      "|---|---:|---:|---:|\n";
  const auto add = [&](const char* name, int heads, int window) {
    const double token = bytes(32, heads, 128);
    const auto held = [=](int n) { return token * std::min(n, window) / 0x1p30; };
    table += format("| %s | %.0f KiB | %.2f GiB | %.2f GiB |\n", name, token / 1024, held(4096),
                    held(131072));
  };
  add("32 key heads", 32, 1 << 30);
  add("8 key heads, each shared by 4 query heads", 8, 1 << 30);
  add("8 key heads, a ring of 4,096 slots", 8, 4096);
  return table;
}

// ---- Quiz ---------------------------------------------------------------------------------------

// instructor only
/// Outputs of one query over the same tokens in other slots, and at other positions.
double output(bool reversed, int shift) {
  Memory m = random_memory(6, 4, 1);
  m.q.resize(4);
  std::vector<int> at = {0, 1, 2, 3, 4, 5};
  for (int& p : at) p += shift;
  if (reversed) {
    std::reverse(at.begin(), at.end());
    std::reverse(m.V.begin(), m.V.end());
    std::vector<float> K;
    for (int j = 5; j >= 0; --j) K.insert(K.end(), m.K.begin() + 4 * j, m.K.begin() + 4 * j + 4);
    m.K = K;
  }
  return reference::decode<double>(m.step(5 + shift, at, 6, 0.5f))(0);
}

bool alike(double a, double b) { return std::fabs(a - b) < 1e-12; }

int oldest_visible(int position, int window) {
  int p = position;
  while (p > 0 && position - (p - 1) < window) --p;
  return p;
}
// end of instructor only

}  // namespace

void qkoan::numbers(Page& page) {
  page.block("ring", ring());
  page.block("by_hand", by_hand());
  page.block("padding", padding());
  page.block("biases", bias_table(biases(), 40));
  page.block("windows", window_table(biases()));
  page.block("picture", attention_picture(biases(), 63));
  page.block("rounding", rounding());
  page.block("bases", bases());
  page.block("stale", stale());
  page.block("moves", moves());
  page.block("memory", memory());
  // instructor only
  page.answer("slot_zero", reference::ring_positions(10000, 4096)[0]);
  page.answer("oldest", oldest_visible(9999, 4096));
  page.answer("bytes", bytes(28, 4, 128));
  page.answer("next_position", reference::padded_positions({0, 0, 0, 0, 1, 1, 1}).back());
  page.choice("slots", alike(output(false, 0), output(true, 0)) ? 1 : -1);
  page.choice("shift", alike(output(false, 0), output(false, 100)) ? 0 : -1);
  // end of instructor only
}
