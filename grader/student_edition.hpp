#ifndef QKOAN_GRADER_STUDENT_EDITION_HPP
#define QKOAN_GRADER_STUDENT_EDITION_HPP
/// @file
/// Which files of the course a student edition has, and which parts of them.

#include <filesystem>
#include <string>
#include <vector>

#include "course.hpp"

namespace qkoan {

/// The files of the course, relative to its top and sorted.
struct EditionFiles {
  std::vector<std::string> handed_out;
  std::vector<std::string> left_out;
};

/// What is handed out is listed, by folder; all else is left out. Throws Problem if something that is
/// listed does not exist.
EditionFiles divide_files(const Setup& setup, const Course& course);

/// The left-out ones for people: whole folders by their names, the others by their number.
std::string describe_left_out(const EditionFiles& files);

/// A file's text without what is marked as the instructor's: everything between two lines
///     // instructor only
///     // end of instructor only
/// (or with # or <!-- --> as comments), and single lines that end in <!-- instructor only -->, also
/// in the last cell of a table. `shown` is the file's name. Throws Problem if a mark has no counterpart,
/// or an answer of the quiz is computed outside of them.
std::string text_for_students(const std::string& text, const std::string& shown);

}  // namespace qkoan

#endif
