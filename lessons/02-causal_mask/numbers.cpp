/// @file
/// Lesson 02, the numbers and pictures of its page and of its quiz.

#include "docs/numbers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "reference/causal_mask.hpp"

using namespace qkoan;
using namespace qkoan::reference;

namespace {

constexpr float kHidden = -std::numeric_limits<float>::infinity();
constexpr float kLowest = std::numeric_limits<float>::lowest();

// ---- Pictures of masks: a block is a visible key, a dot a hidden one ----------------------------

struct Picture {
  std::string title;
  std::vector<std::string> lines;
};

template <class Rule>
Picture picture(const std::string& title, int n_q, int n_k, Rule sees) {
  Picture result{title, std::vector<std::string>(n_q)};
  const std::vector<float> M = mask(n_q, n_k, sees);
  for (int e = 0; e < n_q * n_k; ++e) result.lines[e / n_k] += M[e] == 0 ? "█" : "·";
  return result;
}

/// How many columns a text takes: its UTF-8 characters.
int width(const std::string& text) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, int columns) {
  return text + std::string(std::max(columns - width(text), 0), ' ');
}

std::string without_trailing_spaces(const std::string& line) {
  return line.substr(0, line.find_last_not_of(' ') + 1);
}

/// Pictures side by side, as a block of text.
std::string beside(const std::vector<Picture>& pictures) {
  std::size_t height = 0;
  for (const Picture& p : pictures) height = std::max(height, p.lines.size() + 1);
  std::string text = "```text\n";
  for (std::size_t row = 0; row < height; ++row) {
    std::string line;
    for (const Picture& p : pictures) {
      const int columns = std::max(width(p.title), width(p.lines[0])) + 4;
      const bool inside = row <= p.lines.size();
      line += padded(row == 0 ? p.title : inside ? p.lines[row - 1] : "", columns);
    }
    text += without_trailing_spaces(line) + "\n";
  }
  return text + "```\n";
}

// ---- Rules of other conventions -----------------------------------------------------------------

/// The causal rule of top-left alignment, where query i stands at key i.
auto top_left(int n_q, int n_k) {
  return [=](int p, int j) { return j <= p - (n_k - n_q); };
}

auto window(int size) {
  return [=](int p, int j) { return sees_in_window(p, j, size); };
}

/// flash-attention's borders, both inclusive.
auto borders(int left, int right) {
  return [=](int p, int j) { return p - left <= j && j <= p + right; };
}

auto chunks(int size) {
  return [=](int p, int j) { return j <= p && j >= p / size * size; };
}

/// How many keys the last query of a mask sees.
template <class Rule>
double seen_by_last(int n_q, int n_k, Rule sees) {
  const std::vector<float> M = mask(n_q, n_k, sees);
  return static_cast<double>(std::count(M.end() - n_k, M.end(), 0.0f));
}

// ---- Floats, as real code computes with them ----------------------------------------------------

using Floats = std::vector<float>;

/// Softmax as it is written when nobody thinks of rows that see nothing.
Floats softmax(Floats s) {
  const float max = *std::max_element(s.begin(), s.end());
  float sum = 0;
  for (float& x : s) sum += x = std::exp(x - max);
  for (float& x : s) x /= sum;
  return s;
}

/// The weights of a row with the given number instead of −∞ on its last `hidden` keys.
Floats masked_with(float stand_in, Floats scores, int hidden) {
  for (std::size_t j = scores.size() - hidden; j < scores.size(); ++j) scores[j] += stand_in;
  return softmax(scores);
}

Floats softcapped(float cap, Floats scores) {
  for (float& s : scores) s = cap * std::tanh(s / cap);
  return scores;
}

std::string shown(float x) {
  if (std::isnan(x)) return "NaN";
  if (std::isinf(x)) return x > 0 ? "∞" : "−∞";
  if (x == 0) return "0";
  const std::string digits = format(std::fabs(x) < 1e-2 ? "%.0e" : "%.2f", std::fabs(x));
  return (x < 0 ? "−" : "") + digits;
}

std::string shown(const Floats& row) {
  std::string text;
  for (const float x : row) text += (text.empty() ? "" : ", ") + shown(x);
  return text;
}

/// A binary format: what it rounds to, and where it ends.
struct Format {
  int bits;        ///< of the significand
  double largest;  ///< finite number

  double rounded(double x) const {
    const double unit = std::ldexp(1, std::ilogb(x) - bits + 1);
    const double r = std::nearbyint(x / unit) * unit;
    return std::fabs(r) > largest ? std::copysign(HUGE_VAL, x) : r;
  }
};

constexpr Format kFloat16{11, 65504};
constexpr Format kBfloat16{8, 0x1.FEp127};
constexpr Format kFloat32{24, 0x1.FFFFFEp127};

// ---- The blocks of the page ---------------------------------------------------------------------

std::string four_by_four() {
  Eigen::MatrixXf S(4, 4);
  S << 1, 3, 2, 0, 0, 1, 4, 1, 2, 2, 1, 3, 1, 0, 2, 1;
  const Floats M = mask(4, 4, sees_causally);
  const auto P = masked_weights<double>(S, [&](int i, int j) { return M[i * 4 + j] == 0; });
  std::string text = "```text\n    scores S              mask M                  weights P\n";
  for (int i = 0; i < 4; ++i) {
    std::string line;
    for (int j = 0; j < 4; ++j) line += format("%4.0f", S(i, j));
    line += "      ";
    for (int j = 0; j < 4; ++j) line += M[i * 4 + j] == 0 ? "   0" : "  −∞";
    line += "      ";
    for (int j = 0; j < 4; ++j) line += P(i, j) == 0 ? "   0   " : format("  %.3f", P(i, j));
    text += without_trailing_spaces(line) + "\n";
  }
  return text + "```\n";
}

