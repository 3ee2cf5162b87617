#include "report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "failure_report.hpp"
#include "judge.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

constexpr int kMostPrintedLines = 10;
constexpr std::size_t kMostWarnings = 3;
constexpr std::size_t kMostErrors = 3;
constexpr int kProgressWidth = 32;

std::string passed_summary(const TaskResult& task) {
  std::string text = plural(task.checks, "check") + ", " + plural(task.cases, "case");
  if (task.worst && *task.worst > 0) {
    char ratio[32];
    const double cut = std::floor(*task.worst * 100) / 100;  // below the bound stays below 1
    std::snprintf(ratio, sizeof ratio, cut > 0 ? "%.2f" : "%.1g", cut > 0 ? cut : *task.worst);
    text += std::string(", at worst ") + ratio + " of the bound";
  }
  return text;
}

std::string failed_summary(const TaskResult& task) {
  if (task.failure.kind == "unsolved") return "not written yet";
  if (task.failure.kind == "missing") return "missing: " + task.failure.message;
  return task.failure.message;
}

std::string task_line(const TaskVerdict& task, int name_width, const Style& style) {
  const std::string name = std::to_string(task.number) + " " + pad(task.of.task, name_width);
  const int room = kReportWidth - columns(name) - 6;
  switch (task.of.result) {
    case Result::kPassed:
      return style.green("✓ ") + name + "  " + style.dim(clip(passed_summary(task.of), room));
    case Result::kFailed: {
      const std::string summary = clip(printable(failed_summary(task.of)), room);
      if (task.of.failure.kind == "unsolved") {
        return style.yellow("○ ") + name + "  " + style.dim(summary);
      }
      return style.red("✗ " + name) + "  " + summary;
    }
    case Result::kNotRun:
      break;
  }
  const std::string reason =
      task.of.because.empty() ? "not run" : "not run: it builds on " + printable(task.of.because);
  return style.dim("– " + name + "  " + clip(reason, room));
}

std::string heading(const Verdict& verdict, const Setup& setup, const Style& style) {
  std::string text =
      style.bold(verdict.lesson_label + " " + verdict.lesson) + "  " +
      style.dim(clip(verdict.lesson_title, kReportWidth - 5 - columns(verdict.lesson)));
  if (!verdict.implementation.empty()) {
    text += "\n" + style.dim("judged: " + printable(verdict.implementation));
  } else if (!verdict.source.empty()) {
    text += "\n" + style.dim(setup.shown(verdict.source));
  }
  return text + (verdict.sanitized ? style.dim(", with sanitizers") : "") + "\n\n";
}

/// The student's line with a caret below it, cut so that the caret is visible.
std::string source_excerpt(const Diagnostic& diagnostic, const Style& style) {
  if (diagnostic.source.empty()) return "";
  std::string_view source = diagnostic.source;
  const std::size_t indent = std::min(source.find_first_not_of(' '), source.size());
  source.remove_prefix(indent);
  int column = std::max(0, diagnostic.column - 1 - static_cast<int>(indent));
  std::string shown = printable(source);
  if (column > 60) {
    shown.erase(0, static_cast<std::size_t>(column - 30));
    shown = "…" + printable(shown);
    column = 31;
  }
  std::string text = "      " + clip(shown, kReportWidth - 6) + "\n";
  if (diagnostic.column > 0) {
    text += "      " + std::string(static_cast<std::size_t>(column), ' ') + style.red("^") + "\n";
  }
  return text;
}

std::string place(const Diagnostic& diagnostic, const Verdict& verdict, const Setup& setup) {
  std::string text = setup.shown(verdict.source);
  if (diagnostic.line > 0) text += ":" + std::to_string(diagnostic.line);
  if (diagnostic.column > 0) text += ":" + std::to_string(diagnostic.column);
  return text;
}

std::string render_diagnostic(const Diagnostic& diagnostic, const Verdict& verdict,
                              const Setup& setup, const Style& style) {
  std::string text = "  " + style.cyan(place(diagnostic, verdict, setup)) + "\n";
  std::string message = printable(diagnostic.text);
  if (!diagnostic.elsewhere.empty()) {
    message += " (noticed in " + printable(diagnostic.elsewhere) + ")";
  }
  std::vector<std::string> lines = wrap(message, kReportWidth - 4);
  if (lines.size() > 4) {
    lines.resize(4);
    lines.back() += " …";
  }
  for (const std::string& line : lines) text += "    " + clip(line, kReportWidth - 4) + "\n";
  return text + source_excerpt(diagnostic, style);
}

std::string render_compile_errors(const Verdict& verdict, const Setup& setup, const Style& style) {
  std::string text = style.red("✗ It does not compile.") + "\n\n";
  std::size_t shown = 0;
  std::size_t errors = 0;
  for (const Diagnostic& diagnostic : verdict.compilation->diagnostics) {
    if (!diagnostic.error) continue;
    if (++errors > kMostErrors) continue;
    if (shown++ > 0) text += "\n";
    text += render_diagnostic(diagnostic, verdict, setup, style);
  }
  if (errors > shown) {
    text +=
        "\n" + style.dim("  and " + plural(static_cast<long>(errors - shown), "more error")) + "\n";
  }
  return text;
}

