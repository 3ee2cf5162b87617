#ifndef QKOAN_TESTS_CLASS_SOME_COURSE_HPP
#define QKOAN_TESTS_CLASS_SOME_COURSE_HPP
/// @file
/// A course of two lessons.

#include "course.hpp"

namespace qkoan {

inline Course some_course() {
  Lesson alibi{6, "alibi", "ALiBi", "", {}};
  alibi.tasks = {
      {"slopes", "the slopes", {}}, {"row", "a row", {}, 0.25, 1, 1}, {"bias", "all", {}}};
  Lesson kerple{7, "kerple", "Kerple", "", {}};
  kerple.tasks = {{"power", "the power kernel", {}, 0.25, 3, 2}};
  return {{alibi, kerple}};
}

}  // namespace qkoan

#endif
