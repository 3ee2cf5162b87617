#ifndef QKOAN_GRADER_DIAGNOSE_HPP
#define QKOAN_GRADER_DIAGNOSE_HPP
/// @file
/// Names the misconception: which planted bug produces the student's numbers?

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "suite.hpp"

namespace qkoan {

/// How planted bugs fail first, by suite, seed, check and bug; empty where one does not fail.
using KnownFailures = std::map<std::string, std::optional<TaskResult>>;

/// The student's failure, and where the planted bugs are.
struct DiagnoseRequest {
  std::filesystem::path suite;
  std::filesystem::path mutants;
  std::uint64_t seed = 0;
  TaskResult failed;
  std::shared_ptr<KnownFailures> known = {};  ///< from before, and from now on; null: none
};

/// Runs the failing check with every planted bug, side by side. A bug explains the failure if it
/// fails first in the same check, on the same output, with the same inputs and the same numbers: for every element both
/// are NaN, or they differ by at most max(2·tolerance, |student − expected|/64), or by 2⁻¹⁶ of the
/// student's number where an infinity is expected.
Async<std::optional<Mutant>> diagnose(Scope scope, std::vector<Mutant> mutants,
                                      DiagnoseRequest request);

/// The comparison alone: how far two failures are apart, as the largest part of what is allowed;
/// nothing if they are not about the same numbers.
std::optional<double> distance(const Failure& student, const Failure& bug);

}  // namespace qkoan

#endif
