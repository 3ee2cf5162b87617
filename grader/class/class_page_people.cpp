#include "class/class_page.hpp"
#include "class/fingerprints.hpp"
#include "class/student_page.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

std::string all_of(const std::set<std::string>& values) {
  return join({values.begin(), values.end()}, "; ");
}

Html members_of(const Similar& one, const Manifest& manifest, const ClassTally& tally) {
  Html html;
  for (const std::size_t i : one.submissions) {
    const std::vector<Person>& people =
        i < tally.students.size() ? tally.students[i].people : std::vector<Person>();
    if (!html.empty()) html += escaped("; ");
    html += link_to_student(manifest.submissions[i].id,
                            names_of(manifest.submissions[i].student, people));
  }
  return html;
}

}  // namespace

Html similarity_section(const std::vector<Similar>& similar, const CourseFile& file,
                        const Manifest& manifest, const ClassTally& tally) {
  const std::string rule =
      "Hints to look at, and no verdicts: short tasks leave little room to differ. Names, types, "
      "numbers, "
      "comments and layout are not compared; fingerprints of " +
      std::to_string(kFingerprintTokens) + " tokens are, one of " +
      std::to_string(kFingerprintWindow) + " in a row at least, up to the " +
      std::to_string(kMostTokens) +
      "th. What the exercise comes with does not count, nor what more than a fifth "
      "of "
      "the class has (at least 5, at most 50 submissions), nor who has fewer than " +
      std::to_string(kFewestFingerprints) + " of their own. Shown is what has " +
      std::to_string(file.similarity_percent) + " % or more in common.";
  Html html = element("h2", "Resemblances") + element("p", rule);
  if (similar.empty()) return html + element("p", "There are none.");
  Html rows;
  for (const Similar& one : similar) {
    const std::string how = one.likeness == Likeness::kSameText ? "the same text"
                            : one.likeness == Likeness::kSameTokens
                                ? "the same but for names"
                                : std::to_string(one.percent) + " %";
    rows += element("tr",
                    cell(how) + cell(one.lesson) + element("td", members_of(one, manifest, tally)));
  }
  return html +
         scrolling_table("Resemblances", headings({"in common", "lesson", "submissions"}), rows);
}

Html run_section(const ClassTally& tally) {
  Html rows;
  const auto row = [&](const std::string& what, const std::string& value) {
    rows += element("tr", element("th", {{"scope", "row"}}, escaped(what)) +
                              cell(value.empty() ? "nothing was judged" : value));
  };
  row("seed of all inputs", all_of(tally.run.seeds));
  row("compiler", all_of(tally.run.compilers));
  row("limits", all_of(tally.run.limits));
  row("kept in by", all_of(tally.run.tiers));
  for (const auto& [lesson, hashes] : tally.run.harnesses)
    row("suite of " + lesson + ", SHA-256", all_of(hashes));
  return element("h2", "How it was judged") +
         scrolling_table("Whoever repeats this with the same conditions gets the same", Html(),
                         rows);
}

Html students_section(const ClassTally& tally, const CourseFile& file) {
  std::vector<std::string> names = {"points", "late"};
  for (const CountedLesson& lesson : file.lessons)
    names.push_back(lesson.label + " " + lesson.name);
  Html rows;
  for (const StudentLine& line : tally.students) {
    Html row = element("td", link_to_student(line.id, names_of(line.student, line.people)));
    row += number_cell(in_points(line.points));
    row += number_cell(line.penalty > 0     ? "−" + in_points(line.penalty)
                       : line.lateness.late ? "late"
                                            : "");
    for (const Hundredths points : line.of_lessons) row += number_cell(in_points(points));
    rows += element("tr", row);
  }
  return element("h2", "Students") +
         scrolling_table("Every submission, with its page", headings({"submission"}, names), rows);
}

}  // namespace qkoan
