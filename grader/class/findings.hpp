#ifndef QKOAN_GRADER_CLASS_FINDINGS_HPP
#define QKOAN_GRADER_CLASS_FINDINGS_HPP
/// @file
/// What is found in one submission, until it is decided what counts.

#include <map>
#include <string>
#include <vector>

#include "class/manifest.hpp"
#include "class/out_folder.hpp"

namespace qkoan {

/// Bytes of a file that is judged, and of all that one submission unpacks to.
constexpr std::size_t kMostOfFile = std::size_t{1} << 20;
constexpr std::size_t kMostOfArchive = std::size_t{64} << 20;
constexpr std::size_t kMostOfSubmission = std::size_t{128} << 20;

/// Files, folders and links that are looked at.
constexpr std::size_t kMostEntriesOfArchive = 10'000;
constexpr std::size_t kMostEntriesOfSubmission = 20'000;

/// Archives, and archives in them.
constexpr std::size_t kMostArchivesOfSubmission = 100;
constexpr int kDeepestArchive = 2;

class Findings {
 public:
  /// A text for a lesson. `place` says where it was, for people. In a folder "exercises" it counts
  /// before all that are elsewhere: a copy of the course has tests/stubs/alibi.cpp, too.
  void offer(const TextStore& store, const std::string& lesson, const std::string& text,
             const std::string& place);

  /// What is not judged, and why: "work.zip: it is encrypted".
  void refuse(const std::string& place, const std::string& why);

  /// Counts what was unpacked, looked at and opened. Nothing of a submission counts that has more than
  /// one may have: false.
  bool charge(std::size_t bytes, std::size_t entries, std::size_t archives);

  /// Takes over what was found in an archive, or, if it is not used, only what it has cost.
  void add(const Findings& archive, bool used);

  /// What counts of it, and what a reader should know.
  void settle(Submission& submission) const;

  /// What was refused, and why.
  std::vector<std::string> problems() const;

 private:
  struct Candidate {
    std::string content;
    std::string place;
    std::string rival;  ///< where another text for the lesson was; empty: there is none
  };
  using Candidates = std::map<std::string, Candidate>;

  std::size_t bytes_ = 0;
  std::size_t entries_ = 0;
  std::size_t archives_ = 0;
  bool too_large_ = false;
  Candidates in_exercises_;
  Candidates elsewhere_;
  std::vector<std::string> problems_;
  std::size_t problems_left_out_ = 0;

  void add_problem(const std::string& problem);
  static void keep(Candidates& candidates, const std::string& lesson, const Candidate& candidate);
};

}  // namespace qkoan

#endif
