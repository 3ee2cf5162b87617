#ifndef QKOAN_GRADER_CHECK_REPORT_HPP
#define QKOAN_GRADER_CHECK_REPORT_HPP
/// @file
/// What `check` found out, for people and for programs.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "style.hpp"

namespace qkoan {

/// Something that the course does not do as it must.
struct Surprise {
  std::string what;    ///< "survived", "failed dot/any_vectors"
  std::string replay;  ///< the command that shows it
};

/// One implementation, judged with all seeds.
struct CheckRow {
  std::string kind;  ///< "stub", "solution", "bug", "variant"
  std::string name;
  std::string about;
  int runs = 0;
  int good = 0;                          ///< runs that ended as they must
  std::map<std::string, int> killed_by;  ///< "2 few_elements": how often it failed first
  std::vector<Surprise> surprises;
  double seconds = 0;

  bool sound() const { return runs > 0 && good == runs; }
  /// Whether it is meant to fail.
  bool must_fail() const { return kind == "stub" || kind == "bug"; }
};

struct LessonCheck {
  std::string lesson;
  std::string label;
  std::string title;
  std::vector<CheckRow> rows;
  std::vector<std::string> problems;  ///< what could not be checked at all
  double seconds = 0;

  bool sound() const;
};

/// One line of the table, `width` columns wide.
std::string render_row(const CheckRow& row, int width, const Style& style);

/// The last lines: what was surprising, once more with commands, and the sum.
std::string render_check_summary(const std::vector<LessonCheck>& lessons, int seeds, double seconds,
                                 const Style& style);

///     {"schema": "qkoan/check/1", "version": "...", "passed": true, "seeds": 20, "seconds": 9.1,
///      "lessons": [{"lesson": "...", "passed": true, "problems": [], "seconds": 3.1, "rows": [
///        {"kind": "stub"|"solution"|"bug"|"variant", "name": "...", "about": "...", "passed":
///        true,
///         "runs": 20, "good": 20, "seconds": 0.2, "killed_by": {"1 any_vectors": 20},
///         "surprises": [{"what": "survived", "replay": "./qkoan run ..."}]}]}]}
std::string render_check_json(const std::vector<LessonCheck>& lessons, int seeds, double seconds);

std::string render_check_junit(const std::vector<LessonCheck>& lessons);

}  // namespace qkoan

#endif
