/// @file
/// Lesson 15, the numbers of its page and of its quiz.

#include "docs/numbers.hpp"

void qkoan::numbers(Page&) {}
