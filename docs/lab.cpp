#include "docs/lab.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace qkoan {
namespace {

constexpr int kNumbers = 1 << 16;  // of all curves of a lab; rows that were given out must not move
constexpr int kSliders = 16;

/// Appends to a list of JSON.
void append(std::string& list, const std::string& element) {
  if (!list.empty()) list += ",";
  list += element;
}

std::string quoted(const char* text) { return '"' + std::string(text) + '"'; }

std::string member(const char* name, int number) {
  return quoted(name) + ":" + std::to_string(number);
}

std::string member(const char* name, const char* text) { return quoted(name) + ":" + quoted(text); }

int last_position(Range range) {
  return static_cast<int>((range.last - range.first) / range.step + 0.5f);
}

int start_position(Range range) {
  return static_cast<int>((range.start - range.first) / range.step + 0.5f);
}

float at(Range range, int position) {
  return range.first + static_cast<float>(position) * range.step;
}

}  // namespace

int Lab::keep(float number) {
  if (pool.size() == kNumbers) std::abort();  // a row would move while its lab writes to it
  pool.push_back(number);
  return static_cast<int>(pool.size()) - 1;
}

int Lab::position(const char* name, int last, int start) {
  if (count == kSliders) std::abort();
  int& position = (*positions)[count++];
  if (position == -1) position = start;
  position = std::min(position, last);
  append(sliders, "{" + member("name", name) + "," + member("last", last) + "," +
                      member("position", position));
  return position;
}

void Lab::end_slider(int at, const std::vector<const char*>& words) {
  std::string list;
  for (const char* word : words) append(list, quoted(word));
  sliders += "," + member("at", at) + ",\"words\":[" + list + "]}";
}

float Lab::number(const char* name, Range range) {
  const float number = at(range, position(name, last_position(range), start_position(range)));
  end_slider(keep(number), {});
  return number;
}

float Lab::power_of_two(const char* name, Range exponents) {
  const int position = this->position(name, last_position(exponents), start_position(exponents));
  const float number = std::exp2(at(exponents, position));
  end_slider(keep(number), {});
  return number;
}

int Lab::choice(const char* name, std::vector<const char*> words, int start) {
  const int index = position(name, static_cast<int>(words.size()) - 1, start);
  end_slider(keep(static_cast<float>(index)), words);
  return index;
}

std::string Lab::axis(const Axis& axis) {
  const int at = keep(axis.first);
  keep(axis.last);
  return "{" + member("label", axis.label) + "," + member("at", at) + "," +
         member("logarithmic", axis.logarithmic) + "}";
}

void Lab::chart(const char* title, Axis x, Axis y) {
  if (!charts.empty()) charts += curves + "]}";
  curves.clear();
  const std::string of_x = axis(x), of_y = axis(y);  // one after the other: both keep numbers
  append(charts,
         "{" + member("title", title) + ",\"x\":" + of_x + ",\"y\":" + of_y + ",\"curves\":[");
}

MutableRow Lab::curve(const char* name, int points, Look look) {
  const int at = static_cast<int>(pool.size());
  for (int i = 0; i < points; ++i) keep(0);
  append(curves, "{" + member("name", name) + "," + member("look", static_cast<int>(look)) + "," +
                     member("at", at) + "," + member("points", points) + "}");
  return {pool.data() + at, points};
}

void Lab::value(const char* name, float value) {
  append(values, "{" + member("name", name) + "," + member("at", keep(value)) + "}");
}

const std::string& Lab::update(std::vector<int>& at) {
  positions = &at;
  positions->resize(kSliders, -1);
  pool.clear();
  pool.reserve(kNumbers);
  for (std::string* part : {&sliders, &charts, &curves, &values}) part->clear();
  count = 0;
  lab(*this);
  text = "{\"sliders\":[" + sliders + "],\"charts\":[" + charts + curves + "]}],\"values\":[" +
         values + "]}";
  return text;
}

int keys_with(Row weights, float share) {
  int keys = 0;
  for (float sum = 0; sum < share && keys < weights.size;) sum += weights[keys++];
  return keys;
}

}  // namespace qkoan

// What a page calls.

namespace {
qkoan::Lab the_lab;
std::vector<int> the_positions(qkoan::kSliders, -1);
}  // namespace

extern "C" {
/// Where the page writes the positions of the sliders.
int* lab_positions() { return the_positions.data(); }
/// Runs the lab; returns its description.
const char* lab_update() { return the_lab.update(the_positions).c_str(); }
/// What the description's "at" points into.
const float* lab_numbers() { return the_lab.numbers().data(); }
int lab_numbers_size() { return static_cast<int>(the_lab.numbers().size()); }
}
