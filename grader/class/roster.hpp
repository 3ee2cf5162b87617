#ifndef QKOAN_GRADER_CLASS_ROSTER_HPP
#define QKOAN_GRADER_CLASS_ROSTER_HPP
/// @file
/// The table of students beside a course file: which person a submission belongs to.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "class/iso_time.hpp"

namespace qkoan {

/// One row. What the table does not have is empty.
struct Person {
  std::string submission;  ///< name of the folder or archive; a group's stands in several rows
  std::string student_id;
  std::string last_name;
  std::string first_name;
  std::string email;
  std::optional<Instant> submitted;  ///< in place of what the submission says
  std::string owner;                 ///< for Classroom 50: the account on the git host,
  std::string tag;                   ///< "submit/2026-11-21T19-46-05Z-1a2b3c4",
  std::string commit;                ///< and links
  std::string release;
  std::string review;

  /// "Lovelace, Ada", or what else there is.
  std::string name() const;
};

/// "Lovelace, Ada; Babbage, Charles", or the submission's name.
std::string names_of(const std::string& submission, const std::vector<Person>& people);

/// Reads the CSV file. Its first row names the columns, as the members are named; `submission` and
/// `student_id` must be there. Throws Problem: file, line, what is wrong, what to do.
std::vector<Person> read_roster(const std::filesystem::path& file);

}  // namespace qkoan

#endif
