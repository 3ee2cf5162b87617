#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "class/class_page.hpp"
#include "class/student_page.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

constexpr std::size_t kFewNames = 8;

/// What is the same of many is said once, and unfolds into their names.
Html list_of(const std::vector<Remark>& remarks) {
  std::map<std::pair<std::string, std::string>, std::vector<Html>> of_what;
  for (const Remark& one : remarks)
    of_what[{one.lesson, one.what}].push_back(link_to_student(one.id, one.student));
  Html items;
  for (const auto& [place, links] : of_what) {
    const std::string what = (place.first.empty() ? "" : place.first + ": ") + place.second;
    Html names;
    for (const Html& link : links) names += (names.empty() ? Html() : escaped("; ")) + link;
    if (links.size() <= kFewNames) {
      items += element("li", escaped(what + ": ") + names);
    } else {
      const std::string count = plural(static_cast<long>(links.size()), "submission");
      items += element("li", element("details", element("summary", what + ": " + count) + names));
    }
  }
  return element("ul", items);
}

std::string share(long part, long all) {
  return all == 0 ? "" : std::to_string((100 * part + all / 2) / all) + " %";
}

Html cells(const std::vector<long>& numbers) {
  Html row;
  for (const long number : numbers) row += number_cell(std::to_string(number));
  return row;
}

std::string place_of(const TaskTally& one) {
  return one.lesson_label + " " + one.lesson + ", " + one.task.name;
}

}  // namespace

Html attention_section(const ClassTally& tally, const CourseFile& file, const Manifest& manifest) {
  Html html;
  if (!tally.attention.empty()) html += list_of(tally.attention);
  if (!tally.refused.empty())
    html += element("h3", "Found in submissions") + list_of(tally.refused);
  if (!manifest.notes.empty()) {
    Html items;
    for (const std::string& note : manifest.notes) items += element("li", note);
    html += element("h3", "Handed in, and of nobody") + element("ul", items);
  }
  if (!tally.absent.empty()) {
    std::vector<std::string> names;
    for (const Person& person : tally.absent) names.push_back(person.name());
    html += element("h3", "In " + file.people_file + ", and nothing handed in") +
            element("p", join(names, "; "));
  }
  return html.empty() ? html : element("h2", "What needs somebody") + html;
}

Html tasks_section(const ClassTally& tally) {
  std::vector<TaskTally> tasks;
  std::set<std::string> untouched;  // lessons
  for (const TaskTally& one : tally.tasks) {
    if (one.judged() > 0) tasks.push_back(one);
    if (one.judged() == 0) untouched.insert(one.lesson_label + " " + one.lesson);
  }
  std::sort(tasks.begin(), tasks.end(), [](const TaskTally& a, const TaskTally& b) {
    const long share_of_a = a.passed * b.judged(), share_of_b = b.passed * a.judged();
    return std::tie(share_of_a, a.lesson_label, a.task.number) <
           std::tie(share_of_b, b.lesson_label, b.task.number);
  });
  Html rows;
  for (const TaskTally& one : tasks) {
    rows += element(
        "tr", cell(place_of(one)) + number_cell(share(one.passed, one.judged())) +
                  cells({one.passed, one.failed, one.unwritten, one.not_run, one.not_judged}));
  }
  const Html head =
      headings({"task"}, {"share right", "right", "wrong", "not written",
                          "not run: it builds on another", "not handed in, or not compiled"});
  Html html = element("h2", "Tasks");
  if (!rows.empty())
    html += scrolling_table("Hardest first; shares are of what was judged", head, rows);
  if (untouched.empty()) return html;
  return html +
         element("p", "Nothing was judged of " + join({untouched.begin(), untouched.end()}) + ".");
}

Html mistakes_section(const ClassTally& tally) {
  if (tally.mistakes.empty()) return {};
  std::vector<MistakeTally> mistakes;
  for (const auto& [key, one] : tally.mistakes) mistakes.push_back(one);
  std::sort(mistakes.begin(), mistakes.end(), [](const MistakeTally& a, const MistakeTally& b) {
    return std::tie(b.count, a.lesson, a.task, a.about) <
           std::tie(a.count, b.lesson, b.task, b.about);
  });
  Html rows;
  for (const MistakeTally& one : mistakes)
    rows += element("tr", cell(one.about) + cell(one.lesson + ", " + one.task) +
                              number_cell(std::to_string(one.count)));
  return element("h2", "Known mistakes") +
         scrolling_table("Commonest first, in submissions whose numbers are those of the mistake",
                         headings({"mistake", "task"}, {"submissions"}), rows);
}

Html uncompiled_section(const ClassTally& tally) {
  if (tally.uncompiled.empty()) return {};
  Html items;
  for (const Remark& one : tally.uncompiled) {
    const std::vector<std::string> lines = split_lines(one.what);
    const std::string first = lines.empty() ? "the compiler says nothing" : lines.front();
    items += element("li", link_to_student(one.id, one.student) +
                               escaped(": " + one.lesson + ": " + clip(printable(first), 200)));
  }
  return element("h2", "What does not compile") + element("ul", items);
}

Html speed_section(const ClassTally& tally) {
  Html rows;
  for (const TaskTally& one : tally.tasks) {
    if (one.task.speed_points == 0 || one.judged() == 0) continue;
    rows += element("tr", cell(place_of(one)) + cells({one.fast, one.slow, one.inconclusive,
                                                       one.judged() - one.passed}));
  }
  if (rows.empty()) return {};
  return element("h2", "Speed") +
         scrolling_table("Of what is right, in submissions",
                         headings({"task"}, {"fast enough", "too slow", "no verdict", "not right"}),
                         rows);
}

Html headings(const std::vector<std::string>& of_texts,
              const std::vector<std::string>& of_numbers) {
  Html row;
  for (const std::string& name : of_texts) row += element("th", {{"scope", "col"}}, escaped(name));
  for (const std::string& name : of_numbers)
    row += element("th", {{"scope", "col"}, {"class", "number"}}, escaped(name));
  return element("tr", row);
}

}  // namespace qkoan
