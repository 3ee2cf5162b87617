#ifndef QKOAN_GRADER_RACES_HPP
#define QKOAN_GRADER_RACES_HPP
/// @file
/// Races of implementations, told while they go on.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "implementation.hpp"
#include "json.hpp"
#include "session.hpp"

namespace qkoan {

/// Who takes part in the races of a lesson.
struct Contender {
  std::string name;
  std::filesystem::path library;
};

/// Whoever find_implementation() found, under the name of his file; compiled if it is a source. Throws
/// Problem.
Async<Contender> contender_of(Scope scope, Session& session, const Lesson& lesson,
                              Implementation implementation);

/// "tokens 512, d 64"
std::string sizes_of(const Json& race);

struct RaceRequest {
  const Lesson* lesson = nullptr;
  std::vector<Contender> contenders;   ///< all are compared with the first
  std::vector<std::string> functions;  ///< empty: all
  /// Instead: is the first contender so many times as fast as the scalar form?
  std::map<std::string, double> graded;
  int most_tokens = 0;          ///< also how cost grows with the text, up to here; 0: no
  std::filesystem::path twins;  ///< has the scalar forms; empty: the first contender has
  bool quiet = false;           ///< nothing is told
};

bool has_races(const Setup& setup, const Lesson& lesson);

/// Whether there is anything in the races that is measured as texts grow.
Async<bool> has_growth(Scope scope, Session& session, RaceRequest request);

/// Builds and runs the races of one lesson and tells each when it is over.
/// @return  what `bench --json` writes of a lesson
Async<Json> race(Scope scope, Session& session, RaceRequest request);

}  // namespace qkoan

#endif
