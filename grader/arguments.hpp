#ifndef QKOAN_GRADER_ARGUMENTS_HPP
#define QKOAN_GRADER_ARGUMENTS_HPP
/// @file
/// What the user typed.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qkoan {

enum class Action {
  kWatch,
  kList,
  kRun,
  kHint,
  kReset,
  kSolution,
  kNumbers,
  kProperties,
  kQuiz,
  kCheck,
  kBench,
  kVerify,
  kDocs,
  kStudentEdition,
  kGrade,
  kExport,
  kVersion,
  kTest,
  kPrint
};

struct Arguments {
  Action action = Action::kWatch;
  std::string text;                  ///< kPrint: help or version
  std::vector<std::string> lessons;  ///< names as typed
  std::vector<std::string> tasks;
  std::optional<std::uint64_t> seed;
  std::string implementation;
  std::string library;  ///< to be verified
  std::string junit;
  std::string json_file;
  std::string edition;      ///< of the site; empty: the fullest that can be built
  std::string page;         ///< to be filled in with results
  std::string from;         ///< results of earlier races
  std::string folder;       ///< that is to be made
  std::string submissions;  ///< what a class handed in
  std::string out;          ///< the folder of its grades
  std::string course_file;  ///< what an instructor decides about the assignment
  std::string platform;     ///< that is to run the grading
  std::string tier;         ///< what keeps students' code in; empty: the strongest there is
  std::string shard;        ///< "2/8"; empty: everything
  std::string manifest;     ///< what there is to judge, listed before
  std::string results;      ///< where records go
  std::vector<std::string> slurm_options;  ///< for sbatch
  long chunk = 100;                        ///< texts for a job of Slurm
  double timeout = 0;                      ///< seconds; 0: the usual
  int seeds = 20;
  int cases = 100;
  int growth = 0;  ///< tokens; 0: not asked for
  int jobs = 0;    ///< 0: as many as processors
  bool sanitize = false;
  bool json = false;
  bool yes = false;
  bool anyway = false;
  bool again = false;
  bool update = false;
  bool no_speed = false;
  bool speed = false;
  bool peers = false;
  bool pdf = false;
  bool plan = false;
  bool report_only = false;
  bool slurm = false;
  bool built = false;  ///< what it takes is built: builds nothing
  bool workers = false;
};

/// Understands the command line. Throws Problem: what, where, what next.
Arguments parse_arguments(int argc, char** argv);

}  // namespace qkoan

#endif
