#ifndef QKOAN_GRADER_CLASS_CSV_HPP
#define QKOAN_GRADER_CLASS_CSV_HPP
/// @file
/// Tables as spreadsheets exchange them (RFC 4180).

#include <string>
#include <string_view>
#include <vector>

namespace qkoan {

struct CsvRow {
  int line = 0;  ///< where it begins, from 1
  std::vector<std::string> fields;
};

/// Rows that are not empty; a byte order mark is skipped, lines end with or without a carriage return.
/// Throws Problem with the line if a quotation has no end; `shown` names the file.
std::vector<CsvRow> read_csv(std::string_view text, const std::string& shown);

/// One line, every field quoted. What a spreadsheet would take for a formula begins with an apostrophe,
/// and control characters are made visible: names of students are nothing to be executed.
std::string csv_line(const std::vector<std::string>& fields);

}  // namespace qkoan

#endif
