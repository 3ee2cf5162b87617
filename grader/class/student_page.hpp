#ifndef QKOAN_GRADER_CLASS_STUDENT_PAGE_HPP
#define QKOAN_GRADER_CLASS_STUDENT_PAGE_HPP
/// @file
/// The page for one submission: what it got, and why it got no more. It has no seed and nothing of
/// anybody else.

#include <string>
#include <vector>

#include "class/html.hpp"
#include "class/points.hpp"

namespace qkoan {

/// `people`: whose it is; empty: the submission's name has to do.
std::string render_student_page(const Score& score, const CourseFile& file,
                                const std::vector<Person>& people);

/// A table that scrolls where it is too wide for the screen; `caption` says what it shows.
Html scrolling_table(const std::string& caption, const Html& head, const Html& rows);

}  // namespace qkoan

#endif
