#ifndef QKOAN_GRADER_PROBLEM_HPP
#define QKOAN_GRADER_PROBLEM_HPP
/// @file
/// The one exception that ends a command: wrong usage or a broken set-up.

#include <stdexcept>

namespace qkoan {

/// Wrong usage or a broken set-up: the text says what, where, and what to do next. Exit code 2.
struct Problem : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace qkoan

#endif
