#ifndef QKOAN_GRADER_CLASS_REPORTS_HPP
#define QKOAN_GRADER_CLASS_REPORTS_HPP
/// @file
/// All reports on a class: gradebook.csv, class.html, and a file for each submission in students,
/// gradescope, classroom50 and junit.

#include <filesystem>
#include <string>

#include "class/class_tally.hpp"
#include "class/manifest.hpp"
#include "setup.hpp"

namespace qkoan {

/// What reports are made of. The same of it makes the same bytes.
struct ReportRequest {
  const Setup& setup;
  const CourseFile& file;
  const Manifest& manifest;
  RecordSource record;
  bool speed = false;         ///< this run has graded speed
  std::filesystem::path out;  ///< the folder with the manifest; texts lie in its folder "files"
};

/// Writes all of them; one submission is in memory at a time. Returns what to tell the person in front:
/// lines of text. Throws Problem if the disk is full.
std::string write_reports(const ReportRequest& request);

/// What lies in a class's folder.
struct FoundRecords {
  RecordSource record;  ///< of several for one text and lesson, the one that was written last
  bool speed = false;   ///< any of them has a verdict on speed
};

FoundRecords find_records(const std::filesystem::path& out);

}  // namespace qkoan

#endif
