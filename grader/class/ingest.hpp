#ifndef QKOAN_GRADER_CLASS_INGEST_HPP
#define QKOAN_GRADER_CLASS_INGEST_HPP
/// @file
/// Reads what a class handed in. docs/grading_a_class.md says what it may be.

#include <filesystem>

#include "class/manifest.hpp"
#include "course.hpp"

namespace qkoan {

/// Finds the files of this course's lessons in `submissions`, puts their texts into `out`/files, and
/// lists them in `out`/manifest.json. What is wrong with a submission stands in its row. Throws
/// Problem if `submissions` cannot be read, or `out` not be written.
Manifest ingest(const Course& course, const std::filesystem::path& submissions,
                const std::filesystem::path& out);

}  // namespace qkoan

#endif
