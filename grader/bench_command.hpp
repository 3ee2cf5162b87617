#ifndef QKOAN_GRADER_BENCH_COMMAND_HPP
#define QKOAN_GRADER_BENCH_COMMAND_HPP
/// @file
/// `bench`: how fast implementations are, against each other and against the machine.

#include "arguments.hpp"
#include "session.hpp"

namespace qkoan {

/// Races our solution, its scalar twin, the student's file or another implementation, and with
/// --peers what others have built, on this machine; tells each race when it is over. --json FILE
/// writes
///
///     {"schema": "qkoan/bench/1", "version": "...", "date": "...", "lessons": [
///      {"lesson": "attention_kernel", "machine": {"processor": "...", "peak": 1.8e11, ...},
///      "libraries": [{"name": "eigen", "about": "Eigen 3.4.0"}], "races": [
///        {"function": "...", "sizes": {"tokens": 2048, "d": 64}, "about": "ALiBi", "rounds": 9,
///         "contenders": [{"name": "solution", "conclusive": true, "seconds": {...},
///           "ratio": {"low": 1, "median": 1, "high": 1}, "share_of_peak": {...}}]}]}]}
///
/// where ratio is the time against that of the first contender, and work that is no floating point
/// has cycles_per_element in place of share_of_peak. Of a contender with "threads": 2 there is neither;
/// "skipped" tells why there is none. A race has "arithmetic" and "bytes", of one call; one with
/// "compares": "calls" is among calls of the same library. With --growth, the lesson of the kernel has
///
///     "growth": [{"function": "attention", "tokens": 512, "d": 64, "rounds": 9, "scores": 131328,
///       "bytes": 524288, "allowed": 8454144, "cases": [{"name": "ALiBi", "seconds": {...},
///         "memory": 40960}]}]
///
/// where bytes are those of inputs and outputs, and memory is what a call takes beside them.
///
/// --page FILE fills in a page with it; with --from, of earlier results (speed_page.hpp).
Async<int> bench_command(Session& session, Arguments arguments);

}  // namespace qkoan

#endif
