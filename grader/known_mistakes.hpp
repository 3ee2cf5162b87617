#ifndef QKOAN_GRADER_KNOWN_MISTAKES_HPP
#define QKOAN_GRADER_KNOWN_MISTAKES_HPP
/// @file
/// A student edition knows the planted bugs by their numbers alone: with one seed each was run once,
/// and what it got where it failed was written down. A student's failure is repeated with that seed
/// and compared with the records. A record is sealed by the task, the check and the numbers that were
/// expected there, so that only the same failure opens it.

#include <optional>

#include "diagnose.hpp"
#include "json.hpp"
#include "session.hpp"

namespace qkoan {

/// Runs every planted bug of a lesson, which must be built.
///     {"seed": "1", "records": {"<task>": ["<sealed>", ...]}}
/// What is sealed, one record for all bugs that fail with the same inputs:
///     [{"bug": "...", "about": "...", "functions": ["..."], "got": ["0.5", ...]}]
Async<Json> record_mistakes(Scope scope, Session& session, std::string lesson);

/// The planted bug with the student's numbers. `run` says whom to judge and how, `failed` which task
/// of it failed. As of diagnose(), with this seed in place of the failure's own.
Async<std::optional<Mutant>> recognise(Scope scope, std::filesystem::path records, SuiteRequest run,
                                       std::string task);

}  // namespace qkoan

#endif
