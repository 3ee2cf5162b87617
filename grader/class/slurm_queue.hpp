#ifndef QKOAN_GRADER_CLASS_SLURM_QUEUE_HPP
#define QKOAN_GRADER_CLASS_SLURM_QUEUE_HPP
/// @file
/// Slurm's commands, for the jobs of one class: they have one name, by which they are found again.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "async.hpp"

namespace qkoan {

/// What of ours is in the queue.
struct QueueState {
  long running = 0;
  long waiting = 0;
  std::string reason;  ///< why one of those waits, in Slurm's word: "Resources"

  bool empty() const { return running == 0 && waiting == 0; }
};

class SlurmQueue {
 public:
  /// @param name  of the jobs
  /// @param folder  where scripts and logs are
  /// @param options  for sbatch, as somebody typed them
  SlurmQueue(std::string name, std::filesystem::path folder, std::vector<std::string> options);

  /// Throws Problem if there is no Slurm here.
  static Async<> require(Scope scope);

  const std::string& name() const { return name_; }

  /// Submits these elements of an array: "1-8,11". Returns the job's number. Throws Problem.
  Async<std::string> submit(Scope scope, std::filesystem::path script, std::string elements);

  /// Nothing: Slurm does not answer now. Throws Problem if it has not for a long time.
  Async<std::optional<QueueState>> state(Scope scope);

  /// Takes all of ours out of the queue, and returns when that is done.
  void cancel() const;

 private:
  std::string name_;
  std::filesystem::path folder_;
  std::vector<std::string> options_;
  int unanswered_ = 0;
};

}  // namespace qkoan

#endif
