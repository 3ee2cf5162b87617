#include "quiz_command.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "quiz.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

enum class Answer { kRight, kWrong, kLeft };

/// Text below a label, wrapped: "  a) ...".
std::string hanging(const std::string& label, const std::string& content) {
  std::string text;
  const std::string indent(static_cast<std::size_t>(columns(label)), ' ');
  for (const std::string& line : wrap(printable(content), kReportWidth - columns(label))) {
    text += (text.empty() ? label : indent) + line + "\n";
  }
  return text;
}

std::string last_letter(const Question& question) {
  return std::string(1, static_cast<char>('a' + question.choices.size() - 1));
}

/// Asks until there is an answer that can be judged.
Answer ask(Question& question, const Style& style) {
  const std::string kind =
      question.choices.empty() ? "a number" : "a letter, a to " + last_letter(question);
  while (true) {
    if (is_terminal(STDIN_FILENO)) say("  " + style.dim(kind + ", or Enter to leave:") + " ");
    std::string typed;
    if (!std::getline(std::cin, typed)) return Answer::kLeft;
    const std::string answer = trim(typed);
    if (answer.empty() || answer == "q") return Answer::kLeft;
    const std::optional<bool> right = is_right(question, answer);
    if (right) return *right ? Answer::kRight : Answer::kWrong;
    const std::string examples = question.choices.empty() ? ", such as 0.25, 1/4 or 2^-2" : "";
    say("  \"" + clip(printable(answer), 30) + "\" is not " + kind + examples + ".\n");
  }
}

std::string render_question(const Question& question, std::size_t number, std::size_t count) {
  std::string text = "\n" + hanging("  ", std::to_string(number) + " of " + std::to_string(count) +
                                              ". " + question.ask);
  for (std::size_t i = 0; i < question.choices.size(); ++i) {
    text +=
        hanging("    " + std::string(1, static_cast<char>('a' + i)) + ") ", question.choices[i]);
  }
  return text;
}

std::string render_answer(const Question& question, bool right, const Style& style) {
  if (!right && question.right_answer().empty()) {
    return "  " + style.red("✗ No.") + " The right answer opens its reason; it is asked again.\n";
  }
  const std::string verdict =
      right ? style.green("✓ Right.") : style.red("✗ No.") + " The answer is";
  return "  " + verdict + "\n" + (right ? "" : hanging("    ", question.right_answer())) +
         hanging("  ", question.because);
}

/// What is still to be asked.
std::vector<Question> open_questions(const Session& session, const Lesson& lesson, bool again) {
  std::vector<Question> questions = read_quiz(session.setup, lesson);
  std::erase_if(questions, [&](const Question& question) {
    return !again && session.state.answered(lesson.name, question.id);
  });
  return questions;
}

struct Tally {
  int asked = 0;
  int right = 0;
  bool left = false;
};

void ask_lesson(Session& session, const Lesson& lesson, std::vector<Question>& questions,
                Tally& tally) {
  const Style& style = session.style;
  say(style.bold(lesson.label() + " " + lesson.name) + "  " + lesson.title + "\n");
  const int before = tally.asked, right_before = tally.right;
  // Those that were answered rightly before count as the first ones.
  const std::size_t first = read_quiz(session.setup, lesson).size() - questions.size() + 1;
  for (std::size_t i = 0; i < questions.size() && !tally.left; ++i) {
    say(render_question(questions[i], first + i, first + questions.size() - 1));
    const Answer answer = ask(questions[i], style);
    tally.left = answer == Answer::kLeft;
    if (tally.left) break;
    const bool right = answer == Answer::kRight;
    ++tally.asked;
    tally.right += right;
    session.state.record_answer(lesson.name, questions[i].id, right);
    say(render_answer(questions[i], right, style));
  }
  if (tally.asked > before) {
    const std::string progress = quiz_progress(session, lesson);
    say("\n  " + std::to_string(tally.right - right_before) + " of " +
        plural(tally.asked - before, "answer") + " right" +
        (progress.empty() ? "" : "; " + progress) + "\n");
  }
}

}  // namespace

std::string quiz_progress(const Session& session, const Lesson& lesson) {
  const std::vector<Question> questions = read_quiz(session.setup, lesson);
  const auto right = std::count_if(questions.begin(), questions.end(), [&](const Question& q) {
    return session.state.answered(lesson.name, q.id);
  });
  if (right == 0) return "";
  return "quiz " + std::to_string(right) + "/" + std::to_string(questions.size());
}

int quiz_command(Session& session, const Arguments& arguments) {
  Tally tally;
  bool any = false;
  for (const Lesson* lesson : find_lessons(session.course, arguments.lessons)) {
    std::vector<Question> questions = open_questions(session, *lesson, arguments.again);
    if (questions.empty() || tally.left) continue;
    if (any) say("\n");
    any = true;
    ask_lesson(session, *lesson, questions, tally);
  }
  if (!any) {
    say("No question is open here. All of them again: " + command_name() + " quiz" +
        (arguments.lessons.empty() ? "" : " " + arguments.lessons.front()) + " --again\n");
  } else if (tally.left) {
    say("\n  Your answers are kept; " + command_name() + " quiz goes on here.\n");
  }
  return tally.right == tally.asked ? 0 : 1;
}

}  // namespace qkoan
