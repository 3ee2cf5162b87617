#ifndef QKOAN_DOCS_LAB_HPP
#define QKOAN_DOCS_LAB_HPP
/// @file
/// Labs: sliders on a lesson's page, and charts that follow them. A file lessons/NN-name/lab_NAME.cpp
/// defines one, and computes it by the functions of contracts, which the solutions implement. It is
/// built twice: as WebAssembly for the page, and as a program that a test compares it with, bit by bit.

#include <string>
#include <vector>

#include "exercises/qkoan.hpp"

namespace qkoan {

/// What a slider can be set to: first, first + step, first + 2·step, … last.
struct Range {
  float first;  ///< at the left
  float last;   ///< at the right
  float step;   ///< between neighbours
  float start;  ///< where the slider stands at first
};

/// An axis of a chart. A y axis without ends (first = last) fits its curves.
struct Axis {
  const char* label;         ///< what is counted along it, with its unit if it has one
  float first = 0;           ///< its beginning
  float last = 0;            ///< its end
  bool logarithmic = false;  ///< by powers of two
};

/// How the numbers of a curve are drawn; a faint one is there to compare others with.
enum class Look {
  line,    ///< joined
  stairs,  ///< a step for each number
  bars,    ///< a bar for each number, from 0
  faint    ///< joined by a thin grey line
};

/// What a lab says of itself while it runs: it runs once for every move of a slider.
class Lab {
 public:
  /// A slider; returns the number that it is set to. Where a range gets shorter because of another
  /// slider, a slider behind its end moves to its end.
  float number(const char* name, Range range);

  /// The same for whole numbers.
  int whole(const char* name, Range range) { return static_cast<int>(number(name, range)); }

  /// A slider over exponents, for numbers of very different size; returns 2^exponent.
  float power_of_two(const char* name, Range exponents);

  /// A slider over words; returns the index of the one that it is set to.
  int choice(const char* name, std::vector<const char*> words, int start);

  /// Begins a chart.
  void chart(const char* title, Axis x, Axis y);

  /// A curve of the chart; the caller writes its numbers, spread evenly from end to end of the x axis.
  /// Infinities are gaps.
  MutableRow curve(const char* name, int points, Look look = Look::line);

  /// A number below the charts.
  void value(const char* name, float value);

  /// Runs the lab with its sliders at `positions`, counted from 0; −1 is where one starts.
  /// Returns JSON that describes sliders, charts and values; what it calls "at" is an index into
  /// numbers().
  const std::string& update(std::vector<int>& positions);

  /// All numbers of the last update.
  const std::vector<float>& numbers() const { return pool; }

 private:
  int position(const char* name, int last, int start);
  int keep(float number);
  std::string axis(const Axis& axis);
  void end_slider(int at, const std::vector<const char*>& words);

  std::vector<int>* positions = nullptr;
  std::vector<float> pool;
  std::string sliders, charts, curves, values, text;
  int count = 0;
};

/// How many of the first keys have that share of the weight.
int keys_with(Row weights, float share);

/// Defined by the lesson: its sliders, charts and values.
void lab(Lab& lab);

}  // namespace qkoan

#endif
