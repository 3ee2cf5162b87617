#ifndef QKOAN_GRADER_CLASS_SLURM_HPP
#define QKOAN_GRADER_CLASS_SLURM_HPP
/// @file
/// A class, judged by many machines: an array of jobs, each of which judges a part. What counts is what
/// they publish, and never what Slurm says of them.

#include <filesystem>
#include <string>
#include <vector>

#include "class/judging.hpp"
#include "class/manifest.hpp"

namespace qkoan {

struct SlurmRequest {
  std::vector<HandedIn> texts;
  std::filesystem::path out;         ///< the folder of the class, which all machines see
  std::vector<std::string> options;  ///< for sbatch
  long chunk = 100;                  ///< texts for a job, about
};

/// Judges what is not judged yet, wherever Slurm finds room. Returns how many texts that were. Jobs that an
/// earlier call has left are waited for; what is missing in the end is submitted again. Throws Problem:
/// which parts could not be judged, and where their logs are. Stopped by Ctrl-C, it cancels its jobs; a
/// lost terminal leaves them.
Async<long> judge_by_slurm(Scope scope, ClassJudge& judge, SlurmRequest request);

}  // namespace qkoan

#endif
