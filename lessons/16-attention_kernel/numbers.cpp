/// @file
/// Lesson 16, the numbers of its page and of its quiz.

#include "docs/numbers.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "reference/fire.hpp"

using namespace qkoan;

namespace {

// ---- Registers ----------------------------------------------------------------------------------

constexpr int kLatency = 4, kPerCycle = 2;  // cycles of a multiply-add; how many may begin in each
constexpr int kLoads = 2;                   // how many may begin in a cycle
constexpr int kRegisters = 32;
constexpr int kUnderWay = kLatency * kPerCycle;

/// Registers of a step: sums of keys × vectors, the vectors of queries, and a key's number.
int registers(int keys, int vectors) { return keys * vectors + vectors + 1; }

/// How much of the peak a step may reach, whose loads are the vectors and a number of each key.
double share_of_peak(int keys, int vectors) {
  const double sums = keys * vectors;
  const double loads = (keys + vectors) / sums;  // for a multiply-add
  return std::min({1.0, sums / kUnderWay, static_cast<double>(kLoads) / kPerCycle / loads});
}

std::string shapes() {
  std::string table =
      "| keys × vectors of queries | sums under way | loads for a multiply-add | registers | of "
      "the "
      "peak, at most |\n|---:|---:|---:|---:|---:|\n";
  const int shapes[][2] = {{1, 1}, {4, 1}, {1, 3}, {2, 2}, {8, 1}, {4, 2}, {8, 3}, {8, 4}};
  for (const auto& [keys, vectors] : shapes) {
    const bool fits = registers(keys, vectors) <= kRegisters;
    table += format(
        "| %d × %d | %d | %.2f | %d | %s |\n", keys, vectors, keys * vectors,
        (keys + vectors) / static_cast<double>(keys * vectors), registers(keys, vectors),
        fits ? format("%.0f %%", 100 * share_of_peak(keys, vectors)).c_str() : "they do not fit");
  }
  return table;
}

// instructor only
/// The most keys that fit beside three vectors of queries.
int keys_together() {
  int keys = 1;
  while (registers(keys + 1, 3) <= kRegisters) ++keys;
  return keys;
}
// end of instructor only

// ---- FIRE ---------------------------------------------------------------------------------------

/// c = 0.1, L = 64.
double share(int p, int j) { return reference::normalised_distance(0.1, 64, p, j); }

/// How many of the knots that are spread evenly over (0, 1) lie in a tile of 16 queries and 64 keys.
int knots_inside(int knots, int first, int queries, int j, int keys) {
  const double least = share(first, std::min(j + keys - 1, first));
  const double greatest = share(first + queries - 1, std::min(j, first + queries - 1));
  int inside = 0;
  for (int k = 0; k < knots; ++k) {
    const double knot = (k + 0.5) / knots;
    inside += least < knot && knot < greatest;
  }
  return inside;
}

/// Knots in the tiles of a text.
struct Knots {
  double average, share_without;
};

Knots knots_in_tiles(int n, int knots) {
  double tiles = 0, without = 0, sum = 0;
  for (int first = 0; first < n; first += 16) {
    for (int j = 0; j < first + 16; j += 64) {
      const int inside = knots_inside(knots, first, 16, j, std::min(64, first + 16 - j));
      tiles += 1;
      without += inside == 0;
      sum += inside;
    }
  }
  return {sum / tiles, without / tiles};
}

/// Operations of a score: z and the line, and for each unit with a knot in the tile, as for each of a
/// whole network, multiply-add, maximum, multiply-add.
constexpr int kUnit = 3, kLine = 2;

std::string fire_knots() {
  std::string table =
      "| tokens | knots | tiles without one | knots in a tile, on average | operations for a score "
      "| by the network |\n|---:|---:|---:|---:|---:|---:|\n";
  for (const int n : {512, 2048, 8192}) {
    for (const int knots : {4, 32}) {
      const Knots in = knots_in_tiles(n, knots);
      table +=
          format("| %d | %d | %.0f %% | %.2f | %.1f | %d |\n", n, knots, 100 * in.share_without,
                 in.average, kLine + kUnit * in.average, 1 + kUnit * knots);
    }
  }
  return table;
}

// ---- What a bias costs --------------------------------------------------------------------------

std::string bytes(double n) {
  const char* const units[] = {"bytes", "KiB", "MiB", "GiB"};
  int unit = 0;
  for (; n >= 1024 && unit < 3; ++unit) n /= 1024;
  return format("%.4g %s", n, units[unit]);
}

/// For n tokens: what is held beside Q, K, V and O, and operations for a score beside both products.
std::string biases() {
  constexpr double n = 8192, d = 64;
  const auto row = [](const char* bias, double floats, double operations) {
    return format("| %s | %s | %.1f | %.1f %% |\n", bias, bytes(4 * floats).c_str(), operations,
                  100 * operations / (2 * d));
  };
  return "| bias | held for it | operations for a score | of the products' |\n"
         "|---|---:|---:|---:|\n" +
         row("any, as a matrix", n * n, 1) + row("ALiBi, T5, KERPLE, Sandwich: by distance", n, 1) +
         row("FIRE, 32 knots: a line for each tile", 2 * n,
             kLine + kUnit * knots_in_tiles(8192, 32).average) +
         row("FIRE, 32 units: the network for each score", 2 * n, 1 + kUnit * 32);
}

// ---- Quiz ---------------------------------------------------------------------------------------

// instructor only
/// 2 if a distance is one share of what is behind a query up to L, and another one beyond.
int table_choice() {
  const auto same = [](double L) {
    const double near = reference::normalised_distance(1.0, L, 100, 90);
    return std::fabs(near - reference::normalised_distance(1.0, L, 200, 190)) < 1e-12;
  };
  return same(200) && !same(150) ? 2 : -1;
}
// end of instructor only

}  // namespace

void qkoan::numbers(Page& page) {
  page.block("shapes", shapes());
  page.block("fire_knots", fire_knots());
  page.block("biases", biases());
  // instructor only
  page.answer("under_way", kUnderWay);
  page.answer("keys_together", keys_together());
  page.answer("hidden_in_block", 16 * 15 / 2);
  page.answer("corrections", 8192 / 64);
  page.choice("fire_table", table_choice());
  // end of instructor only
}
