#ifndef QKOAN_GRADER_CLASS_JUDGING_HPP
#define QKOAN_GRADER_CLASS_JUDGING_HPP
/// @file
/// From a text that was handed in to its record: compiled and run in the sandbox, judged here.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "class/manifest.hpp"
#include "class/record.hpp"
#include "class/sandbox.hpp"
#include "session.hpp"

namespace qkoan {

/// Where one text is judged: nobody else uses either at the same time.
struct Bench {
  int processor = -1;            ///< on this one
  std::filesystem::path folder;  ///< here: empty before and after
};

class ClassJudge {
 public:
  /// @param files  where the texts lie, as the manifest names them
  /// The target `class` of the build must be there. Throws Problem if it is not.
  ClassJudge(Session& session, Sandbox sandbox, std::uint64_t seed, std::filesystem::path files);

  const Sandbox& sandbox() const { return sandbox_; }

  /// Under which conditions the text is judged; its lesson must be one of the course.
  Conditions conditions_of(const HandedIn& text);

  /// Judges it. What is wrong with the text is in the record; throws Problem if something is wrong with
  /// the set-up.
  Async<GradeRecord> judge(Scope scope, HandedIn text, Bench bench);

  /// Compiles it, so that a worker can be started. Throws Problem likewise.
  Async<Compilation> compile(Scope scope, HandedIn text, Bench bench);

 private:
  std::string harness_of(const std::string& lesson);

  Session& session_;
  Sandbox sandbox_;
  std::uint64_t seed_;
  std::filesystem::path files_;
  std::string compiler_;  ///< the program, and in its own words
  std::string compiler_words_;
  std::vector<std::string> flags_, link_;
  std::map<std::string, std::string> harnesses_;
};

}  // namespace qkoan

#endif
