#include "symbols.hpp"

#include "problem.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

/// Of a line like "0000000000001139 T dot", the name of a function; empty if it is none.
std::string function_of(const std::string& line) {
  const std::size_t name = line.rfind(' ');
  if (name == std::string::npos || name < 2 || line[name - 2] != ' ') return "";
  const char kind = line[name - 1];
  return kind == 'T' || kind == 'W' || kind == 'i' ? line.substr(name + 1) : "";
}

}  // namespace

Async<std::set<std::string>> exported_functions(Scope scope, std::filesystem::path library) {
  std::vector<std::string> arguments{"nm", "--dynamic", "--defined-only", library.string()};
  const Listing listing = co_await list(scope, std::move(arguments));
  const Outcome& outcome = listing.outcome;
  if (!outcome.start_error.empty()) throw Problem("nm cannot be started: " + outcome.start_error);
  if (!outcome.succeeded()) {
    throw Problem(
        printable(library.string()) + " is no shared object: " + trim(printable(outcome.errors)) +
        "\nBuild one, for example: gcc -O3 -march=native -shared -fPIC mine.c -o libmine.so");
  }
  std::set<std::string> functions;
  for (const std::string& line : listing.lines) {
    if (std::string name = function_of(line); !name.empty()) functions.insert(name);
  }
  co_return functions;
}

}  // namespace qkoan
