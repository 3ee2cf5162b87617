#ifndef QKOAN_GRADER_STATE_HPP
#define QKOAN_GRADER_STATE_HPP
/// @file
/// What the student has reached: <source>/.qkoan/state.json. Names that this version does not know
/// are kept, so that updates and other branches lose nobody's progress.
///
///     {"version": 1, "current": "scaled_scores",
///      "lessons": {"scaled_scores": {"tasks": {"dot": {"passed": true, "file": "<hash>",
///                                                      "hints": 2}},
///                                    "quiz": {"by_hand": {"right": true, "first": true}}}}}

#include <filesystem>
#include <string>

#include "course.hpp"
#include "json.hpp"
#include "verdict.hpp"

namespace qkoan {

class State {
 public:
  /// Reads the file; a damaged one is set aside, and message() says so.
  explicit State(const Setup& setup);

  bool passed(const std::string& lesson, const std::string& task) const;
  bool lesson_passed(const Lesson& lesson) const;
  int passed_count(const Lesson& lesson) const;
  /// Whether the exercise has another content than the one that was judged.
  bool changed_since(const Setup& setup, const Lesson& lesson) const;
  int passed_count(const Course& course) const;

  /// Takes over what a verdict on the student's own file says, and saves.
  void record(const Verdict& verdict);
  /// Forgets that tasks passed; hints stay shown.
  void forget(const std::string& lesson);

  int hints_shown(const std::string& lesson, const std::string& task) const;
  void show_hints(const std::string& lesson, const std::string& task, int count);

  /// Whether a question of a lesson's quiz was answered rightly at any time, and at the first try.
  bool answered(const std::string& lesson, const std::string& question) const;
  bool answered_at_first(const std::string& lesson, const std::string& question) const;
  void record_answer(const std::string& lesson, const std::string& question, bool right);

  std::string current() const;
  void set_current(const std::string& lesson);

  /// Something to tell once: the file was damaged, or cannot be written. Empty afterwards.
  std::string take_message();

 private:
  Json& task(const std::string& lesson, const std::string& task);
  void reload();
  void save();

  std::filesystem::path file_;
  Json json_;
  std::string message_;
  bool writable_ = true;
};

}  // namespace qkoan

#endif
