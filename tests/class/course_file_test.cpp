/// @file
/// Course files: what is right is understood, and every mistake is told with its place.

#include "class/course_file.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "class/csv.hpp"
#include "files.hpp"
#include "problem.hpp"
#include "scratch.hpp"
#include "some_course.hpp"

using namespace qkoan;

namespace {

CourseFile read(const std::string& json, const std::string& table = "submission,student_id\n") {
  const Scratch scratch;
  BOOST_REQUIRE(write_atomically(scratch / "course.json", json).empty());
  BOOST_REQUIRE(write_atomically(scratch / "students.csv", table).empty());
  return read_course_file(scratch / "course.json", some_course());
}

struct Mistake {
  std::string json;
  std::string told;  ///< a part of what is said
};

std::ostream& operator<<(std::ostream& stream, const Mistake& mistake) {
  return stream << mistake.json;
}

const Mistake kMistakes[] = {
    {"{", "not valid JSON"},
    {"[]", "course.json, at $: [] is no object"},
    {R"({})", "$.assignment: is missing"},
    {R"({"assignment": 7})", "$.assignment: 7 is no text"},
    {R"({"assignment": "a", "duo": ""})", "no member \"duo\". Did you mean due?"},
    {R"({"assignment": "a", "due": "tomorrow", "late": "no points"})", "$.due: \"tomorrow\" is no"},
    {R"({"assignment": "a", "due": "2026-11-21T10:00:00", "late": "no points"})", "with its zone"},
    {R"({"assignment": "a", "due": "2026-11-21T10:00:00Z"})", "\"due\" needs \"late\""},
    {R"({"assignment": "a", "late": "no points"})", "$.late: needs \"due\""},
    {R"({"assignment": "a", "due": "2026-11-21T10:00:00Z", "late": "never"})",
     "Write \"no penalty\" or \"no points\""},
    {R"({"assignment": "a", "due": "2026-11-21T10:00:00Z", "late": {"percent_per_day": 101, "days": 1}})",
     "$.late.percent_per_day: 101 does not fit. Write a whole number from 0 to 100"},
    {R"({"assignment": "a", "due": "2026-11-21T10:00:00Z", "late": {"percent_per_day": 10}})",
     "$.late.days: is missing"},
    {R"({"assignment": "a", "lessons": {}})", "$.lessons: names no lesson"},
    {R"({"assignment": "a", "lessons": {"alibe": {}}})",
     "no lesson \"alibe\". Did you mean alibi?"},
    {R"({"assignment": "a", "lessons": {"alibi": {"tasks": {"slops": {}}}}})",
     "$.lessons.alibi.tasks: there is no task of alibi \"slops\". Did you mean slopes?"},
    {R"({"assignment": "a", "lessons": {"alibi": {"tasks": {}}}})", "names no task"},
    {R"({"assignment": "a", "lessons": {"alibi": {"tasks": {"row": {"points": -1}}}}})",
     "$.lessons.alibi.tasks.row.points: -1 does not fit"},
    {R"({"assignment": "a", "lessons": {"alibi": {"tasks": {"row": {"points": 0.125}}}}})",
     "0.125 does not fit"},
    {R"({"assignment": "a", "lessons": {"alibi": {"tasks": {"slopes": {"speed_points": 1}}}}})",
     "the speed of slopes is not graded"},
    {R"({"assignment": "a", "similarity_percent": 0})", "$.similarity_percent: 0 does not fit"},
    {R"({"assignment": "a", "students": "nobody.csv"})", "nobody.csv cannot be read"},
    {R"({"assignment": "a", "classroom50": {"classroom": "c", "assignment": "a"}})",
     "$.classroom50.assignment_type: is missing"},
    {R"({"assignment": "a", "lessons": {"alibi": {"tasks": {"row": {"points": 0.5}}}},
         "classroom50": {"classroom": "c", "assignment": "a", "assignment_type": "group"}})",
     "whole points only, and alibi, row has 0.5"},
};

const Mistake kTableMistakes[] = {
    {"", "students.csv is empty"},
    {"submission\n", "students.csv:1: there is no column \"student_id\""},
    {"submission,student_id,lastname\n", "Did you mean last_name?"},
    {"submission,student_id,email,email\n", "\"email\" is there twice"},
    {"submission,student_id\nada\n", "students.csv:2: 1 field, but the first line names 2 columns"},
    {"submission,student_id\nada,\n", "students.csv:2: \"submission\" and \"student_id\" must not"},
    {"submission,student_id\nada,1\nbob,1\n",
     "students.csv:3: the student_id \"1\" is that of line 2"},
    {"submission,student_id\n\"ada,1\n", "students.csv:2: a quotation mark has no partner"},
    {"submission,student_id\n\"ada\"x,1\n", "students.csv:2: text follows a quotation mark"},
    {"submission,student_id,submitted\nada,1,noon\n", "students.csv:2: \"noon\" is no time"},
    {"submission,student_id,submitted\nada,1,2026-11-21T10:00:00Z\nada,2,\n",
     "students.csv:3: the submission \"ada\" has another time in line 2"},
};

