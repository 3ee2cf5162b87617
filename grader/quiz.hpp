#ifndef QKOAN_GRADER_QUIZ_HPP
#define QKOAN_GRADER_QUIZ_HPP
/// @file
/// The questions of a lesson, and whether an answer is right.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "course.hpp"
#include "json.hpp"

namespace qkoan {

/// A question with choices, or one whose answer is a number.
struct Question {
  std::string id;
  std::string ask;
  std::vector<std::string> choices;  ///< empty: the answer is a number
  int answer = 0;                    ///< index of the right choice
  std::string number;                ///< the right number, with as many decimals as are asked for
  int decimals = 0;                  ///< of that number
  std::string because;
  std::string sealed;  ///< instead of the answer and the reason: the reason, opened by the answer

  /// The right answer, for people: "b) …" or the number. It is empty if only a seal knows it.
  std::string right_answer() const;
};

/// Reads lessons/NN-name/quiz.json; a lesson without one has no questions.
///     {"questions": [{"id": "...", "ask": "...", "number": "3", "because": "..."},
///                    {"id": "...", "ask": "...", "choices": ["...", "..."], "answer": 1, ...}]}
/// A student edition has "sealed" instead of "answer" and "because", and of numbers "decimals".
/// Throws Problem with file, question and field.
std::vector<Question> read_quiz(const Setup& setup, const Lesson& lesson);

/// The number that a person typed: 0.25, 0,25, −3, 1/4, 2^-8, 3/2^4.
std::optional<double> number_in(std::string_view typed);

/// Judges what was typed; nothing if it is no answer at all. The right answer breaks the seal: from then
/// on the question has its reason.
std::optional<bool> is_right(Question& question, std::string_view typed);

/// The quiz for a student edition: answers and reasons are sealed. Throws Problem.
Json sealed_quiz(const Setup& setup, const Lesson& lesson);

}  // namespace qkoan

#endif
