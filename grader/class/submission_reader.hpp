#ifndef QKOAN_GRADER_CLASS_SUBMISSION_READER_HPP
#define QKOAN_GRADER_CLASS_SUBMISSION_READER_HPP
/// @file
/// One submission: its folders, its files, its archives.

#include <string>

#include "class/archive.hpp"
#include "class/findings.hpp"
#include "class/handed_in_names.hpp"

namespace qkoan {

/// Reads into Findings what is there for the lessons of the course. What is wrong is found, too: nothing
/// ends with an exception but what is wrong with this machine (Problem).
class SubmissionReader {
 public:
  SubmissionReader(const HandedInNames& names, const TextStore& store)
      : names_(names), store_(store) {}

  /// What a submission wants of a path in an archive; for folders kSkip.
  Want want(const std::string& path) const;

  /// A folder, and all in it.
  void read_folder(int parent, const std::string& name, Findings& findings) const;

  /// A file in a folder. `place`: what people call it.
  void read_file(int folder, const std::string& name, const std::string& place,
                 Findings& findings) const;

  /// What an archive has told. `depth`: of this archive; 0: it is that of the whole class.
  void take_entry(const ArchiveEntry& entry, const std::string& place, int depth,
                  Findings& findings) const;

 private:
  const HandedInNames& names_;
  const TextStore& store_;

  void walk(int folder, const std::string& place, std::size_t depth, Findings& findings) const;
  void take_text(const std::string& text, const std::string& place, Findings& findings) const;
  void unpack(int archive, const std::string& place, int depth, Findings& findings) const;
};

}  // namespace qkoan

#endif
