#include "tests/support/judgement.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "reference/core/ulp.hpp"

namespace qkoan {
namespace {

constexpr int kMapRows = 16;
constexpr int kMapCols = 32;

std::string print(const char* format, double x) {
  char text[64];
  std::snprintf(text, sizeof text, format, x);
  return text;
}

/// Error of one element in units of its bound: ≤ 1 is right.
double ratio(float got, double exact, double tolerance, bool encoded) {
  if (tolerance == 0) {
    const auto only = static_cast<float>(exact);
    return (encoded ? same_encoding(got, only) : got == only) ? 0 : HUGE_VAL;
  }
  if (!std::isfinite(got)) return HUGE_VAL;
  return std::fabs(static_cast<double>(got) - exact) / tolerance;
}

/// One cell of the map stands for the elements [row0, row1) × [col0, col1).
const char* cell(const std::vector<bool>& wrong, int cols, int row0, int row1, int col0, int col1) {
  int bad = 0;
  for (int i = row0; i < row1; ++i) {
    for (int j = col0; j < col1; ++j) bad += wrong[static_cast<std::size_t>(i) * cols + j];
  }
  if (bad == 0) return "·";
  return bad == (row1 - row0) * (col1 - col0) ? "█" : "▒";
}

std::vector<std::string> draw_map(const std::vector<bool>& wrong, int rows, int cols) {
  const int height = std::min(rows, kMapRows), width = std::min(cols, kMapCols);
  std::vector<std::string> map;
  for (int i = 0; i < height; ++i) {
    std::string line;
    for (int j = 0; j < width; ++j) {
      line += cell(wrong, cols, i * rows / height, (i + 1) * rows / height, j * cols / width,
                   (j + 1) * cols / width);
    }
    map.push_back(line);
  }
  return map;
}

std::string element(const std::string& name, Rank rank, int row, int col) {
  const std::string in_row = "[" + std::to_string(col) + "]";
  switch (rank) {
    case Rank::kNumber:
      return name;
    case Rank::kRow:
      return name + in_row;
    case Rank::kMatrix:
      return name + "[" + std::to_string(row) + "]" + in_row;
  }
  return name;
}

}  // namespace

std::string shortest(float x) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, x).ptr;
  return {text, end};
}

Judgement compare(Matrix got, const Tolerated& expected) {
  Judgement result;
  const int size = got.rows * got.cols;
  result.wrong.resize(size);
  for (int e = 0; e < size; ++e) {
    const double r = ratio(got.data[e], expected.exact[e], expected.tolerance[e], expected.encoded);
    result.wrong[e] = !(r <= 1);
    result.wrong_count += result.wrong[e];
    const double exact = expected.exact[e];
    if (std::isfinite(exact) && std::isfinite(got.data[e]) && exact != 0) {
      result.worst_ulps =
          std::max(result.worst_ulps, std::fabs(got.data[e] - exact) / ulp_of(exact));
    }
    if (r > result.worst_ratio) {
      result.worst_ratio = r;
      result.worst = e;
    }
  }
  return result;
}

OutputShown show(const char* name, Rank rank, Matrix got, const Tolerated& expected,
                 const std::vector<float>& rounded, const Judgement& judgement,
                 const std::string& digits) {
  const int e = judgement.worst;
  const float g = got.data[e], want = rounded[e];
  const double exact = expected.exact[e], bound = expected.tolerance[e];
  const double absolute = std::fabs(static_cast<double>(g) - exact);
  const bool comparable = std::isfinite(absolute);
  char hex[64];
  std::snprintf(hex, sizeof hex, "%a", static_cast<double>(g));
  const int row = e / got.cols, col = e % got.cols;
  OutputShown shown{name,
                    element(name, rank, row, col),
                    got.rows,
                    got.cols,
                    row,
                    col,
                    digits,
                    shortest(want),
                    shortest(g),
                    hex,
                    "",
                    "",
                    "",
                    print("%.3g", bound),
                    "",
                    judgement.wrong_count,
                    got.rows * got.cols,
                    draw_map(judgement.wrong, got.rows, got.cols)};
  if (comparable) {
    shown.absolute = print("%.3g", absolute);
    if (want != 0) shown.ulps = std::to_string(ulp_distance(g, want));
    if (exact != 0) shown.relative = print("%.3g", absolute / std::fabs(exact));
    if (bound > 0) shown.times_bound = print("%.3g", absolute / bound);
  }
  return shown;
}

}  // namespace qkoan
