#ifndef QKOAN_GRADER_CLASS_CLASS_ARCHIVE_HPP
#define QKOAN_GRADER_CLASS_CLASS_ARCHIVE_HPP
/// @file
/// One archive of what a whole class handed in.

#include <string>

#include "class/class_rows.hpp"
#include "class/submission_reader.hpp"

namespace qkoan {

/// Reads it twice: who is in it, then what. Throws Problem if it is damaged. `shown`: its name for people.
void read_class_archive(int archive, const std::string& shown, const SubmissionReader& reader,
                        ClassRows& rows);

/// Whether a folder with this in it is what a learning platform exports, and no student's.
bool is_export_entry(const std::string& name, bool is_folder);

}  // namespace qkoan

#endif
