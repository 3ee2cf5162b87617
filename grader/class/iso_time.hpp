#ifndef QKOAN_GRADER_CLASS_ISO_TIME_HPP
#define QKOAN_GRADER_CLASS_ISO_TIME_HPP
/// @file
/// Points in time, as people and files write them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qkoan {

/// Seconds since 1970-01-01T00:00:00Z.
using Instant = std::int64_t;

/// "2026-11-21T23:59+01:00", "2026-11-21T22:59:00Z", "2026-11-21 22:59:00.123456 +0000": a date, a time and a
/// zone, of which the last must be there. Parts of a second are left out. Nothing if it is not one.
std::optional<Instant> read_time(std::string_view text);

/// "2026-11-21T22:59:00Z"
std::string in_utc(Instant time);

}  // namespace qkoan

#endif
