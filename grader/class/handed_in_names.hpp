#ifndef QKOAN_GRADER_CLASS_HANDED_IN_NAMES_HPP
#define QKOAN_GRADER_CLASS_HANDED_IN_NAMES_HPP
/// @file
/// What the names of files and folders say, whoever chose them.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "course.hpp"

namespace qkoan {

/// Folders above a file that is wanted: no more are looked into.
constexpr std::size_t kDeepestFolder = 8;

/// What a file is to us.
enum class NameKind {
  kNothing,
  kLesson,          ///< alibi.cpp
  kAlmostLesson,    ///< Alibi.cpp, alibi (1).cpp: somebody meant it
  kArchive,         ///< work.zip
  kForeignArchive,  ///< work.rar: nobody reads it for us
};

struct NameMeaning {
  NameKind kind = NameKind::kNothing;
  std::string lesson;  ///< of the first two kinds
};

/// Knows the lessons of the course.
class HandedInNames {
 public:
  explicit HandedInNames(const Course& course);

  /// `name`: without folders.
  NameMeaning meaning(std::string_view name) const;

 private:
  std::vector<std::string> lessons_;
};

/// "work" of "work.tar.gz"; nothing if the name is not one of an archive that is read.
std::optional<std::string> archive_stem(std::string_view name);

/// The folders and the name of a path in an archive, without "." and empty parts; a backslash parts, too.
std::vector<std::string> path_parts(std::string_view path);

/// Why a path in an archive must not be used; empty if it may.
std::string path_fault(std::string_view path);

/// What systems and editors leave behind: .git, .DS_Store, __MACOSX.
bool is_left_behind(std::string_view name);

/// Who sent something that lies in the top folder of what a class handed in.
struct Sender {
  std::string student;
  std::string name;  ///< of the file, as the student called it; empty for a folder
  int version = 0;   ///< Canvas counts: alibi.cpp, alibi-1.cpp, alibi-2.cpp
};

Sender sender_of_folder(const std::string& folder);

/// Nothing if it is neither an archive nor a file as Moodle or Canvas names them.
std::optional<Sender> sender_of_file(const std::string& file);

}  // namespace qkoan

#endif
