#ifndef QKOAN_GRADER_BUILDER_HPP
#define QKOAN_GRADER_BUILDER_HPP
/// @file
/// Keeps the suites, solutions and planted bugs of the lessons up to date.

#include <set>
#include <string>

#include "async.hpp"
#include "setup.hpp"

namespace qkoan {

class Builder {
 public:
  explicit Builder(const Setup& setup) : setup_(setup), slots_(1) {}

  /// Builds what a lesson needs, once per run of this program; shows one line while it does, if
  /// somebody looks. Throws Problem with the end of the log if it fails.
  Async<> prepare(Scope scope, std::string lesson);

  /// Builds the program that computes the numbers of a lesson's page, likewise.
  Async<> prepare_numbers(Scope scope, std::string lesson);

  /// Builds the program that races implementations of a lesson, likewise.
  Async<> prepare_races(Scope scope, std::string lesson);

  /// Builds what it takes to grade a class in a lesson, likewise.
  Async<> prepare_class(Scope scope, std::string lesson);
  /// Builds the worker that has a lesson's planted bugs and variants, likewise.
  Async<> prepare_mutants_worker(Scope scope, std::string lesson);

  /// What keeps students' code in, likewise.
  Async<> prepare_confine(Scope scope);

  /// Builds the peers that are installed, likewise.
  Async<> prepare_peers(Scope scope);

  /// Builds the site of an edition, likewise; as a PDF, too, if asked for.
  Async<> prepare_site(Scope scope, std::string edition, bool pdf);

  /// What a lesson needs, silently and with the lowest priority; never throws a Problem.
  Async<> prepare_in_background(Scope scope, std::string lesson);

 private:
  Async<> build(Scope scope, std::string target, std::string what, bool patient);

  Setup setup_;
  Slots slots_;  // one build at a time
  std::set<std::string> ready_;
};

}  // namespace qkoan

#endif
