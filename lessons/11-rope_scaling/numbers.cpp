/// @file
/// Lesson 11, the numbers of its page and of its quiz.

#include "docs/numbers.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "docs/bias_profile.hpp"
#include "reference/rope_scaling.hpp"

using namespace qkoan;

namespace {

using Frequencies = Eigen::VectorXd;
constexpr double kFullTurn = 2 * std::numbers::pi;

/// Llama 2, made to read 16 times as much: the model of most tables here.
constexpr int kRotated = 128, kPairs = kRotated / 2;
constexpr Bands kModel{10000, 16, 4096, 1, 32};

Frequencies trained(float base, int pairs) {
  return reference::interpolated<double>(base, 1, pairs);
}

Frequencies with_scaled_base(const Bands& b, int pairs) {
  const double base = reference::scaled_base<double>(b.base, 2 * pairs, b.s);
  Frequencies theta(pairs);
  for (int k = 0; k < pairs; ++k) theta(k) = std::pow(base, -1.0 * k / pairs);
  return theta;
}

struct Method {
  std::string name;
  Frequencies theta;
};

/// All methods for one model; Llama's ramp with its own limits, and YaRN's in both forms.
std::vector<Method> methods(const Bands& b, int pairs) {
  Bands llama = b;
  llama.slow = 1, llama.fast = 4;
  return {{"interpolated", reference::interpolated<double>(b.base, b.s, pairs)},
          {"base scaled", with_scaled_base(b, pairs)},
          {"Llama 3.1", reference::llama3<double>(llama, pairs)},
          {"YaRN, printed", reference::llama3<double>(b, pairs)},
          {"YaRN, code", reference::yarn<double>(b, true, pairs)}};
}

// ---- Definition ---------------------------------------------------------------------------------

/// Four pairs, trained on 1000 tokens, s = 4.
std::string by_hand() {
  const Bands b{10000, 4, 1000, 1, 32};
  const Frequencies theta = trained(b.base, 4);
  const std::vector<Method> all = methods(b, 4);
  std::string text = "```text\nr = 8, base 10000, trained on 1000 tokens, s = 4\n\n";
  text +=
      "k        θ    turns   γ(1, 32)   ramp  interpolated  base scaled     printed        code\n";
  const auto [low, high] = reference::yarn_ramp<double>(b, true, 8);
  for (int k = 0; k < 4; ++k) {
    const double n = reference::turns<double>(b, 8, k);
    text += format("%d %8g %8.2f %10.4f %6.3f %13g %12.6f %11.6f %11.6f\n", k, theta(k), n,
                   std::clamp((n - b.slow) / (b.fast - b.slow), 0.0, 1.0),
                   std::clamp((k - low) / (high - low), 0.0, 1.0), all[0].theta(k), all[1].theta(k),
                   all[3].theta(k), all[4].theta(k));
  }
  text += format("\nbase' = 10000·4^(8/6) = %.1f\n", reference::scaled_base<double>(10000, 8, 4));
  text +=
      format("pairdim(32) = %.3f, pairdim(1) = %.3f, truncated: low = %g, high = %g\n",
             reference::pairdim<double>(b, 8, 32), reference::pairdim<double>(b, 8, 1), low, high);
  return text + "```\n";
}

/// How much each method slows pair after pair, as bars: from not at all to s times, by logarithms.
std::string slowdown() {
  static const char* const kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const Frequencies theta = trained(kModel.base, kPairs);
  std::string text = "```text\n               k = 0";
  text += std::string(kPairs - 11, ' ') + "k = 63\n";
  for (const Method& m : methods(kModel, kPairs)) {
    text += format("%-15s", m.name.c_str());
    for (int k = 0; k < kPairs; ++k) {
      const double share = std::log(theta(k) / m.theta(k)) / std::log(kModel.s);
      text += kBars[std::clamp(static_cast<int>(std::lround(7 * share)), 0, 7)];
    }
    text += "\n";
  }
  text += "turns in       ";
  std::string turns(kPairs, ' ');
  for (const int k : {0, 16, 32, 48}) {
    const std::string n = format("%.4g", reference::turns<double>(kModel, kRotated, k));
    turns.replace(k, n.size(), n);
  }
  const std::string last = format("%.2g", reference::turns<double>(kModel, kRotated, 63));
  turns.replace(kPairs - last.size(), last.size(), last);
  return text + turns + "\ntraining\n```\n";
}

// ---- Why ----------------------------------------------------------------------------------------

int pairs_below_one_turn(const Bands& b, int pairs) {
  int count = 0;
  for (int k = 0; k < pairs; ++k) count += reference::turns<double>(b, 2 * pairs, k) < 1;
  return count;
}

/// Angles that training has shown, and those of a text 16 times as long.
std::string unseen() {
  const Frequencies theta = trained(kModel.base, kPairs);
  const int length = static_cast<int>(kModel.s) * kModel.trained;
  std::string table = format(
      "| pair | tokens per turn | largest angle in training | at token %d | the same, "
      "interpolated |\n|---:|---:|---:|---:|---:|\n",
      length);
  for (const int k : {0, 16, 32, 44, 48, 56, 63}) {
    table += format("| %d | %.1f | %.2f | %.2f | %.2f |\n", k, kFullTurn / theta(k),
                    kModel.trained * theta(k), length * theta(k), length * theta(k) / kModel.s);
  }
  return table + format("\n%d of %d pairs have not gone round once in %d tokens.\n",
                        pairs_below_one_turn(kModel, kPairs), kPairs, kModel.trained);
}

std::string temperature() {
  std::string table = "| s | factor of cosines and sines | factor of scores |\n|---:|---:|---:|\n";
  for (const float s : {1.f, 2.f, 4.f, 16.f, 32.f, 40.f, 64.f}) {
    const double factor = reference::yarn_factor<double>(s);
    table += format("| %g | %.6f | %.6f |\n", s, factor, factor * factor);
  }
  return table;
}

// ---- What the numbers say -----------------------------------------------------------------------

std::string dynamic() {
  std::string table =
      "| tokens | x | base' | static, s = 2 | built once at 4096 |\n|---:|---:|---:|---:|---:|\n";
  const auto base = [](int length) {
    return reference::dynamic_base<double>(10000, kRotated, 2, 2048, length);
  };
  for (const int length : {512, 2048, 2049, 2560, 3072, 4096, 8192}) {
    table += format("| %d | %.4g | %.1f | %.1f | %.1f |\n", length,
                    2. * std::max(length, 2048) / 2048 - 1, base(length),
                    reference::scaled_base<double>(10000, kRotated, 2), base(4096));
  }
  return table;
}

struct Model {
  const char* name;
  int rotated;
  Bands bands;
  bool truncate;
};
const std::vector<Model> kShipped = {{"Llama 2, s = 16", 128, {10000, 16, 4096, 1, 32}, true},
                                     {"Qwen2.5", 128, {1000000, 4, 32768, 1, 32}, true},
                                     {"DeepSeek-V3", 64, {10000, 40, 4096, 1, 32}, true},
                                     {"gpt-oss", 64, {150000, 32, 4096, 1, 32}, false},
                                     {"Kimi-K2.5", 64, {50000, 64, 4096, 1, 32}, true}};

/// "3.04× at pair 38": the largest quotient of two rows of frequencies, either way.
std::string largest_quotient(const Frequencies& a, const Frequencies& b) {
  Eigen::Index k;
  const double most = (a.array() / b.array()).log().abs().maxCoeff(&k);
  return format("%.2f× at pair %d", std::exp(most), static_cast<int>(k));
}

/// YaRN's code against its paper, and rounded ends against the others.
std::string shipped() {
  std::string table =
      "| model | r | base | trained | s | low, high | as shipped | paper against code | other ends "
      "|\n|---|---:|---:|---:|---:|---:|---|---:|---:|\n";
  for (const Model& m : kShipped) {
    const int pairs = m.rotated / 2;
    const Frequencies code = reference::yarn<double>(m.bands, m.truncate, pairs);
    table += format(
        "| %s | %d | %.0f | %d | %g | %.2f, %.2f | %s | %s | %s |\n", m.name, m.rotated,
        m.bands.base, m.bands.trained, m.bands.s,
        reference::pairdim<double>(m.bands, m.rotated, m.bands.fast),
        reference::pairdim<double>(m.bands, m.rotated, m.bands.slow),
        m.truncate ? "rounded" : "not rounded",
        largest_quotient(code, reference::llama3<double>(m.bands, pairs)).c_str(),
        largest_quotient(code, reference::yarn<double>(m.bands, !m.truncate, pairs)).c_str());
  }
  return table;
}

/// Which pairs of Llama 3.1 are kept, on the ramp, interpolated.
std::string llama() {
  const Bands b{500000, 8, 8192, 1, 4};
  int kept = 0, middle = 0;
  for (int k = 0; k < kPairs; ++k) {
    const double n = reference::turns<double>(b, kRotated, k);
    kept += n > b.fast, middle += n > b.slow && n <= b.fast;
  }
  return format(
      "Llama 3.1 (r = 128, base 500000, 8192 tokens in training, s = 8) keeps pairs 0 to %d, has "
      "%d to %d on its\nramp, and interpolates %d to 63.\n",
      kept - 1, kept, kept + middle - 1, kept + middle);
}

/// Scores of equal contents, q = k = (1, 0) in all pairs, scaled by 1/√r.
std::vector<Bias> profiles() {
  std::vector<Method> all = methods(kModel, kPairs);
  all.erase(all.begin() + 3);  // the printed form
  all.insert(all.begin(), {"trained", trained(kModel.base, kPairs)});
  std::vector<Bias> profiles;
  for (const Method& m : all) {
    const double factor = m.name == "YaRN, code" ? reference::yarn_factor<double>(kModel.s) : 1;
    std::vector<double> line(16384);
    for (int o = 0; o < 16384; ++o) {
      line[o] = factor * factor * (o * m.theta.array()).cos().sum() / std::sqrt(1. * kRotated);
    }
    profiles.push_back({m.name, [line](int i, int j) { return line[i - j]; }});
  }
  return profiles;
}

/// What floats cost, in radians: the frequencies, and the angles. The largest error of all pairs, of
/// an angle itself and of the angle between neighbours, which is all that a score knows.
std::string floats() {
  const Frequencies theta = trained(kModel.base, kPairs);
  std::string table =
      "| position p | angle, θ a float | p to p + 1, θ a float | p to p + 1, angles floats, too |\n"
      "|---:|---:|---:|---:|\n";
  for (const int p : {4096, 65536, 131072, 1000000}) {
    double angle = 0, step = 0, float_step = 0;
    for (int k = 0; k < kPairs; ++k) {
      const float f = static_cast<float>(theta(k));
      const float here = static_cast<float>(p) * f, next = static_cast<float>(p + 1) * f;
      angle = std::max(angle, std::fabs(p * (f - theta(k))));
      step = std::max(step, std::fabs(f - theta(k)));
      float_step = std::max(float_step, std::fabs(static_cast<double>(next) - here - theta(k)));
    }
    table += format("| %d | %.1e | %.1e | %.1e |\n", p, angle, step, float_step);
  }
  return table;
}

// ---- Quiz ---------------------------------------------------------------------------------------

// instructor only
/// 1 if a scaled base leaves the first pair alone.
int first_pair_choice() {
  const double first = with_scaled_base(kModel, kPairs)(0);
  return first == 1 ? 1 : -1;
}

/// 2 if Llama 3.1's rule is the one that YaRN's paper prints, and not that of its code.
int llama_choice() {
  const Bands b{500000, 8, 8192, 1, 4};
  const Frequencies rule = reference::llama3<double>(b, kPairs);
  bool printed = true;
  for (int k = 0; k < kPairs; ++k) {
    const double theta = reference::trained_frequency<double>(b.base, kRotated, k);
    const double r = b.trained * theta / kFullTurn, gamma = std::clamp((r - 1) / 3, 0., 1.);
    printed &= std::fabs(rule(k) / ((1 - gamma) * theta / 8 + gamma * theta) - 1) < 1e-12;
  }
  const Frequencies code = reference::yarn<double>(b, true, kPairs);
  return printed && (code.array() / rule.array() - 1).abs().maxCoeff() > 0.01 ? 2 : -1;
}

/// 0 if interpolation makes next neighbours more alike than any other method does.
int neighbours_choice() {
  const std::vector<Method> all = methods(kModel, kPairs);
  for (std::size_t m = 1; m < all.size(); ++m) {
    if (all[m].theta.array().cos().sum() >= all[0].theta.array().cos().sum()) return -1;
  }
  return 0;
}
// end of instructor only

}  // namespace

void qkoan::numbers(Page& page) {
  const std::vector<Bias> all = profiles();
  page.block("by_hand", by_hand());
  page.block("slowdown", slowdown());
  page.block("unseen", unseen());
  page.block("temperature", temperature());
  page.block("dynamic", dynamic());
  page.block("shipped", shipped());
  page.block("llama", llama());
  page.block("profiles", bias_table(all, 16383));
  page.block("windows", window_table(all));
  page.block("picture", attention_picture(all, 63));
  page.block("floats", floats());
  // instructor only
  page.answer("squared", reference::scaled_base<double>(10000, 4, 3));
  page.answer("stretched", 2. * 4096 / 2048 - (2 - 1));
  page.answer("never_round", pairs_below_one_turn(kModel, kPairs));
  page.answer("scores", std::pow(reference::yarn_factor<double>(64), 2));
  page.choice("first_pair", first_pair_choice());
  page.choice("llama_rule", llama_choice());
  page.choice("neighbours", neighbours_choice());
  // end of instructor only
}
