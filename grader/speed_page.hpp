#ifndef QKOAN_GRADER_SPEED_PAGE_HPP
#define QKOAN_GRADER_SPEED_PAGE_HPP
/// @file
/// A page about speed whose numbers and pictures are those of a file of results.

#include <string>

#include "session.hpp"

namespace qkoan {

/// Throws Problem if the page or the program that draws is missing: races take minutes.
Async<> expect_speed_page(Scope scope, std::string page);

/// What `bench --json` wrote. Throws Problem.
Json read_results(const std::string& file);

/// Fills the page's blocks, between `<!-- numbers: NAME -->` and `<!-- end -->`, and draws the pictures in
/// the folder `pictures` beside it. Throws Problem, also if the results lack what a block is about.
Async<> write_speed_page(Scope scope, const Session& session, std::string page, Json results);

}  // namespace qkoan

#endif
