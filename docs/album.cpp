/// @file
/// Pictures as gnuplot scripts, and the main program around those of a lesson. Colours and fonts are
/// the theme's business: album.gp.

#include "docs/album.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iostream>
#include <stdexcept>

#include "docs/format.hpp"

namespace qkoan {
namespace {

// Of curves, in pixels.
constexpr int kWidth = 680, kHeight = 420, kDashes = 6;

// Around cells, in pixels: for the rows' numbers, a scale of colours, legend and titles, and the
// columns' numbers; the largest cell.
constexpr double kLeft = 58, kNarrow = 16, kScaleWidth = 78, kTop = 60, kBottom = 44, kLargest = 30;

/// The text in quotation marks, as gnuplot takes it literally.
std::string quoted(const std::string& text) {
  if (text.find('\'') != std::string::npos) {
    throw std::runtime_error("a picture cannot have an apostrophe in its text: " + text);
  }
  return "'" + text + "'";
}

// ---- Curves -------------------------------------------------------------------------------------

/// 10^n as people write it.
std::string power_of_10(int n) {
  static const char* const kRaised[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  if (n >= -2 && n <= 3) return format("%g", std::pow(10, n));
  std::string text = n < 0 ? "10⁻" : "10";
  if (std::abs(n) >= 10) text += kRaised[std::abs(n) / 10];
  return text + kRaised[std::abs(n) % 10];
}

/// Where an axis begins and ends.
struct Limits {
  double from = HUGE_VAL, to = -HUGE_VAL;

  void include(double x) { from = std::min(from, x), to = std::max(to, x); }
};

std::string limit(double x) { return std::isnan(x) ? "*" : format("%.10g", x); }

/// A power of two as people write it.
std::string power_of_2(int n) {
  return n < 0 ? format("1/%.10g", std::ldexp(1, -n)) : format("%.10g", std::ldexp(1, n));
}

/// Powers of the base from one limit to the other, at most nine of them.
std::string powers(const std::string& axis, int base, const Limits& limits) {
  const double logarithm = std::log(base);
  const auto first = static_cast<int>(std::ceil(std::log(limits.from) / logarithm - 1e-9));
  const auto last = static_cast<int>(std::floor(std::log(limits.to) / logarithm + 1e-9));
  const int stride = (last - first) / 9 + 1;
  std::string tics;
  for (int n = first; n <= last; n += stride) {
    const std::string text = base == 10 ? power_of_10(n) : power_of_2(n);
    tics += (tics.empty() ? "" : ", ") + quoted(text) + format(" %.10g", std::pow(base, n));
  }
  return format("set logscale %s %d\n", axis.c_str(), base) + "set " + axis + "tics (" + tics +
         ")\n";
}

/// A little more than the data, so that tics and curves do not end on the border.
Limits widened(const Limits& limits, double share) {
  const double more = std::pow(limits.to / limits.from, share) * (1 + 1e-9);
  return {limits.from / more, limits.to * more};
}

std::string axis_script(const std::string& name, const Axis& axis, Limits limits) {
  const std::string script = "set " + name + "label " + quoted(axis.label) + "\n";
  const bool along = name == "x", linear = axis.scale == Scale::kLinear;
  if (linear && !along) limits = {std::nan(""), std::nan("")};
  if (!linear) {
    if (!(limits.from > 0)) throw std::runtime_error("no logarithm shows a 0: " + axis.label);
    limits = widened(limits, along ? 0 : 0.04);
  }
  if (!std::isnan(axis.from)) limits.from = axis.from;
  if (!std::isnan(axis.to)) limits.to = axis.to;
  const std::string range =
      "set " + name + "range [" + limit(limits.from) + ":" + limit(limits.to) + "]\n";
  if (linear) return script + range;
  return script + range + powers(name, axis.scale == Scale::kPowersOf2 ? 2 : 10, limits);
}

/// As many columns of the legend as fit: the longest name decides.
std::string legend(const std::vector<Curve>& curves) {
  std::size_t longest = 0;
  for (const Curve& curve : curves) longest = std::max(longest, curve.name.size());
  return format("set key maxcols %d\n", static_cast<int>(kWidth / (90 + 9 * double(longest))));
}

/// How gnuplot is to draw curve n, counted from 1.
std::string drawn(const Curve& curve, int n) {
  const std::string colour = format("linecolor rgb curve(%d) ", n);
  const std::string line = format("linewidth 2.2 dashtype %d ", (n - 1) % kDashes + 1);
  const std::string point = format("pointtype shape(%d) pointsize 0.7 ", n);
  const std::string title = "title " + quoted(curve.name);
  switch (curve.mark) {
    case Mark::kLine:
      return "with lines " + line + colour + title;
    case Mark::kSteps:
      return "with steps " + line + colour + title;
    case Mark::kPoints:
      return "with points " + point + colour + title;
    case Mark::kLineWithPoints:
      return "with linespoints " + line + point + colour + title;
  }
  throw std::logic_error("a mark that is none");
}

// ---- Cells --------------------------------------------------------------------------------------

/// Where panels stand, in units of a cell, which is so many pixels wide and high.
struct Layout {
  std::vector<double> left;
  double cell, columns, rows;
  int width, height;

  Layout(const std::vector<Panel>& panels, double right) {
    constexpr double kGap = 40;
    double cells = 0, most_rows = 0;
    for (const Panel& panel : panels) {
      cells += static_cast<double>(panel.cells.cols());
      most_rows = std::max(most_rows, static_cast<double>(panel.cells.rows()));
    }
    const double gaps = kGap * static_cast<double>(panels.size() - 1);
    cell = std::min({kLargest, (kWidth - kLeft - right - gaps) / cells, 330 / most_rows});
    columns = 0;
    for (const Panel& panel : panels) {
      left.push_back(columns);
      columns += static_cast<double>(panel.cells.cols()) + kGap / cell;
    }
    columns -= kGap / cell;
    rows = most_rows;
    width = static_cast<int>(kLeft + columns * cell + right);
    height = static_cast<int>(kTop + rows * cell + kBottom);
  }
};

std::string label(const std::string& text, double x, double y, const char* how) {
  return "set label " + quoted(text) + format(" at first %.6g,%.6g ", x, y) + how +
         " textcolor rgb ink front\n";
}

/// The numbers of every so many cells, at most six.
std::vector<int> numbered(Eigen::Index cells) {
  int stride = 1;
  while (cells > 6 * stride) stride *= 2;
  std::vector<int> all;
  for (int n = 0; n < cells; n += stride) all.push_back(n);
  return all;
}

std::string frame(const Panel& panel, const Sides& sides, const Layout& layout, double left) {
  const auto columns = panel.cells.cols(), rows = panel.cells.rows();
  const double right = left + static_cast<double>(columns);
  const double bottom = -static_cast<double>(rows), pixel = 1 / layout.cell;
  std::string script = format(
      "set object rectangle from %.6g,%.6g to %.6g,0 front fillstyle empty border "
      "linecolor rgb ink linewidth 1\n",
      left, bottom, right);
  script += label(panel.title, left, 12 * pixel, "left");
  script += label(sides.columns, (left + right) / 2, bottom - 30 * pixel, "center");
  constexpr const char* kSmall = "font 'sans-serif,12'";
  for (const int n : numbered(columns)) {
    script += label(format("%d", n * panel.step), left + n + 0.5, bottom - 11 * pixel, "center ");
    script.insert(script.size() - 1, std::string(" ") + kSmall);
  }
  for (const int n : numbered(rows)) {
    script += label(format("%d", n * panel.step), left - 6 * pixel, -n - 0.5, "right");
    script.insert(script.size() - 1, std::string(" ") + kSmall);
  }
  return script;
}

/// The cells that are of a kind, with their numbers; equal ones beside each other as one.
template <class Is>
std::string boxes(const std::vector<Panel>& panels, const Layout& layout, double inset, Is is) {
  std::string data;
  for (std::size_t p = 0; p < panels.size(); ++p) {
    const Eigen::MatrixXd& m = panels[p].cells;
    for (Eigen::Index i = 0; i < m.rows(); ++i) {
      for (Eigen::Index j = 0, end; j < m.cols(); j = end) {
        for (end = j + 1; inset == 0 && end < m.cols() && m(i, end) == m(i, j);) ++end;
        if (!is(m(i, j))) continue;
        const double from = layout.left[p] + static_cast<double>(j) + inset;
        const double to = layout.left[p] + static_cast<double>(end) - inset;
        const double top = -static_cast<double>(i) - inset,
                     bottom = -static_cast<double>(i) - 1 + inset;
        data += format("%.8g %.8g %.8g %.8g %.8g %.8g %.8g\n", (from + to) / 2, (top + bottom) / 2,
                       from, to, bottom, top, m(i, j));
      }
    }
  }
  return data;
}

/// All but the cells: margins such that they are squares, frames, titles, numbers.
std::string around(const std::vector<Panel>& panels, const Layout& layout, const Sides& sides) {
  std::string script = format(
      "unset border\nunset tics\nunset grid\nset xrange [0:%.8g]\nset yrange [%.8g:0]\n"
      "set lmargin at screen %.8g\nset rmargin at screen %.8g\nset bmargin at screen %.8g\n"
      "set tmargin at screen %.8g\n",
      layout.columns, -layout.rows, kLeft / layout.width,
      (kLeft + layout.columns * layout.cell) / layout.width, kBottom / layout.height,
      1 - kTop / layout.height);
  script += label(sides.rows, -42 / layout.cell, -static_cast<double>(panels[0].cells.rows()) / 2,
                  "center rotate by 90");
  for (std::size_t p = 0; p < panels.size(); ++p) {
    script += frame(panels[p], sides, layout, layout.left[p]);
  }
  return script;
}

/// An entry of the legend of cells: a rectangle so many pixels from the left, and its name. Returns where
/// the next one has its place.
double entry(std::string& script, const Layout& layout, double left, const std::string& name,
             const std::string& fill) {
  const auto place = [&](double x, double y) {
    return format("screen %.6g,%.6g", x / layout.width, 1 - y / layout.height);
  };
  script += "set object rectangle from " + place(left, 28) + " to " + place(left + 26, 17) + " " +
            fill + "\n" + "set label " + quoted(name) + " at " + place(left + 34, 22.5) +
            " left textcolor rgb ink\n";
  constexpr double kCharacter = 8.2;
  const auto characters =
      std::count_if(name.begin(), name.end(), [](char c) { return (c & 0xc0) != 0x80; });
  return left + 34 + kCharacter * static_cast<double>(characters) + 20;
}

std::string block(const std::string& name, const std::string& data) {
  return "$" + name + " << end_of_data\n" + data + "end_of_data\n";
}

}  // namespace

void Album::begin(const std::string& name, int width, int height) {
  if (std::find(names_.begin(), names_.end(), name) != names_.end()) {
    throw std::runtime_error("two pictures have the name " + name);
  }
  names_.push_back(name);
  script_ += format("\nreset\npicture = '%s'; width = %d; height = %d\nload album\n", name.c_str(),
                    width, height);
}

void Album::curves(const std::string& name, const Axis& x, const Axis& y,
                   const std::vector<Curve>& curves) {
  begin(name, kWidth, kHeight);
  Limits of_x, of_y;
  std::string data, plot;
  for (std::size_t n = 0; n < curves.size(); ++n) {
    std::string points;
    for (const auto& [a, b] : curves[n].points) {
      of_x.include(a), of_y.include(b);
      points += format("%.10g %.10g\n", a, b);
    }
    const std::string source = format("curve%zu", n + 1);
    data += block(source, points);
    plot += (n == 0 ? "plot $" : ", \\\n  $") + source + " using 1:2 " +
            drawn(curves[n], static_cast<int>(n + 1));
  }
  script_ += legend(curves) + axis_script("x", x, of_x) + axis_script("y", y, of_y) + data + plot +
             "\nunset output\n";
}

void Album::matrices(const std::string& name, const std::string& scale,
                     const std::vector<Panel>& panels, double least, Colours colours,
                     const Sides& sides) {
  const Layout layout(panels, kScaleWidth);
  begin(name, layout.width, layout.height);
  Limits limits;
  for (const Panel& panel : panels) {
    for (const double x : panel.cells.reshaped()) {
      if (x != -HUGE_VAL) limits.include(std::max(x, least));
    }
  }
  if (colours == Colours::kBothSigns) {
    limits.to = std::max(limits.to, -limits.from);
    limits.from = -limits.to;
  }
  script_ += around(panels, layout, sides);
  const std::string hidden = boxes(panels, layout, 0, [](double x) { return x == -HUGE_VAL; });
  if (!hidden.empty()) entry(script_, layout, kLeft, "hidden key, −∞", "@hatched");
  script_ += colours == Colours::kMore ? "eval more\n" : "eval both_signs\n";
  script_ += format("set cbrange [%.10g:%.10g]\nset cbtics font 'sans-serif,12'\n", limits.from,
                    limits.to);
  script_ += "set label " + quoted(scale) +
             format(" at screen %.6g,%.6g right textcolor rgb ink\n", 1 - 8. / layout.width,
                    1 - 27. / layout.height);
  script_ += format("set colorbox user origin screen %.6g,%.6g size screen %.6g,%.6g\n",
                    1 - (kScaleWidth - 18) / layout.width, kBottom / layout.height,
                    14. / layout.width, 1 - (kTop + kBottom) / layout.height);
  const std::string seen = boxes(panels, layout, 0, [](double x) { return x != -HUGE_VAL; });
  script_ += block("seen", seen) + block("hidden", hidden) +
             "plot $seen using 1:2:3:4:5:6:7 with boxxyerror fillstyle solid noborder "
             "linecolor palette notitle";
  if (!hidden.empty()) {
    script_ += ", \\\n  $hidden using 1:2:3:4:5:6 with boxxyerror @hatched notitle";
  }
  script_ += "\nunset output\n";
}

void Album::kinds(const std::string& name, const std::vector<std::string>& kinds,
                  const std::vector<Panel>& panels, const Sides& sides) {
  const Layout layout(panels, kNarrow);
  begin(name, layout.width, layout.height);
  std::string data, plot;
  double place = kLeft;
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    const std::string source = format("kind%zu", kind);
    const double number = static_cast<double>(kind), inset = kind == 0 ? 0 : 0.05;
    data += block(source, boxes(panels, layout, inset, [=](double x) { return x == number; }));
    const std::string fill =
        kind == 0 ? "@hatched"
                  : format("fillstyle solid noborder fillcolor rgb curve(%zu)", kind + 1);
    plot += (kind == 0 ? "plot $" : ", \\\n  $") + source + " using 1:2:3:4:5:6 with boxxyerror " +
            fill + " notitle";
    place = entry(script_, layout, place, kinds[kind], fill);
  }
  script_ += around(panels, layout, sides) + data + plot + "\nunset output\n";
}

}  // namespace qkoan

int main(int argc, char** argv) {
  using namespace qkoan;
  const bool list = argc == 2 && std::strcmp(argv[1], "--names") == 0;
  if (argc != 1 && !list) {
    std::cerr << "usage: " << argv[0] << " [--names]\n";
    return 2;
  }
  try {
    Album album;
    pictures(album);
    if (!list) std::cout << album.script();
    for (const std::string& name : album.names()) std::cout << (list ? name + "\n" : "");
    return 0;
  } catch (const std::exception& e) {
    std::cerr << argv[0] << ": " << e.what() << "\n";
    return 1;
  }
}
