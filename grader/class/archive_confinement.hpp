#ifndef QKOAN_GRADER_CLASS_ARCHIVE_CONFINEMENT_HPP
#define QKOAN_GRADER_CLASS_ARCHIVE_CONFINEMENT_HPP
/// @file
/// What a process that reads an archive may do.

namespace qkoan {

/// From here on this process can use memory, read `descriptor`, and write to `answers`, for so many seconds
/// of processor time (0: without end). Whether that is so.
bool confine_reader(int descriptor, int answers, int seconds);

}  // namespace qkoan

#endif
