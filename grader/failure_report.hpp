#ifndef QKOAN_GRADER_FAILURE_REPORT_HPP
#define QKOAN_GRADER_FAILURE_REPORT_HPP
/// @file
/// One failure, told so that it teaches.

#include <string>

#include "setup.hpp"
#include "style.hpp"
#include "verdict.hpp"

namespace qkoan {

/// Which task and check, the case, the numbers, the bound and its reason, and a map of where.
std::string render_failure(const Verdict& verdict, const TaskVerdict& task, const Setup& setup,
                           const Style& style);

}  // namespace qkoan

#endif
