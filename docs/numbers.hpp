#ifndef QKOAN_DOCS_NUMBERS_HPP
#define QKOAN_DOCS_NUMBERS_HPP
/// @file
/// Numbers in a lesson are computed, never typed in. A file lessons/NN-name/numbers.cpp computes them
/// by the lesson's reference; the program made from it prints them, writes them into the page, and
/// checks that page and quiz agree with them. Answers, and what only they need, stand between lines
/// `// instructor only` and `// end of instructor only`: a student edition comes without them.

#include <map>
#include <string>

#include "docs/format.hpp"

namespace qkoan {

/// What a lesson computes for its page and its quiz.
class Page {
 public:
  /// A block of Markdown (a table, a picture in text). The page has it between the lines
  /// `<!-- numbers: NAME -->` and `<!-- end -->`.
  void block(const std::string& name, const std::string& markdown) { blocks[name] = markdown; }

  /// The answer to the numeric question of that id in quiz.json.
  void answer(const std::string& id, double value) { answers[id] = value; }

  /// The right choice, counted from 0, of the multiple choice question of that id: for claims that can
  /// be computed.
  void choice(const std::string& id, int index) { choices[id] = index; }

  std::map<std::string, std::string> blocks;  ///< by name
  std::map<std::string, double> answers;      ///< by the question's id
  std::map<std::string, int> choices;         ///< by the question's id
};

/// Defined by the lesson: computes everything.
void numbers(Page& page);

}  // namespace qkoan

#endif
