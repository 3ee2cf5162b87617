/// @file
/// Points: a table of what everybody must get.

#include "class/points.hpp"

#include <boost/test/unit_test.hpp>

#include "sha256.hpp"
#include "some_course.hpp"

using namespace qkoan;

namespace {

/// A record of alibi: a letter for each task. p passed and fast, s passed and slow, i passed and nobody
/// knows how fast, w passed and wrong in a race, r passed and not raced, f failed, u unwritten, n not run.
GradeRecord record_of(const std::string& letters) {
  const char* const names[] = {"slopes", "row", "bias"};
  GradeRecord record;
  record.compiled = true;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    TaskGrade grade;
    grade.task = names[i];
    const char letter = letters[i];
    grade.result = letter == 'f' || letter == 'u' ? Result::kFailed
                   : letter == 'n'                ? Result::kNotRun
                                                  : Result::kPassed;
    grade.kind = letter == 'u' ? "unsolved" : "wrong";
    grade.message = "wrong by 1";
    grade.because = letter == 'n' ? names[i - 1] : "";
    if (letter == 'p') grade.pace = Pace::kFast;
    if (letter == 's') grade.pace = Pace::kSlow;
    if (letter == 'i') grade.pace = Pace::kInconclusive;
    if (letter == 'w') {
      grade.pace = Pace::kSlow;
      grade.speed_why = "wrong in a race";
    }
    record.tasks.push_back(grade);
  }
  return record;
}

Score score(const std::optional<GradeRecord>& record, const std::string& submitted = "",
            const CourseFile& file = default_course_file(some_course()), bool speed = true) {
  Submission submission;
  submission.submitted = submitted;
  submission.files = {{"alibi", sha256("")}};
  return score_of(submission, file, [&](const HandedIn&) { return record; }, speed, std::nullopt);
}

CourseFile due(LatePolicy late) {
  CourseFile file = default_course_file(some_course());
  file.due = read_time("2026-11-21T12:00:00Z");
  file.late = late;
  return file;
}

const LatePolicy kByDays{LatePolicy::Kind::kByDays, 15, 10, 3};

}  // namespace

BOOST_AUTO_TEST_CASE(the_golden_table) {
  // alibi has 1 + (1 + 1 for speed) + 1, kerple 3 + 2 points, and nobody has handed in kerple.
  const struct {
    const char* letters;
    Hundredths points;
    const char* reason_of_second;
    const char* speed_reason_of_second;
  } rows[] = {
      {"ppp", 400, "", ""},
      {"psp", 300, "", "too slow"},
      {"pip", 300, "", "no verdict on its speed: judge it again"},
      {"pwp", 300, "", "wrong in a race"},
      {"prp", 300, "", "not raced"},
      {"pfn", 100, "wrong by 1", "only what is right is raced"},
      {"fnn", 0, "not run: it builds on slopes", "only what is right is raced"},
      {"pup", 200, "not written yet", "only what is right is raced"},
      {"p", 100, "the record does not know this task", "the record does not know this task"},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.letters) {
      const Score got = score(record_of(row.letters));
      BOOST_TEST(got.points == row.points);
      BOOST_TEST(got.raw == row.points);
      BOOST_TEST(got.of == 900);
      BOOST_TEST(got.lessons[0].tasks[1].reason == row.reason_of_second);
      BOOST_TEST(got.lessons[0].tasks[1].speed_reason == row.speed_reason_of_second);
      BOOST_TEST(got.lessons[1].tasks[0].reason == "not handed in");
    }
  }
}

BOOST_AUTO_TEST_CASE(what_was_not_judged_has_no_points_and_a_reason) {
  BOOST_TEST(score(std::nullopt).lessons[0].tasks[0].reason == "not judged yet");
  GradeRecord record = record_of("ppp");
  record.compiled = false;
  BOOST_TEST(score(record).points == 0);
  BOOST_TEST(score(record).lessons[0].tasks[0].reason == "it does not compile");
  record.broken = "the suite is missing";
  BOOST_TEST(score(record).points == 0);
  BOOST_TEST(score(record).lessons[0].tasks[0].reason ==
             "it could not be judged: the suite is missing");
}

BOOST_AUTO_TEST_CASE(speed_that_was_not_graded_does_not_count) {
  const Score got = score(record_of("rrr"), "", default_course_file(some_course()), false);
  BOOST_TEST(got.points == 300);
  BOOST_TEST(got.of == 600);
  BOOST_TEST(got.lessons[0].tasks[1].speed_reason == "");
}

BOOST_AUTO_TEST_CASE(lateness) {
  const struct {
    const char* submitted;
    bool late;
    long days;
    long percent;
  } rows[] = {{"2026-11-21T11:59:59Z", false, 0, 0},      {"2026-11-21T12:00:00Z", false, 0, 0},
              {"2026-11-21T12:15:00Z", false, 0, 0},      {"2026-11-21T12:15:01Z", true, 1, 10},
              {"2026-11-21T23:00:00+00:00", true, 1, 10}, {"2026-11-22T12:00:00Z", true, 1, 10},
              {"2026-11-22T12:00:01Z", true, 2, 20},      {"2026-11-24T12:00:00Z", true, 3, 30},
              {"2026-11-24T12:00:01Z", true, 4, 100}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.submitted) {
      const Lateness got = lateness_of(row.submitted, due(kByDays));
      BOOST_TEST(got.late == row.late);
      BOOST_TEST(got.days == row.days);
      BOOST_TEST(got.percent == row.percent);
    }
  }
  const std::string after = "2026-11-21T12:00:01Z";
  BOOST_TEST(lateness_of(after, due({LatePolicy::Kind::kNoPoints})).percent == 100);
  BOOST_TEST(lateness_of(after, due({LatePolicy::Kind::kNoPenalty})).percent == 0);
  BOOST_TEST(lateness_of(after, due({LatePolicy::Kind::kNoPenalty})).late);
  BOOST_TEST(!lateness_of(after, default_course_file(some_course())).late);
  BOOST_TEST(lateness_of("", due(kByDays)).unknown);
  BOOST_TEST(lateness_of("", due(kByDays)).percent == 0);
}

BOOST_AUTO_TEST_CASE(penalties_are_rounded_for_the_student) {
  CourseFile file = due({LatePolicy::Kind::kByDays, 0, 33, 3});
  file.lessons[0].tasks[0].points = 105;  // 1.05 points
  file.lessons[0].tasks.resize(1);
  const Score got = score(record_of("p"), "2026-11-21T13:00:00Z", file);
  BOOST_TEST(got.raw == 105);
  BOOST_TEST(got.penalty == 34);  // 34.65 hundredths
  BOOST_TEST(got.points == 71);
}

BOOST_AUTO_TEST_CASE(a_time_from_the_table_decides) {
  Submission submission;
  submission.submitted = "2026-11-30T12:00:00Z";
  const Score got = score_of(
      submission, due(kByDays), [](const HandedIn&) { return std::nullopt; }, false,
      read_time("2026-11-21T13:00:00+01:00"));
  BOOST_TEST(got.lateness.submitted == "2026-11-21T12:00:00Z");
  BOOST_TEST(!got.lateness.late);
}

BOOST_AUTO_TEST_CASE(points_in_words) {
  BOOST_TEST(in_points(0) == "0");
  BOOST_TEST(in_points(300) == "3");
  BOOST_TEST(in_points(250) == "2.5");
  BOOST_TEST(in_points(205) == "2.05");
  BOOST_TEST(in_points(5) == "0.05");
}
