#ifndef QKOAN_GRADER_MACHINE_REPORTS_HPP
#define QKOAN_GRADER_MACHINE_REPORTS_HPP
/// @file
/// The verdict for programs: JSON, and JUnit XML for any CI.

#include <string>
#include <vector>

#include "verdict.hpp"

namespace qkoan {

/// One JSON document. Keys are stable; absent is what does not apply.
///
///     {"schema": "qkoan/verdicts/1", "version": "...", "passed": false,
///      "points": {...}, "speed_points": {...},                        and of the lessons
///      "lessons": [{"lesson": "scaled_scores", "title": "...", "implementation": "",
///        "source": "...", "seed": "123", "passed": false, "sanitized": false,
///        "compiled": true, "diagnostics": [{"kind": "error", "line": 3, "column": 5, "text":
///        "...",
///          "source": "...", "elsewhere": "..."}],
///        "broken": "why it could not be judged at all", "printed": "what the program printed",
///        "seconds": {"compile": 0.061, "judge": 0.012},
///        "tasks": [{"task": "dot", "number": 1, "title": "...", "asked": true,
///          "result": "passed" | "failed" | "not_run",
///          "checks": 3, "cases": 61, "worst": 0.31, "ulps": 2.4,      if passed
///          "check": "...", "description": "...", "failure": {...},    if failed, as the suite
///          "replay": "./qkoan run ...",                                says it
///          "because": "dot",                                          if not run
///          "points": {"got": 1, "of": 1},                             not of `verify`
///          "speed_points": {"got": 0, "of": 1}}],                     if its speed was graded
///        "speed": [{"task": "...", "pace": "fast" | "slow" | "inconclusive", "required": 4,
///          "ratio": 21.5, "low": 21, "high": 22, "seconds": 1e-3, "scalar": 0.02, "ours": 3e-4,
///          "advice": ["..."]}],                                       if asked for
///        "not_raced": "why no speed was judged, although it was asked for",
///        "points": {...}, "speed_points": {...},                      sums of those of the tasks,
///        "misconception": {"bug": "no_scale", "about": "..."},
///        "finding": {"line": 23, "source": "...", "what": "...", "unavailable": "..."}}]}
std::string render_json(const std::vector<Verdict>& verdicts);

/// JUnit XML: a test suite per lesson, a test case per task, and one more for its speed if that was
/// graded. What does not compile or cannot be
/// judged is an error of a test case of its own.
std::string render_junit(const std::vector<Verdict>& verdicts);

/// One test case of a JUnit file, for reports that are not verdicts.
struct JunitCase {
  std::string name;
  double seconds = 0;
  std::string failure;  ///< empty: passed
  std::string details;
  bool error = false;   ///< the failure is one of the set-up
  std::string skipped;  ///< not empty: not run, and this is why
};

struct JunitSuite {
  std::string name;
  std::vector<JunitCase> cases;
};

std::string render_junit(const std::vector<JunitSuite>& suites);

}  // namespace qkoan

#endif
