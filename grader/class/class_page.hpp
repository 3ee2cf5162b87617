#ifndef QKOAN_GRADER_CLASS_CLASS_PAGE_HPP
#define QKOAN_GRADER_CLASS_CLASS_PAGE_HPP
/// @file
/// The page on a class, for whoever teaches it. It names students, seeds and resemblances: it is not for
/// students.

#include <string>
#include <vector>

#include "class/class_tally.hpp"
#include "class/html.hpp"
#include "class/similarity.hpp"

namespace qkoan {

std::string render_class_page(const ClassTally& tally, const CourseFile& file,
                              const Manifest& manifest, const std::vector<Similar>& similar);

// Its sections; what has nothing to tell says so, or is empty.
Html points_section(const ClassTally& tally);
Html attention_section(const ClassTally& tally, const CourseFile& file, const Manifest& manifest);
Html tasks_section(const ClassTally& tally);
Html mistakes_section(const ClassTally& tally);
Html uncompiled_section(const ClassTally& tally);
Html speed_section(const ClassTally& tally);
Html similarity_section(const std::vector<Similar>& similar, const CourseFile& file,
                        const Manifest& manifest, const ClassTally& tally);
Html run_section(const ClassTally& tally);
Html students_section(const ClassTally& tally, const CourseFile& file);

/// A link to a student's page.
Html link_to_student(const std::string& id, const std::string& name);

/// The first row of a table: names above texts, and behind them names above numbers.
Html headings(const std::vector<std::string>& of_texts,
              const std::vector<std::string>& of_numbers = {});
Html cell(std::string_view text);
Html number_cell(std::string_view text);

}  // namespace qkoan

#endif
