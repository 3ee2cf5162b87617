#include "class/csv.hpp"

#include "problem.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

/// Reads fields from the front of a text.
class CsvReader {
 public:
  CsvReader(std::string_view text, const std::string& shown) : left_(text), shown_(shown) {
    if (left_.starts_with("\xef\xbb\xbf")) left_.remove_prefix(3);
  }

  bool at_end() const { return left_.empty(); }

  CsvRow row() {
    CsvRow row{line_, {}};
    for (;;) {
      row.fields.push_back(left_.starts_with('"') ? quoted() : plain());
      if (!left_.starts_with(',')) break;
      left_.remove_prefix(1);
    }
    if (left_.starts_with('\r')) left_.remove_prefix(1);
    if (left_.starts_with('\n')) left_.remove_prefix(1);
    ++line_;
    return row;
  }

 private:
  std::string plain() {
    const std::size_t end = std::min(left_.find_first_of(",\r\n"), left_.size());
    const std::string field = trim(left_.substr(0, end));
    left_.remove_prefix(end);
    return field;
  }

  std::string quoted() {
    const int opened = line_;
    std::string field;
    left_.remove_prefix(1);
    for (;;) {
      if (left_.empty()) complain(opened, "a quotation mark has no partner.");
      const char c = left_.front();
      left_.remove_prefix(1);
      if (c == '"' && !left_.starts_with('"')) break;
      if (c == '"') left_.remove_prefix(1);
      if (c == '\n') ++line_;
      field += c;
    }
    if (!left_.empty() && left_.find_first_of(",\r\n") != 0)
      complain(line_, "text follows a quotation mark. Inside of quotations, write \"\" for one.");
    return field;
  }

  [[noreturn]] void complain(int line, const std::string& what) const {
    throw Problem(shown_ + ":" + std::to_string(line) + ": " + what);
  }

  std::string_view left_;
  std::string shown_;
  int line_ = 1;
};

/// Spreadsheets skip spaces before a formula; those of East Asia take wide characters, too.
bool is_formula(const std::string& text) {
  const std::string begin = trim(text);
  for (const std::string_view sign : {"=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠"}) {
    if (begin.starts_with(sign)) return true;
  }
  return false;
}

}  // namespace

std::vector<CsvRow> read_csv(std::string_view text, const std::string& shown) {
  std::vector<CsvRow> rows;
  CsvReader reader(text, shown);
  while (!reader.at_end()) {
    CsvRow row = reader.row();
    if (row.fields.size() > 1 || !row.fields.front().empty()) rows.push_back(std::move(row));
  }
  return rows;
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (const std::string& field : fields) {
    line += (line.empty() ? "\"" : ",\"") + std::string(is_formula(printable(field)) ? "'" : "");
    for (const char c : printable(field)) line += c == '"' ? "\"\"" : std::string(1, c);
    line += '"';
  }
  return line + "\r\n";
}

}  // namespace qkoan
