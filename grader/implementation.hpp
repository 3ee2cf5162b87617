#ifndef QKOAN_GRADER_IMPLEMENTATION_HPP
#define QKOAN_GRADER_IMPLEMENTATION_HPP
/// @file
/// Whom to judge: the student's file, our solution, a planted bug, a variant, or any library.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "course.hpp"
#include "setup.hpp"

namespace qkoan {

/// An implementation of a lesson's contract, perhaps still to be compiled.
struct Implementation {
  std::string name;                       ///< as the user wrote it; empty: the student's own file
  std::filesystem::path source;           ///< the .cpp file to compile; empty: the library exists
  std::filesystem::path library;          ///< the shared object, if nothing is to be compiled
  std::string select;                     ///< which one inside the library
  std::string purpose;                    ///< part of the compiled object's name
  std::filesystem::path complement = {};  ///< has the functions that it lacks; or empty
};

/// Understands "" (the student's file), FILE.cpp, FILE.so, solution, solution:LEVEL, bug:NAME,
/// variant:NAME and stub; in a student edition only files and stub. Throws Problem.
Implementation find_implementation(const Setup& setup, const Lesson& lesson,
                                   const std::string& wanted);

/// Whom others are compared with and completed by, as find_implementation() understands it: our
/// solution, and in a student edition the student's file.
std::string usual_implementation(const Setup& setup);

/// The levels of a lesson's solution that were built and that this processor can run, best last.
std::vector<std::string> solution_levels(const Setup& setup, const std::string& lesson);

}  // namespace qkoan

#endif
