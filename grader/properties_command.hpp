#ifndef QKOAN_GRADER_PROPERTIES_COMMAND_HPP
#define QKOAN_GRADER_PROPERTIES_COMMAND_HPP
/// @file
/// `properties`: judge what must hold for all inputs (invariances, symmetries, agreement of two
/// forms), on many generated cases and on any implementation.

#include "arguments.hpp"
#include "session.hpp"

namespace qkoan {

/// Judges the properties of the lessons named, or of all, and prints a table or JSON:
///
///     {"schema": "qkoan/properties/1", "version": "...", "holds": false, "seed": "7", "cases": 100,
///      "lessons": [{"lesson": "alibi", "implementation": "solution", "broken": "", "properties": [
///        {"task": "alibi_bias", "property": "depends_on_offset_only", "says": "...", "cases": 100,
///         "result": "holds" | "fails" | "not_run", "failure": {...}}]}]}
Async<int> properties_command(Session& session, Arguments arguments);

}  // namespace qkoan

#endif
