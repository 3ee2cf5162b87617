#ifndef QKOAN_GRADER_SYMBOLS_HPP
#define QKOAN_GRADER_SYMBOLS_HPP
/// @file
/// What a shared object exports, found without running any of it.

#include <filesystem>
#include <set>
#include <string>

#include "async.hpp"
#include "process.hpp"

namespace qkoan {

/// The names of the functions that a shared object exports. Throws Problem if it is no shared object
/// for this machine.
Async<std::set<std::string>> exported_functions(Scope scope, std::filesystem::path library);

}  // namespace qkoan

#endif
