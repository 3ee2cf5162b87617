#include "class/class_page.hpp"

#include <algorithm>

#include "class/student_page.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

constexpr int kBins = 10;
constexpr int kBarWidth = 64;
constexpr int kHighest = 140;

/// In tenths of all points; all of them are in the last.
std::vector<long> distribution(const ClassTally& tally) {
  std::vector<long> bins(kBins);
  for (const StudentLine& line : tally.students) {
    const Hundredths bin = line.of > 0 ? kBins * line.points / line.of : 0;
    ++bins[static_cast<std::size_t>(std::min<Hundredths>(bin, kBins - 1))];
  }
  return bins;
}

std::string range_of(int bin) {
  return std::to_string(100 * bin / kBins) + "–" + std::to_string(100 * (bin + 1) / kBins) + " %";
}

Html svg_text(int x, int y, const std::string& words) {
  return element("text",
                 {{"x", std::to_string(x)}, {"y", std::to_string(y)}, {"text-anchor", "middle"}},
                 escaped(words));
}

/// A bar for each tenth, with its number above: nothing is told by colour alone.
Html chart_of(const std::vector<long>& bins) {
  const long most = std::max(1L, *std::max_element(bins.begin(), bins.end()));
  Html bars;
  std::string told = "Submissions by their share of the points:";
  for (int i = 0; i < kBins; ++i) {
    const long count = bins[static_cast<std::size_t>(i)];
    const int height = static_cast<int>(kHighest * count / most);
    const int x = i * (kBarWidth + 8) + 4, y = 20 + kHighest - height;
    bars += element("rect",
                    {{"class", "bar"},
                     {"x", std::to_string(x)},
                     {"y", std::to_string(y)},
                     {"width", std::to_string(kBarWidth)},
                     {"height", std::to_string(height)}},
                    Html());
    bars += svg_text(x + kBarWidth / 2, y - 5, std::to_string(count));
    bars += svg_text(x + kBarWidth / 2, kHighest + 38, range_of(i));
    told += " " + range_of(i) + ": " + std::to_string(count) + (i + 1 < kBins ? "," : ".");
  }
  const std::string width = std::to_string(kBins * (kBarWidth + 8));
  const std::string height = std::to_string(kHighest + 46);
  return element("svg",
                 {{"viewBox", "0 0 " + width + " " + height},
                  {"width", width},
                  {"height", height},
                  {"role", "img"},
                  {"aria-label", told}},
                 bars);
}

Html fact(const std::string& number, const std::string& words) {
  return element("li", element("b", number) + escaped(words));
}

}  // namespace

Html link_to_student(const std::string& id, const std::string& name) {
  return element("a", {{"href", "students/" + id + ".html"}}, escaped(name));
}

Html cell(std::string_view text) { return element("td", text); }

Html number_cell(std::string_view text) {
  return element("td", {{"class", "number"}}, escaped(text));
}

Html points_section(const ClassTally& tally) {
  if (tally.students.empty()) return element("p", "Nobody has handed in anything.");
  std::vector<Hundredths> points;
  Hundredths sum = 0, of = 0;
  long full = 0, late = 0;
  for (const StudentLine& line : tally.students) {
    points.push_back(line.points);
    sum += line.points;
    of = line.of;
    full += line.points == line.of;
    late += line.lateness.late;
  }
  std::sort(points.begin(), points.end());
  const std::size_t half = points.size() / 2;
  const Hundredths median =
      points.size() % 2 == 1 ? points[half] : (points[half - 1] + points[half]) / 2;
  const auto count = static_cast<long>(points.size());
  const Html facts = fact(std::to_string(count), "submissions") +
                     fact(in_points(median), "points are the median, of " + in_points(of)) +
                     fact(in_points(sum / count), "points on average") +
                     fact(std::to_string(full), "with all points") +
                     fact(std::to_string(late), "late");
  const Html chart = element(
      "div",
      {{"class", "scroll"}, {"role", "region"}, {"aria-label", "Distribution"}, {"tabindex", "0"}},
      chart_of(distribution(tally)));
  return element("h2", "Points") + element("ul", {{"class", "facts"}}, facts) + chart;
}

std::string render_class_page(const ClassTally& tally, const CourseFile& file,
                              const Manifest& manifest, const std::vector<Similar>& similar) {
  Html body = element("h1", file.title);
  body += element("p", {{"class", "faint"}},
                  escaped("For whoever teaches this class: this page is not for students. " +
                          (file.due ? "Due " + in_utc(*file.due) + "." : std::string())));
  body += points_section(tally) + attention_section(tally, file, manifest) + tasks_section(tally) +
          mistakes_section(tally) + uncompiled_section(tally) + speed_section(tally) +
          similarity_section(similar, file, manifest, tally) + students_section(tally, file) +
          run_section(tally);
  return html_page(file.title, element("main", body));
}

}  // namespace qkoan
