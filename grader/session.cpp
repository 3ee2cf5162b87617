#include "session.hpp"

#include <cstdio>

#include "text.hpp"

namespace qkoan {

Session::Session(const Setup& found)
    : setup(found),
      course(read_course(setup)),
      state(setup),
      judge(setup),
      builder(setup),
      style(Style::of(1)) {}

const Lesson* Session::first_unsolved() const {
  for (const Lesson& lesson : course.lessons) {
    if (!state.lesson_passed(lesson)) return &lesson;
  }
  return nullptr;
}

const Lesson& Session::current_lesson() const {
  for (const Lesson& lesson : course.lessons) {
    if (lesson.name == state.current()) return lesson;
  }
  const Lesson* unsolved = first_unsolved();
  return unsolved ? *unsolved : course.lessons.back();
}

void Session::tell_messages() {
  const std::string message = state.take_message();
  for (const std::string& line : wrap(message, kReportWidth)) {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
}

void say(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

}  // namespace qkoan
