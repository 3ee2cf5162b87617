#ifndef QKOAN_GRADER_SESSION_HPP
#define QKOAN_GRADER_SESSION_HPP
/// @file
/// What every command works with.

#include <string>

#include "builder.hpp"
#include "course.hpp"
#include "judge.hpp"
#include "setup.hpp"
#include "state.hpp"
#include "style.hpp"

namespace qkoan {

struct Session {
  Setup setup;
  Course course;
  State state;
  Judge judge;
  Builder builder;
  Style style;

  /// Reads everything; throws Problem.
  explicit Session(const Setup& found);

  /// The first lesson with a task that has not passed; null if there is none.
  const Lesson* first_unsolved() const;
  /// The lesson the student is at: the one opened last, else the first unsolved one.
  const Lesson& current_lesson() const;
  /// What the state has to tell goes to standard error, once.
  void tell_messages();
};

/// Prints to standard output, and flushes.
void say(const std::string& text);

}  // namespace qkoan

#endif
