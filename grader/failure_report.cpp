#include "failure_report.hpp"

#include <algorithm>

#include "files.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

constexpr int kLabelWidth = 10;
constexpr std::string_view kFormula = "at least ";

/// "  label     text", the text wrapped below itself; a long label has a line to itself.
std::string labelled(std::string_view label, std::string_view text, const Style& style) {
  const bool fits = columns(std::string(label)) <= kLabelWidth;
  std::string result = fits ? "" : "  " + style.dim(std::string(label)) + "\n";
  for (const std::string& line : wrap(text, kReportWidth - 3 - kLabelWidth)) {
    result += "  " + style.dim(pad(result.empty() ? label : "", kLabelWidth)) + " " + line + "\n";
  }
  return result;
}

/// `S[1][2]`, `y[3]`, or just the name of a single number.
std::string element_name(const FailureOutput& output) {
  if (!output.element.empty()) return printable(output.element);
  std::string name = printable(output.name);
  if (output.rows > 1) name += "[" + std::to_string(output.row) + "]";
  if (output.rows > 1 || output.cols > 1) name += "[" + std::to_string(output.col) + "]";
  return name;
}

std::string render_input(const FailureInput& input, const Style& style) {
  std::string text;
  const auto columns_of_input = static_cast<std::size_t>(std::max(1, input.cols));
  for (std::size_t start = 0; start < input.values.size(); start += columns_of_input) {
    const std::size_t end = std::min(start + columns_of_input, input.values.size());
    std::string row;
    for (std::size_t i = start; i < end; ++i) {
      row += (row.empty() ? "" : "  ") + printable(input.values[i]);
    }
    text += labelled(text.empty() ? printable(input.name) : "", row, style);
  }
  return text;
}

std::string render_case(const Failure& failure, const Style& style) {
  std::string text;
  std::vector<std::string> sizes;
  for (const auto& [name, value] : failure.shape) {
    sizes.push_back(printable(name) + " = " + printable(value));
  }
  if (!sizes.empty()) text += labelled("case", join(sizes), style);
  for (const FailureInput& input : failure.inputs) text += render_input(input, style);
  return text;
}

/// Expected and got below each other, so that a lost minus is seen.
std::string render_element(const FailureOutput& output, const Style& style) {
  const auto number = [](const std::string& value) {
    return (value.starts_with('-') ? "" : " ") + printable(value);
  };
  std::string text = "  " + style.bold(element_name(output)) + "\n";
  text += "  " + style.dim(pad("expected", kLabelWidth)) + style.green(number(output.expected));
  text += "\n  " + style.dim(pad("got", kLabelWidth)) + style.red(number(output.got));
  return text +
         (output.got_hex.empty() || output.got_hex == output.got
              ? ""
              : style.dim("  = " + output.got_hex)) +
         "\n";
}

/// How far off it may be, and why. A formula is that of the contract, which promises no more than it;
/// it says nothing where one answer is right.
std::string render_bound(const Failure& failure, const FailureOutput& output, const Style& style) {
  const bool exact = output.bound == "0";
  std::string allowed = exact ? "nothing: there is one right answer" : output.bound;
  if (!exact && !output.times_bound.empty())
    allowed += ", exceeded " + output.times_bound + " times";
  std::string text = allowed.empty() ? "" : labelled("allowed", allowed, style);
  const bool formula = failure.bound_from.starts_with(kFormula);
  const bool of_floats = formula || failure.bound_from.find("u·") != std::string::npos;
  if (failure.bound_from.empty() || (exact && of_floats)) return text;
  return text + labelled("", (formula ? "which is " : "") + printable(failure.bound_from), style);
}