std::string render_printed(const Verdict& verdict, const Style& style) {
  const std::vector<std::string> lines = split_lines(verdict.printed);
  if (trim(verdict.printed).empty()) return "";
  std::string text = "\n" + style.bold("  your program printed") + "\n";
  int shown = 0;
  for (const std::string& line : lines) {
    if (++shown > kMostPrintedLines) break;
    text += style.dim("  │ ") + clip(printable(line), kReportWidth - 4) + "\n";
  }
  const long more = static_cast<long>(lines.size()) - kMostPrintedLines;
  if (more > 0) text += style.dim("  │ … and " + plural(more, "more line")) + "\n";
  return text;
}

std::string render_warnings(const Verdict& verdict, const Setup& setup, const Style& style) {
  if (!verdict.compilation || !verdict.compiled()) return "";
  std::string text;
  std::size_t count = 0;
  for (const Diagnostic& diagnostic : verdict.compilation->diagnostics) {
    if (diagnostic.error || ++count > kMostWarnings) continue;
    text += "\n  " + style.yellow("warning") + " " + style.cyan(place(diagnostic, verdict, setup)) +
            "\n";
    for (const std::string& line : wrap(printable(diagnostic.text), kReportWidth - 4)) {
      text += "    " + line + "\n";
    }
  }
  return text;
}

std::string render_repetition(const Verdict& verdict, const Style& style) {
  const TaskVerdict* task = verdict.headline();
  if (!task || task->of.failure.unsolved()) return "";
  return "\n" +
         style.dim("  seed " + std::to_string(verdict.seed) + ", again with the same inputs:") +
         "\n  " + replay_command(verdict, *task) + "\n";
}

/// The points of an exercise and the times on one line; a library of kernels has no points.
std::string render_totals(const Verdict& verdict, const Style& style) {
  std::vector<std::string> parts;
  if (!verdict.completed() && !verdict.tasks.empty())
    parts.push_back(render_points(verdict.points(), verdict.speed_points(), verdict.speed_graded));
  if (verdict.compilation)
    parts.push_back(style.dim("compiled " + duration(verdict.compilation->seconds)));
  if (verdict.compiled() && verdict.judge_seconds > 0)
    parts.push_back(style.dim("judged " + duration(verdict.judge_seconds)));
  return parts.empty() ? "" : "\n  " + join(parts, style.dim(" · ")) + "\n";
}

}  // namespace

std::string render_tasks(const Verdict& verdict, const Style& style) {
  int name_width = 0;
  for (const TaskVerdict& task : verdict.tasks) {
    name_width = std::max(name_width, columns(task.of.task));
  }
  std::string text;
  for (const TaskVerdict& task : verdict.tasks) {
    text += "  " + task_line(task, name_width, style) + "\n";
  }
  return text;
}

std::string render_verdict(const Verdict& verdict, const Setup& setup, const Style& style) {
  std::string text = heading(verdict, setup, style);
  if (!verdict.compiled()) return text + render_compile_errors(verdict, setup, style);
  if (!verdict.broken.empty()) {
    text += style.red("✗ It cannot be judged.") + "\n\n";
    for (const std::string& line : split_lines(verdict.broken)) {
      for (const std::string& part : wrap(line, kReportWidth - 2)) text += "  " + part + "\n";
    }
    return text;
  }
  text += render_tasks(verdict, style);
  if (const TaskVerdict* task = verdict.headline()) {
    text += "\n" + render_failure(verdict, *task, setup, style);
  }
  return text;
}

std::string render_explanation(const Verdict& verdict, const Setup& setup, const Style& style) {
  std::string text;
  if (verdict.misconception) {
    const std::string sentence =
        "Your numbers are those of a known mistake: " + printable(verdict.misconception->about);
    for (const std::string& line : wrap(sentence, kReportWidth - 6)) {
      text += (text.empty() ? "\n  " + style.yellow("➜") + " " : "    ") + style.bold(line) + "\n";
    }
  }
  if (!verdict.finding) return text;
  const Finding& finding = *verdict.finding;
  if (!finding.unavailable.empty()) {
    text += "\n";
    for (const std::string& line :
         wrap("The line is not known: " + finding.unavailable + ".", kReportWidth - 2))
      text += style.dim("  " + line) + "\n";
  } else if (finding.line > 0) {
    text += "\n  " + style.yellow("➜") + " " +
            style.cyan(setup.shown(verdict.source) + ":" + std::to_string(finding.line)) + "  " +
            clip(printable(finding.source), kReportWidth - 40) + "\n";
    for (const std::string& line : wrap("this line " + finding.what, kReportWidth - 6)) {
      text += "    " + line + "\n";
    }
  } else {
    text += "\n  " + style.yellow("➜") + " it " + clip(finding.what, kReportWidth - 8) + "\n";
  }
  return text;
}

std::string render_footer(const Verdict& verdict, const Setup& setup, const Style& style) {
  return render_printed(verdict, style) + render_warnings(verdict, setup, style) +
         render_repetition(verdict, style) + render_totals(verdict, style);
}

std::string render_points(const Points& points, const Points& speed, bool speed_graded) {
  const auto sum = [](const Points& p) {
    return std::to_string(p.got) + " of " + std::to_string(p.of);
  };
  std::string text = "points " + sum(points);
  if (speed.of > 0) text += ", speed " + (speed_graded ? sum(speed) : "not raced");
  return text;
}

std::string render_progress(int done, int total, const Style& style) {
  const int filled = total > 0 ? done * kProgressWidth / total : 0;
  std::string bar;
  std::string rest;
  for (int i = 0; i < filled; ++i) bar += "█";
  for (int i = filled; i < kProgressWidth; ++i) rest += "░";
  return style.green(bar) + style.dim(rest) + " " + std::to_string(done) + " of " +
         plural(total, "task");
}

}  // namespace qkoan
