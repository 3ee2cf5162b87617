#include "class/student_page.hpp"

#include <cstdio>

#include "class/machine_class_reports.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

/// Said in words, too: colours alone tell nothing to some.
Html verdict_of(const TaskScore& score) {
  if (score.result == Result::kPassed)
    return element("span", {{"class", "good"}}, escaped("✓ right"));
  if (score.result == Result::kFailed)
    return element("span", {{"class", "bad"}},
                   escaped(score.unwritten() ? "○ not written yet" : "✗ wrong"));
  return element("span", {{"class", "faint"}}, escaped("– " + score.reason));
}

std::string points_of_all(Hundredths got, Hundredths of) {
  return in_points(got) + " of " + in_points(of);
}

/// How fast it is, in words.
std::string pace_of(const TaskScore& score) {
  const std::string words =
      score.speed_reason.empty() ? "✓ fast enough" : "✗ " + score.speed_reason;
  if (!score.grade || !score.grade->pace) return "– " + score.speed_reason;
  if (!score.grade->speed_why.empty()) return words;
  char numbers[96];
  std::snprintf(numbers, sizeof numbers, ": %.3g times the scalar form, %.3g asked for",
                score.grade->speed_ratio, score.grade->speed_required);
  return words + numbers;
}

Html row_of(const std::string& number, const std::string& what, const Html& result,
            const std::string& points) {
  return element("tr", element("td", {{"class", "number"}}, escaped(number)) + element("td", what) +
                           element("td", result) +
                           element("td", {{"class", "number"}}, escaped(points)));
}

/// A row, and another one for its speed if that counts.
Html rows_of(const TaskScore& score) {
  Html rows = row_of(std::to_string(score.task.number), score.task.title, verdict_of(score),
                     points_of_all(score.points, score.task.points));
  if (score.task.speed_points == 0) return rows;
  return rows + row_of("", "its speed", escaped(pace_of(score)),
                       points_of_all(score.speed_points, score.task.speed_points));
}

Html heading_of_tasks() {
  return element("tr",
                 element("th", {{"scope", "col"}, {"class", "number"}}, escaped("task")) +
                     element("th", {{"scope", "col"}}, escaped("what")) +
                     element("th", {{"scope", "col"}}, escaped("result")) +
                     element("th", {{"scope", "col"}, {"class", "number"}}, escaped("points")));
}

/// The report on a failure, and the mistake that it shows.
Html failure_of(const TaskScore& score) {
  if (score.result != Result::kFailed || score.unwritten()) return {};
  Html html = element("h3", "Task " + std::to_string(score.task.number) + ", " + score.task.name);
  html += score.grade->report.empty()
              ? element("p", score.reason)
              : element("pre", {{"tabindex", "0"}}, escaped(score.grade->report));
  if (!score.grade->about.empty())
    html += element("p", {{"class", "note"}},
                    escaped("Your numbers are those of a known mistake: " + score.grade->about));
  return html;
}

Html section_of(const LessonScore& lesson) {
  Html html = element(
      "h2", lesson.label + " " + lesson.title + ": " + points_of_all(lesson.points(), lesson.of()));
  if (!lesson.record) return html + element("p", "Not judged yet.");
  if (!lesson.record->broken.empty())
    html += element("p", {{"class", "note"}},
                    escaped("It could not be judged: " + lesson.record->broken));
  else if (!lesson.record->compiled)
    html += element("p", {{"class", "note"}}, escaped("It does not compile."));
  if (!lesson.record->compiler_says.empty())
    html += element("h3", "What the compiler says") +
            element("pre", {{"tabindex", "0"}}, escaped(lesson.record->compiler_says));
  Html rows;
  for (const TaskScore& task : lesson.tasks) rows += rows_of(task);
  html += scrolling_table("The tasks of " + lesson.title, heading_of_tasks(), rows);
  for (const TaskScore& task : lesson.tasks) html += failure_of(task);
  return html;
}

}  // namespace

Html scrolling_table(const std::string& caption, const Html& head, const Html& rows) {
  const Html table = element(
      "table", element("caption", caption) + element("thead", head) + element("tbody", rows));
  return element(
      "div", {{"class", "scroll"}, {"role", "region"}, {"aria-label", caption}, {"tabindex", "0"}},
      table);
}

std::string render_student_page(const Score& score, const CourseFile& file,
                                const std::vector<Person>& people) {
  const std::string names = names_of(score.student, people);
  Html body = element("h1", names + ": " + file.title);
  body += element("p", {{"class", "score"}},
                  escaped(points_of_all(score.points, score.of) + " points"));
  const std::string late = describe(score.lateness, score.raw);
  if (!late.empty()) body += element("p", {{"class", "note"}}, escaped(late));
  if (!score.lateness.submitted.empty())
    body += element("p", {{"class", "faint"}},
                    escaped("Handed in " + score.lateness.submitted +
                            (file.due ? ", due " + in_utc(*file.due) : "") + "."));
  for (const std::string& problem : score.problems)
    body += element("p", {{"class", "note"}}, escaped(problem));
  Html missing;
  for (const LessonScore& lesson : score.lessons) {
    if (!lesson.content.empty()) body += section_of(lesson);
    if (lesson.content.empty())
      missing +=
          element("li", lesson.label + " " + lesson.title + ": " + points_of_all(0, lesson.of()));
  }
  if (!missing.empty()) body += element("h2", "Not handed in") + element("ul", missing);
  return html_page(names + ": " + file.title, element("main", body));
}

}  // namespace qkoan