/// How far off, how far off it may be, and how often.
std::string render_error(const Failure& failure, const FailureOutput& output, const Style& style) {
  std::vector<std::string> errors;
  if (!output.absolute.empty()) errors.push_back("absolute " + output.absolute);
  if (!output.relative.empty()) errors.push_back("relative " + output.relative);
  if (!output.ulps.empty()) errors.push_back(output.ulps + " ulp");
  std::string text;
  if (!errors.empty()) text += labelled("error", join(errors, " · "), style);
  text += render_bound(failure, output, style);
  if (output.total > 1) {
    const std::string wrong = std::to_string(output.wrong) + " of " +
                              plural(output.total, "element") + " of " + printable(output.name);
    text += labelled("wrong", wrong, style);
  }
  return text;
}

std::string render_map(const FailureOutput& output, const Style& style) {
  if (output.map.empty() || output.total <= 1 || output.wrong == output.total) return "";
  std::string text = "\n";
  for (const std::string& line : output.map) {
    text += std::string(kLabelWidth + 3, ' ') + printable(line) + "\n";
  }
  const bool smaller = static_cast<int>(output.map.size()) < output.rows ||
                       columns(output.map.front()) < output.cols;
  std::string legend = "· right  █ wrong";
  if (smaller) legend += "  ▒ partly; a sign may stand for several elements";
  return text + std::string(kLabelWidth + 3, ' ') + style.dim(legend) + "\n";
}

/// Where the stub of this task still stands in the file.
int line_of_todo(const std::filesystem::path& source, int task) {
  const std::string wanted = "todo(" + std::to_string(task) + ")";
  const std::vector<std::string> lines = split_lines(read_file(source).value_or(""));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t at = lines[i].find(wanted);
    if (at != std::string::npos && lines[i].find("//") > at) return static_cast<int>(i) + 1;
  }
  return 0;
}

/// The sentence, for failures that are not about numbers.
std::string render_message(const Failure& failure, const Style& style) {
  std::string text;
  for (const std::string& line : wrap(printable(failure.message), kReportWidth - 4)) {
    text += "  " + style.red(line) + "\n";
  }
  if (failure.buffer.empty() || !failure.index) return text;
  const std::string buffer = printable(failure.buffer);
  std::string place =
      "The address is that of element " + std::to_string(*failure.index) + " of " + buffer;
  if (failure.size) place += ", which has " + plural(*failure.size, "element");
  return text + "  " + place + ".\n";
}

std::string render_unsolved(const Verdict& verdict, const TaskVerdict& task, const Setup& setup,
                            const Style& style) {
  const bool missing = task.of.failure.kind == "missing";
  std::string text =
      "  Next: " + style.bold("task " + std::to_string(task.number) + ", " + task.of.task) + ": " +
      clip(printable(task.title), 50) + "\n";
  if (missing) {
    text += labelled("", printable(task.of.failure.message), style);
  } else if (!verdict.source.empty()) {
    const int line = line_of_todo(verdict.source, task.number);
    text += "  Write it in " +
            style.cyan(setup.shown(verdict.source) + (line > 0 ? ":" + std::to_string(line) : "")) +
            "\n";
  }
  return text;
}

}  // namespace

std::string render_failure(const Verdict& verdict, const TaskVerdict& task, const Setup& setup,
                           const Style& style) {
  const Failure& failure = task.of.failure;
  if (failure.unsolved()) return render_unsolved(verdict, task, setup, style);
  std::string text = "  " +
                     style.bold("Task " + std::to_string(task.number) + ", " + task.of.task) +
                     ": " + clip(printable(task.title), 50) + "\n";
  std::string check = task.of.check;
  if (!task.description.empty()) check += ": " + task.description;
  if (!check.empty()) text += labelled("check", printable(check), style);
  std::string body = render_case(failure, style);
  if (failure.output && !failure.output->expected.empty()) {
    body += (body.empty() ? "" : "\n") + render_element(*failure.output, style) +
            render_error(failure, *failure.output, style) + render_map(*failure.output, style);
  } else {
    body = render_message(failure, style) + (body.empty() ? "" : "\n" + body);
  }
  return text + "\n" + body;
}

}  // namespace qkoan
