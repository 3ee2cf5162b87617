#include "class/roster.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "class/csv.hpp"
#include "files.hpp"
#include "problem.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

/// A column and where its fields go; times are read apart.
struct RosterColumn {
  const char* name;
  std::string Person::* member;
};

constexpr const char* kSubmitted = "submitted";
constexpr RosterColumn kRosterColumns[] = {
    {"submission", &Person::submission}, {"student_id", &Person::student_id},
    {"last_name", &Person::last_name},   {"first_name", &Person::first_name},
    {"email", &Person::email},           {kSubmitted, nullptr},
    {"owner", &Person::owner},           {"tag", &Person::tag},
    {"commit", &Person::commit},         {"release", &Person::release},
    {"review", &Person::review}};

std::string place_in(const std::string& shown, int line) {
  return shown + ":" + std::to_string(line) + ": ";
}

/// The columns of this file, in its order. Throws Problem.
std::vector<RosterColumn> read_heading(const CsvRow& heading, const std::string& shown) {
  std::vector<std::string> names;
  for (const RosterColumn& column : kRosterColumns) names.push_back(column.name);
  std::vector<RosterColumn> columns;
  std::set<std::string> seen;
  for (const std::string& field : heading.fields) {
    const auto found = std::find(names.begin(), names.end(), field);
    const std::string quoted = "\"" + clip(printable(field), 60) + "\"";
    if (found == names.end()) {
      const std::vector<std::string> near = nearest(field, names);
      throw Problem(place_in(shown, heading.line) + "there is no column " + quoted + "." +
                    (near.empty() ? "" : " Did you mean " + join(near, " or ") + "?") +
                    "\nThere are: " + join(names));
    }
    if (!seen.insert(field).second)
      throw Problem(place_in(shown, heading.line) + "the column " + quoted + " is there twice.");
    columns.push_back(kRosterColumns[found - names.begin()]);
  }
  for (const char* const needed : {"submission", "student_id"}) {
    if (!seen.contains(needed))
      throw Problem(place_in(shown, heading.line) + "there is no column \"" + needed +
                    "\". The first line names the columns.");
  }
  return columns;
}

Person read_person(const CsvRow& row, const std::vector<RosterColumn>& columns,
                   const std::string& shown) {
  if (row.fields.size() != columns.size())
    throw Problem(
        place_in(shown, row.line) + plural(static_cast<long>(row.fields.size()), "field") +
        ", but the first line names " + plural(static_cast<long>(columns.size()), "column") + ".");
  Person person;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].member) {
      person.*columns[i].member = row.fields[i];
    } else if (!row.fields[i].empty()) {
      person.submitted = read_time(row.fields[i]);
      if (!person.submitted)
        throw Problem(place_in(shown, row.line) + "\"" + clip(printable(row.fields[i]), 40) +
                      "\" is no time. Write it as 2026-11-21T23:59:00+01:00, with its zone.");
    }
  }
  if (person.submission.empty() || person.student_id.empty())
    throw Problem(place_in(shown, row.line) +
                  "\"submission\" and \"student_id\" must not be empty.");
  return person;
}

/// Throws Problem if rows contradict each other.
void check_roster(const std::vector<Person>& people, const std::vector<int>& lines,
                  const std::string& shown) {
  std::map<std::string, int> ids;
  std::map<std::string, std::pair<int, std::optional<Instant>>> times;
  for (std::size_t i = 0; i < people.size(); ++i) {
    const auto [id, new_id] = ids.emplace(people[i].student_id, lines[i]);
    if (!new_id)
      throw Problem(place_in(shown, lines[i]) + "the student_id \"" +
                    printable(people[i].student_id) + "\" is that of line " +
                    std::to_string(id->second) + ", too. Every student has one row.");
    const auto [time, new_time] =
        times.emplace(people[i].submission, std::pair(lines[i], people[i].submitted));
    if (!new_time && time->second.second != people[i].submitted)
      throw Problem(place_in(shown, lines[i]) + "the submission \"" +
                    printable(people[i].submission) + "\" has another time in line " +
                    std::to_string(time->second.first) + ". A group hands in once.");
  }
}

}  // namespace

std::string Person::name() const {
  if (last_name.empty() && first_name.empty()) return student_id;
  return last_name + (last_name.empty() || first_name.empty() ? "" : ", ") + first_name;
}

std::string names_of(const std::string& submission, const std::vector<Person>& people) {
  std::vector<std::string> names;
  for (const Person& person : people) names.push_back(person.name());
  return names.empty() ? submission : join(names, "; ");
}

std::vector<Person> read_roster(const std::filesystem::path& file) {
  const std::string shown = printable(file.string());
  const std::optional<std::string> text = read_file(file);
  if (!text)
    throw Problem(shown + " cannot be read. It is the table of students of the course file.");
  const std::vector<CsvRow> rows = read_csv(*text, shown);
  if (rows.empty()) throw Problem(shown + " is empty. Its first line names the columns.");
  const std::vector<RosterColumn> columns = read_heading(rows.front(), shown);
  std::vector<Person> people;
  std::vector<int> lines;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    people.push_back(read_person(rows[i], columns, shown));
    lines.push_back(rows[i].line);
  }
  check_roster(people, lines, shown);
  return people;
}

}  // namespace qkoan
