#ifndef QKOAN_GRADER_QUIZ_HPP
#define QKOAN_GRADER_QUIZ_HPP
/// @file
/// The questions of a lesson, and whether an answer is right.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "course.hpp"

namespace qkoan {

/// A question with choices, or one whose answer is a number.
struct Question {
  std::string id;
  std::string ask;
  std::vector<std::string> choices;  ///< empty: the answer is a number
  int answer = 0;                    ///< index of the right choice
  std::string number;                ///< the right number, with as many decimals as are asked for
  std::string because;

  /// The right answer, for people: "b) …" or the number.
  std::string right_answer() const;
};

/// Reads lessons/NN-name/quiz.json; a lesson without one has no questions.
///     {"questions": [{"id": "...", "ask": "...", "number": "3", "because": "..."},
///                    {"id": "...", "ask": "...", "choices": ["...", "..."], "answer": 1, ...}]}
/// Throws Problem with file, question and field.
std::vector<Question> read_quiz(const Setup& setup, const Lesson& lesson);

/// The number that a person typed: 0.25, 0,25, −3, 1/4, 2^-8, 3/2^4.
std::optional<double> number_in(std::string_view typed);

/// Judges what was typed; nothing if it is no answer at all.
std::optional<bool> is_right(const Question& question, std::string_view typed);

}  // namespace qkoan

#endif