void expect_told(const Mistake& mistake, const std::function<void()>& call) {
  BOOST_CHECK_EXCEPTION(call(), Problem, [&](const Problem& problem) {
    BOOST_TEST_MESSAGE(problem.what());
    return std::string(problem.what()).find(mistake.told) != std::string::npos;
  });
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_whole_course_file) {
  const CourseFile file =
      read(R"({
    "assignment": "biases", "title": "Biases & masks", "due": "2026-11-21T23:59:00+01:00",
    "late": {"grace_minutes": 15, "percent_per_day": 10, "days": 3},
    "lessons": {"kerple": {}, "alibi": {"tasks": {"row": {"points": 2.5, "speed_points": 0}, "slopes": {}}}},
    "students": "students.csv", "similarity_percent": 75})",
           "\xef\xbb\xbfsubmission,student_id,last_name,submitted\r\n"
           "ada,17,\"Love\"\"lace, Ada\",2026-11-21T10:00Z\r\n\r\nbob, 18 ,,\r\n");
  BOOST_TEST(file.title == "Biases & masks");
  BOOST_TEST(in_utc(file.due.value()) == "2026-11-21T22:59:00Z");
  BOOST_TEST(file.late.days == 3);
  BOOST_REQUIRE(file.lessons.size() == 2u);
  BOOST_TEST(file.lessons[0].name == "alibi");  // in the course's order
  BOOST_REQUIRE(file.lessons[0].tasks.size() == 2u);
  BOOST_TEST(file.lessons[0].tasks[0].points == 100);
  BOOST_TEST(file.lessons[0].tasks[1].points == 250);
  BOOST_TEST(file.lessons[0].tasks[1].number == 2);
  BOOST_TEST(file.lessons[1].tasks[0].points == 300);
  BOOST_TEST(file.lessons[1].tasks[0].speed_points == 200);
  BOOST_REQUIRE(file.people.size() == 2u);
  BOOST_TEST(file.people[0].last_name == "Love\"lace, Ada");
  BOOST_TEST(in_utc(file.people[0].submitted.value()) == "2026-11-21T10:00:00Z");
  BOOST_TEST(file.people[1].student_id == "18");
  BOOST_TEST(!file.people[1].submitted.has_value());
}

BOOST_AUTO_TEST_CASE(without_a_course_file) {
  const CourseFile file = default_course_file(some_course());
  BOOST_TEST(file.lessons.size() == 2u);
  BOOST_TEST(file.lessons[0].tasks.size() == 3u);
  BOOST_TEST(!file.due.has_value());
}

BOOST_DATA_TEST_CASE(mistakes_are_told, boost::unit_test::data::make(kMistakes), mistake) {
  expect_told(mistake, [&] { read(mistake.json); });
}

BOOST_DATA_TEST_CASE(mistakes_in_the_table_are_told, boost::unit_test::data::make(kTableMistakes),
                     mistake) {
  expect_told(mistake,
              [&] { read(R"({"assignment": "a", "students": "students.csv"})", mistake.json); });
}

BOOST_AUTO_TEST_CASE(times) {
  BOOST_TEST(in_utc(read_time("2026-11-21T23:59+01:00").value()) == "2026-11-21T22:59:00Z");
  BOOST_TEST(in_utc(read_time("2026-03-01 00:00:00.987 +0530").value()) == "2026-02-28T18:30:00Z");
  BOOST_TEST(in_utc(read_time("1969-12-31T23:59:59Z").value()) == "1969-12-31T23:59:59Z");
  for (const char* wrong :
       {"", "2026-11-21", "2026-11-21T10:00", "2026-02-29T10:00Z", "2026-11-21T24:00Z",
        "2026-11-21T10:00:00+99:00", "2026-11-21T10:00:00Zulu"})
    BOOST_TEST(!read_time(wrong).has_value(), wrong);
}

BOOST_AUTO_TEST_CASE(lines_of_a_table) {
  BOOST_TEST(csv_line({"a", "b,c", "say \"no\""}) == "\"a\",\"b,c\",\"say \"\"no\"\"\"\r\n");
  BOOST_TEST(csv_line({"=1+1", " @SUM(A1)", "-2", "+x", "Ada"}) ==
             "\"'=1+1\",\"' @SUM(A1)\",\"'-2\",\"'+x\",\"Ada\"\r\n");
  BOOST_TEST(csv_line({"＝1"}) == "\"'＝1\"\r\n");
  BOOST_TEST(csv_line({"\t=1", "a\nb"}) == "\"'  =1\",\"a\\x0ab\"\r\n");
}