std::string alignment() {
  return beside({picture("bottom-right, 3 × 8", 3, 8, sees_causally),
                 picture("top-left", 3, 8, top_left(3, 8)),
                 picture("bottom-right, 5 × 3", 5, 3, sees_causally),
                 picture("top-left", 5, 3, top_left(5, 3))});
}

std::string kinds() {
  const std::vector<int> document{1, 1, 5, 5, 1, 1};
  return beside({picture("causal", 6, 6, sees_causally), picture("window 3", 6, 6, window(3)),
                 picture("prefix 3", 6, 6, [](int p, int j) { return sees_with_prefix(p, j, 3); }),
                 picture("documents 1 1 5 5 1 1", 6, 6,
                         [&](int p, int j) { return sees_in_document(p, j, document); })});
}

std::string conventions() {
  return beside({picture("3, own included", 6, 6, window(3)),
                 picture("left = 3", 6, 6, borders(3, 0)),
                 picture("half on each side", 6, 6, borders(3 / 2, 3 / 2)),
                 picture("chunks of 3", 6, 6, chunks(3))});
}

std::string zero_when() {
  const Floats scores{1, 2, 3, 4};
  Floats zero_score{1, 2, 0, 0}, zero_weight = softmax(scores);
  zero_weight[2] = zero_weight[3] = 0;
  const auto line = [](const char* how, const Floats& weights) {
    float sum_of_visible = weights[0] + weights[1];
    return format("| %s | %s | %s |\n", how, shown(weights).c_str(), shown(sum_of_visible).c_str());
  };
  return "| row 1, 2, 3, 4, of which the first two are visible | weights | visible sum |\n"
         "|---|---|---:|\n" +
         line("hidden scores become 0", softmax(zero_score)) +
         line("hidden weights become 0", zero_weight) +
         line("hidden scores become −∞", masked_with(kHidden, scores, 2));
}

std::string stand_ins() {
  const struct {
    const char* name;
    float value;
  } stand_ins[] = {{"−∞", kHidden},
                   {"lowest float", kLowest},
                   {"−10⁹", -1e9f},
                   {"−10000", -10000},
                   {"−100", -100}};
  std::string table =
      "| instead of −∞ | leak, scores 1, 2 | leak, scores −9991, −9990 | nothing visible |\n"
      "|---|---:|---:|---|\n";
  for (const auto& [name, value] : stand_ins) {
    table +=
        format("| %s | %s | %s | %s |\n", name, shown(masked_with(value, {1, 2, 12}, 1)[2]).c_str(),
               shown(masked_with(value, {-9991, -9990, 12}, 1)[2]).c_str(),
               shown(masked_with(value, {1, 2, 3}, 3)).c_str());
  }
  return table;
}

std::string lowest_and_bias() {
  std::string table =
      "| lowest number plus | float16 | bfloat16 | float32 |\n"
      "|---|---:|---:|---:|\n";
  const auto line = [&](const char* name, auto added) {
    table += format("| %s |", name);
    for (const Format& f : {kFloat16, kBfloat16, kFloat32}) {
      const double sum = f.rounded(-f.largest + added(f));
      table += sum == -f.largest ? " lowest |" : std::isinf(sum) ? " −∞ |" : " other |";
    }
    table += "\n";
  };
  line("a bias of −8", [](const Format&) { return -8.0; });
  line("a bias of −16", [](const Format&) { return -16.0; });
  line("a second mask, the lowest again", [](const Format& f) { return -f.largest; });
  return table;
}

std::string softcap_table() {
  std::string table =
      "| cap | cap, then mask | mask, then cap | mask, then cap, nothing visible |\n"
      "|---:|---:|---:|---|\n";
  for (const float cap : {50.0f, 20.0f, 5.0f}) {
    const Floats capped_first = masked_with(kHidden, softcapped(cap, {1, 2, 3}), 1);
    const Floats capped_last = softmax(softcapped(cap, {1, 2, kHidden}));
    const Floats nothing = softmax(softcapped(cap, {kHidden, kHidden, kHidden}));
    table += format("| %.0f | %s | %s | %s |\n", cap, shown(capped_first[2]).c_str(),
                    shown(capped_last[2]).c_str(), shown(nothing).c_str());
  }
  return table;
}

}  // namespace

void qkoan::numbers(Page& page) {
  page.block("four_by_four", four_by_four());
  page.block("alignment", alignment());
  page.block("kinds", kinds());
  page.block("zero_when", zero_when());
  page.block("stand_ins", stand_ins());
  page.block("lowest_and_bias", lowest_and_bias());
  page.block("softcap", softcap_table());
  page.block("conventions", conventions());

  // instructor only
  const Floats M = mask(3, 5, sees_causally);
  page.answer("hidden_count", static_cast<double>(std::count(M.begin(), M.end(), kHidden)));
  page.answer("top_left_decoding", seen_by_last(1, 1000, top_left(1, 1000)));
  page.answer("inclusive_left", seen_by_last(1, 32768, borders(4096, 0)));
  page.answer("leak", masked_with(-10000, {-9990, 10}, 1)[1]);
  // end of instructor only
}
