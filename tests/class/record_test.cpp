/// @file
/// Records of verdicts: what is read is what was written, and only if nobody has touched it.

#include "class/record.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <thread>

#include "class/speed_record.hpp"
#include "files.hpp"
#include "problem.hpp"
#include "scratch.hpp"
#include "sha256.hpp"

using namespace qkoan;
namespace fs = std::filesystem;

namespace {

GradeRecord some_record() {
  GradeRecord record;
  record.conditions = {"alibi", sha256("a text"),       sha256("suite"),      "g++ 12",
                       "2 s",   "namespaces, Landlock", 18446744073709551615u};
  record.compiled = true;
  record.compiler_says = "warning: \"x\" & <y>\n";
  record.compile_seconds = 0.125;
  TaskGrade right;
  right.task = "dot";
  right.points = 2;
  right.speed_points = 3;
  right.result = Result::kPassed;
  right.pace = Pace::kSlow;
  right.speed_ratio = 3.5;
  right.speed_required = 4;
  TaskGrade wrong;
  wrong.task = "score";
  wrong.number = 2;
  wrong.result = Result::kFailed;
  wrong.kind = "wrong";
  wrong.report = "expected 1\ngot      2\n";
  wrong.bug = "no_scale";
  record.tasks = {right, wrong, TaskGrade()};
  record.tasks.back().task = "scores";
  record.tasks.back().because = "score";
  return record;
}

fs::path file_of(const GradeRecord& record, const fs::path& results) {
  return record_file(results, record.conditions.key());
}

void replace_in(const fs::path& file, const std::string& what, const std::string& by) {
  std::string text = read_file(file).value();
  BOOST_REQUIRE(text.find(what) != std::string::npos);
  text.replace(text.find(what), what.size(), by);
  BOOST_REQUIRE(write_atomically(file, text).empty());
}

}  // namespace

BOOST_AUTO_TEST_CASE(names_of_contents) {
  BOOST_TEST(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  BOOST_TEST(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  BOOST_TEST(is_sha256(sha256("")));
  BOOST_TEST(!is_sha256(sha256("").substr(1)));
  BOOST_TEST(!is_sha256("../../../../../../../../../../../../../../../../../../etc/passwd.."));
}

BOOST_AUTO_TEST_CASE(every_condition_decides) {
  const Conditions one = some_record().conditions;
  std::vector<Conditions> others(7, one);
  others[0].lesson += "x";
  others[1].content = sha256("another text");
  others[2].harness += "x";
  others[3].compiler += "x";
  others[4].limits += "x";
  others[5].tier += "x";
  others[6].seed = 1;
  BOOST_TEST(is_sha256(one.key()));
  BOOST_TEST(one.key() == some_record().conditions.key());
  for (const Conditions& other : others) BOOST_TEST(other.key() != one.key());
}

BOOST_AUTO_TEST_CASE(what_is_read_was_written) {
  const Scratch scratch;
  const GradeRecord record = some_record();
  publish(record, scratch / "results");
  const fs::path file = file_of(record, scratch / "results");
  const std::optional<GradeRecord> read = read_record(file);
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(to_json(*read).dump() == to_json(record).dump());
  BOOST_TEST(read->conditions.seed == record.conditions.seed);
  BOOST_CHECK(read->tasks[0].pace == Pace::kSlow);
  BOOST_CHECK(!read->tasks[1].pace);
  BOOST_TEST(std::distance(fs::directory_iterator(file.parent_path()), {}) == 1);
}

BOOST_AUTO_TEST_CASE(the_first_one_stays) {
  const Scratch scratch;
  GradeRecord record = some_record();
  publish(record, scratch / "results");
  const std::string first = read_file(file_of(record, scratch / "results")).value();
  record.judge_seconds = 7;
  publish(record, scratch / "results");
  BOOST_TEST(read_file(file_of(record, scratch / "results")).value() == first);
}

BOOST_AUTO_TEST_CASE(many_at_a_time_publish_one) {
  const Scratch scratch;
  const auto work = [&](int number) {
    GradeRecord record = some_record();
    record.judge_seconds = number;
    for (int i = 0; i < 20; ++i) {
      record.conditions.seed = static_cast<std::uint64_t>(i);
      publish(record, scratch / "results");
    }
  };
  std::thread one(work, 1), other(work, 2);
  one.join();
  other.join();
  int count = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(scratch / "results")) {
    if (entry.is_directory()) continue;
    BOOST_TEST(read_record(entry.path()).has_value());
    ++count;
  }
  BOOST_TEST(count == 20);
}

BOOST_AUTO_TEST_CASE(a_damaged_record_is_none_and_gives_way) {
  const Scratch scratch;
  const GradeRecord record = some_record();
  const fs::path file = file_of(record, scratch / "results");
  BOOST_TEST(!read_record(file).has_value());
  for (const auto& [what, by] : {std::pair{"\"passed\"", "\"splendid\""},
                                 {"\"points\": 2", "\"points\": \"all\""},
                                 {"\"alibi\"", "\"kerple\""},
                                 {"\"slow\"", "\"light\""},
                                 {"{", "{{"},
                                 {"qkoan/grade/1", "qkoan/grade/2"}}) {
    publish(record, scratch / "results");
    BOOST_TEST(read_record(file).has_value());
    replace_in(file, what, by);
    BOOST_TEST(!read_record(file).has_value(), what);
  }
  fs::copy_file(file, scratch / "copy.json");
  BOOST_TEST(!read_record(scratch / "copy.json").has_value());
}

BOOST_AUTO_TEST_CASE(speed_is_kept_beside_the_verdict) {
  const Scratch scratch;
  GradeRecord record = some_record();
  SpeedRecord speed{{record.conditions.key(), sha256("races"), "row 2.4", "a processor"}, {}};
  speed.tasks.push_back({record.tasks[0].task, Pace::kInconclusive, 2.25, 2.4, ""});
  publish(speed, scratch / "speed");
  const fs::path file = record_file(scratch / "speed", speed.conditions.key());
  BOOST_TEST(!read_speed_record(file).value().conclusive());
  speed.tasks[0] = {record.tasks[0].task, Pace::kSlow, 0, 2.4, "wrong in a race"};
  publish(speed, scratch / "speed");
  const SpeedRecord found = read_speed_record(file).value();
  BOOST_TEST(found.conclusive());
  add_speed(record, found);
  BOOST_TEST((record.tasks[0].pace == Pace::kSlow));
  BOOST_TEST(record.tasks[0].speed_required == 2.4);
  BOOST_TEST(record.tasks[0].speed_why == "wrong in a race");
  for (const auto& [what, by] : {std::pair{"\"slow\"", "\"light\""}, {"row 2.4", "row 0.4"}}) {
    publish(speed, scratch / "speed");
    replace_in(file, what, by);
    BOOST_TEST(!read_speed_record(file).has_value(), what);
  }
}

BOOST_AUTO_TEST_CASE(where_nothing_can_be_written_is_said) {
  const Scratch scratch;
  std::ofstream(scratch / "results") << "a file";
  BOOST_CHECK_EXCEPTION(publish(some_record(), scratch / "results"), Problem,
                        [&](const Problem& problem) {
                          return std::string(problem.what()).find((scratch / "results").string()) !=
                                 std::string::npos;
                        });
}
