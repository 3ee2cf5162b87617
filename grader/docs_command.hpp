#ifndef QKOAN_GRADER_DOCS_COMMAND_HPP
#define QKOAN_GRADER_DOCS_COMMAND_HPP
/// @file
/// The course as a site.

#include "arguments.hpp"
#include "async.hpp"
#include "session.hpp"

namespace qkoan {

/// Builds the site and says where it is.
Async<int> docs_command(Session& session, Arguments arguments);

}  // namespace qkoan

#endif
