#include "class/reports.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <set>

#include "class/class_page.hpp"
#include "class/machine_class_reports.hpp"
#include "class/speed_record.hpp"
#include "class/student_page.hpp"
#include "files.hpp"
#include "problem.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void cannot_report(const fs::path& file, const std::string& reason) {
  throw Problem(
      "Cannot write " + file.string() + ": " + reason +
      ".\nMake room, and give the same command with --report-only: nothing is judged again.");
}

/// A folder of reports, which takes the place of an older one when it is whole.
class ReportFolder {
 public:
  ReportFolder(const fs::path& out, const std::string& name)
      : target_(out / name), fresh_(out / ("." + name + ".new")) {
    std::error_code error;
    fs::remove_all(fresh_, error);
    fs::create_directories(fresh_, error);
    if (error) cannot_report(fresh_, error.message());
  }

  /// These are quickly made again: they are not flushed one by one.
  void write(const std::string& name, const std::string& content) {
    errno = 0;
    std::ofstream stream(fresh_ / name, std::ios::binary);
    stream << content;
    stream.close();
    if (!stream) cannot_report(target_ / name, std::strerror(errno));
  }

  void finish() {
    std::error_code error;
    fs::remove_all(target_, error);
    fs::rename(fresh_, target_, error);
    if (error) cannot_report(target_, error.message());
  }

 private:
  fs::path target_;
  fs::path fresh_;
};

using PeopleOf = std::map<std::string, std::vector<Person>>;

PeopleOf people_of_submissions(const CourseFile& file) {
  PeopleOf people;
  for (const Person& person : file.people) people[person.submission].push_back(person);
  return people;
}

/// In the table of students, but without a submission.
std::vector<Person> absent_people(const CourseFile& file, const Manifest& manifest) {
  std::set<std::string> present;
  for (const Submission& submission : manifest.submissions) present.insert(submission.student);
  std::vector<Person> absent;
  for (const Person& person : file.people) {
    if (!present.contains(person.submission)) absent.push_back(person);
  }
  return absent;
}

/// The folders with a file for each submission.
class SubmissionReports {
 public:
  SubmissionReports(const fs::path& out, const CourseFile& file)
      : file_(file),
        students_(out, "students"),
        gradescope_(out, "gradescope"),
        classroom50_(out, "classroom50"),
        junit_(out, "junit") {}

  /// Returns what Classroom 50 lacks.
  std::string write(const Score& score, const std::vector<Person>& people) {
    students_.write(score.id + ".html", render_student_page(score, file_, people));
    gradescope_.write(score.id + ".json", render_gradescope(score));
    junit_.write(score.id + ".xml", render_class_junit(score));
    if (!file_.classroom50) return "";
    std::string missing;
    const std::optional<std::string> result = render_classroom50(score, file_, people, missing);
    if (result) classroom50_.write(score.id + ".json", *result);
    return missing;
  }

  void finish() {
    for (ReportFolder* folder : {&students_, &gradescope_, &classroom50_, &junit_})
      folder->finish();
  }

 private:
  const CourseFile& file_;
  ReportFolder students_;
  ReportFolder gradescope_;
  ReportFolder classroom50_;
  ReportFolder junit_;
};

void write_report(const fs::path& file, const std::string& content) {
  const std::string reason = write_atomically(file, content);
  if (!reason.empty()) cannot_report(file, reason);
}

/// Speeds by the keys of their verdicts; of several, the one that was written last.
class FoundSpeeds {
 public:
  explicit FoundSpeeds(const fs::path& folder) {
    std::error_code error;
    for (fs::recursive_directory_iterator entry(folder, error), end; entry != end;
         entry.increment(error)) {
      const std::optional<SpeedRecord> record = read_speed_record(entry->path());
      if (!record) continue;
      const std::pair candidate(entry->last_write_time(error), entry->path());
      const auto [kept, first] = newest_.emplace(record->conditions.record, candidate);
      if (!first && kept->second < candidate) kept->second = candidate;
    }
  }
  bool empty() const { return newest_.empty(); }
  void join(GradeRecord& record) const {
    const auto one = newest_.find(record.conditions.key());
    if (one == newest_.end()) return;
    const std::optional<SpeedRecord> speed = read_speed_record(one->second.second);
    if (speed) add_speed(record, *speed);
  }

 private:
  std::map<std::string, std::pair<fs::file_time_type, fs::path>> newest_;
};

std::string summary(const ClassTally& tally, const fs::path& out) {
  const auto count = [](std::size_t number, std::string_view noun) {
    return plural(static_cast<long>(number), noun);
  };
  std::string text = count(tally.students.size(), "submission") + ": " +
                     count(tally.attention.size(), "thing") + " to look after, " +
                     std::to_string(tally.uncompiled.size()) + " not compiled.\n";
  text += "For you:      " + (out / "class.html").string() + ", and gradebook.csv beside it\n";
  return text + "For students: the files in " + (out / "students").string() + "\n";
}

}  // namespace

std::string write_reports(const ReportRequest& request) {
  const CourseFile& file = request.file;
  PeopleOf people = people_of_submissions(file);
  ClassTally tally(file, request.speed);
  tally.absent = absent_people(file, request.manifest);
  SubmissionReports reports(request.out, file);
  for (const Submission& submission : request.manifest.submissions) {
    const std::vector<Person>& persons = people[submission.student];
    const std::optional<Instant> submitted =
        persons.empty() ? std::nullopt : persons.front().submitted;
    const Score score = score_of(submission, file, request.record, request.speed, submitted);
    const std::string missing = reports.write(score, persons);
    tally.add(score, persons, file);
    if (!missing.empty())
      tally.attention.push_back(
          {score.id, score.student, "",
           "no file for Classroom 50: the table of students has no " + missing});
  }
  const std::vector<Similar> similar =
      find_similar(request.manifest, file, request.out / "files", request.setup);
  reports.finish();
  write_report(request.out / "gradebook.csv", render_gradebook(tally, file));
  write_report(request.out / "class.html",
               render_class_page(tally, file, request.manifest, similar));
  return summary(tally, request.out);
}

FoundRecords find_records(const fs::path& out) {
  using Key = std::pair<std::string, std::string>;
  std::map<Key, std::pair<fs::file_time_type, fs::path>> newest;
  const FoundSpeeds speeds(out / "speed");
  FoundRecords found;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(out / "results", error), end; entry != end;
       entry.increment(error)) {
    if (!entry->is_regular_file(error) || entry->path().extension() != ".json") continue;
    const std::optional<GradeRecord> record = read_record(entry->path());
    if (!record) continue;
    const std::pair candidate(entry->last_write_time(error), entry->path());
    const Key text(record->conditions.lesson, record->conditions.content);
    const auto [kept, first] = newest.emplace(text, candidate);
    if (!first && kept->second < candidate) kept->second = candidate;
    for (const TaskGrade& grade : record->tasks) found.speed = found.speed || grade.pace;
  }
  found.speed = found.speed || !speeds.empty();
  found.record = [newest, speeds](const HandedIn& file) -> std::optional<GradeRecord> {
    const auto one = newest.find({file.lesson, file.content});
    if (one == newest.end()) return std::nullopt;
    std::optional<GradeRecord> record = read_record(one->second.second);
    if (record) speeds.join(*record);
    return record;
  };
  return found;
}

}  // namespace qkoan
