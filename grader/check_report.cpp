#include "check_report.hpp"

#include <algorithm>

#include "json.hpp"
#include "machine_reports.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

constexpr int kNameWidth = 19;
constexpr int kResultWidth = 24;
constexpr int kCountWidth = 7;
constexpr std::size_t kMostSurprises = 3;

std::string most_frequent_killer(const CheckRow& row) {
  const auto most =
      std::max_element(row.killed_by.begin(), row.killed_by.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == row.killed_by.end() ? "" : most->first;
}

std::string result_of(const CheckRow& row) {
  if (!row.sound()) return row.surprises.empty() ? "not run" : row.surprises.front().what;
  if (row.kind == "stub") return "every task fails";
  return row.must_fail() ? most_frequent_killer(row) : "passes";
}

}  // namespace

bool LessonCheck::sound() const {
  return problems.empty() &&
         std::all_of(rows.begin(), rows.end(), [](const CheckRow& row) { return row.sound(); });
}

std::string render_row(const CheckRow& row, int width, const Style& style) {
  const int about_width = width - kNameWidth - kResultWidth - kCountWidth - 7;
  const std::string count = std::to_string(row.good) + "/" + std::to_string(row.runs);
  const std::string start = pad(printable(row.name), kNameWidth) + " ";
  const std::string about = pad(printable(row.about), about_width) + " ";
  const std::string end = pad(printable(result_of(row)), kResultWidth) + " " + count;
  if (!row.sound()) return style.red("  ✗ " + start + about + end) + "\n";
  return style.green("  ✓ ") + start + style.dim(about) + end + "\n";
}

std::string render_check_summary(const std::vector<LessonCheck>& lessons, int seeds, double seconds,
                                 const Style& style) {
  std::string text;
  long rows = 0;
  long unsound = 0;
  for (const LessonCheck& lesson : lessons) {
    rows += static_cast<long>(lesson.rows.size());
    for (const std::string& problem : lesson.problems) {
      ++unsound;
      text += style.red("✗ " + lesson.lesson + ": ") + problem + "\n";
    }
    for (const CheckRow& row : lesson.rows) {
      if (row.sound()) continue;
      ++unsound;
      text += style.red("✗ " + lesson.lesson + ": " + row.kind + " " + row.name) + ": " +
              printable(row.about) + "\n";
      for (std::size_t i = 0; i < std::min(row.surprises.size(), kMostSurprises); ++i) {
        text +=
            "    " + printable(row.surprises[i].what) + "\n    " + row.surprises[i].replay + "\n";
      }
    }
  }
  const std::string sum = plural(static_cast<long>(lessons.size()), "lesson") + ", " +
                          plural(rows, "implementation") + ", " + plural(seeds, "seed") + ", " +
                          duration(seconds);
  if (unsound == 0) return text + style.green("✓ The course is sound: ") + sum + "\n";
  return text + "\n" + style.red("✗ " + plural(unsound, "surprise") + ": ") + sum + "\n";
}

namespace {

Json row_to_json(const CheckRow& row) {
  Json killed_by = Json::object();
  for (const auto& [check, count] : row.killed_by) killed_by.member(check) = count;
  Json surprises = Json::array();
  for (const Surprise& one : row.surprises) {
    surprises.push(Json::object({{"what", one.what}, {"replay", one.replay}}));
  }
  return Json::object({{"kind", row.kind},
                       {"name", row.name},
                       {"about", row.about},
                       {"passed", row.sound()},
                       {"runs", row.runs},
                       {"good", row.good},
                       {"seconds", row.seconds},
                       {"killed_by", std::move(killed_by)},
                       {"surprises", std::move(surprises)}});
}

}  // namespace

std::string render_check_json(const std::vector<LessonCheck>& lessons, int seeds, double seconds) {
  Json list = Json::array();
  bool passed = true;
  for (const LessonCheck& lesson : lessons) {
    passed = passed && lesson.sound();
    Json rows = Json::array();
    for (const CheckRow& row : lesson.rows) rows.push(row_to_json(row));
    list.push(Json::object({{"lesson", lesson.lesson},
                            {"passed", lesson.sound()},
                            {"problems", lesson.problems},
                            {"seconds", lesson.seconds},
                            {"rows", std::move(rows)}}));
  }
  return Json::object({{"schema", "qkoan/check/1"},
                       {"version", QKOAN_VERSION},
                       {"passed", passed},
                       {"seeds", seeds},
                       {"seconds", seconds},
                       {"lessons", std::move(list)}})
             .dump(2) +
         "\n";
}

std::string render_check_junit(const std::vector<LessonCheck>& lessons) {
  std::vector<JunitSuite> suites;
  for (const LessonCheck& lesson : lessons) {
    JunitSuite suite;
    suite.name = lesson.lesson;
    for (const std::string& problem : lesson.problems) {
      suite.cases.push_back({"set-up", 0, "it cannot be checked", problem, true, ""});
    }
    for (const CheckRow& row : lesson.rows) {
      JunitCase one;
      one.name = row.kind + ":" + row.name;
      one.seconds = row.seconds;
      if (!row.sound()) {
        one.failure = result_of(row) + " in " + plural(row.runs - row.good, "run");
        for (const Surprise& surprise : row.surprises) one.details += surprise.replay + "\n";
      }
      suite.cases.push_back(std::move(one));
    }
    suites.push_back(std::move(suite));
  }
  return render_junit(suites);
}

}  // namespace qkoan
