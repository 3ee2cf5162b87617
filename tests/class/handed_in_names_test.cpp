/// @file
/// What names say, and what platforms write beside them.

#include "class/handed_in_names.hpp"

#include <boost/test/unit_test.hpp>

#include "class/gradescope_metadata.hpp"

using namespace qkoan;

namespace {

Course some_course() {
  Course course;
  for (const char* const name : {"alibi", "t5_buckets"}) {
    Lesson lesson;
    lesson.name = name;
    course.lessons.push_back(lesson);
  }
  return course;
}

std::string who(const std::string& file) {
  const std::optional<Sender> sender = sender_of_file(file);
  if (!sender) return "nobody";
  return sender->student + " " + sender->name + " " + std::to_string(sender->version);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(handed_in_names)

BOOST_AUTO_TEST_CASE(files_of_lessons) {
  const HandedInNames names(some_course());
  const auto kind = [&](const char* name) { return names.meaning(name).kind; };
  BOOST_TEST(names.meaning("alibi.cpp").lesson == "alibi");
  BOOST_CHECK(kind("alibi.cpp") == NameKind::kLesson);
  BOOST_CHECK(kind("alibi.hpp") == NameKind::kNothing);
  BOOST_CHECK(kind("my_alibi.cpp") == NameKind::kNothing);
  BOOST_CHECK(kind("rope.cpp") == NameKind::kNothing);
  for (const char* const name :
       {"Alibi.cpp", "alibi.CPP", "alibi (1).cpp", "alibi-2.cpp", "alibi.cc", "alibi.cpp.txt",
        " alibi.cpp", "alibi - Copy.cpp", "alibi_copy.cpp",
        "ali\x01"
        "bi.cpp"})
    BOOST_CHECK_MESSAGE(kind(name) == NameKind::kAlmostLesson, name);
  BOOST_TEST(names.meaning("T5_Buckets.cpp").lesson == "t5_buckets");
  for (const char* const name : {"a.zip", "a.TAR.GZ", "a.tgz", "a.tar.xz", "a.tar.zst", "a.7z"})
    BOOST_CHECK_MESSAGE(kind(name) == NameKind::kArchive, name);
  BOOST_CHECK(kind("a.rar") == NameKind::kForeignArchive);
  BOOST_CHECK(kind(".zip") == NameKind::kNothing);
  BOOST_CHECK(kind("") == NameKind::kNothing);
}

BOOST_AUTO_TEST_CASE(paths_that_must_not_be_used) {
  for (const char* const path :
       {"..", "../a", "a/../b", "a/..", "..\\a", "/a", "\\a", "C:\\a", "c:a", ""})
    BOOST_CHECK_MESSAGE(!path_fault(path).empty(), path);
  for (const char* const path : {"a", "./a", "a//b", "..a", "a..", "a/...", "-fplugin=x", "ab:c"})
    BOOST_CHECK_MESSAGE(path_fault(path).empty(), path);
  BOOST_TEST(!path_fault(std::string(5000, 'x')).empty());
  BOOST_TEST(path_parts("./a//b\\c/").size() == 3u);
}

BOOST_AUTO_TEST_CASE(senders) {
  BOOST_TEST(who("ada.zip") == "ada ada.zip 0");
  BOOST_TEST(who("ada.lovelace.tar.gz") == "ada.lovelace ada.lovelace.tar.gz 0");
  BOOST_TEST(who("ada.rar") == "ada ada.rar 0");
  BOOST_TEST(who("lovelaceada_1234_56789_alibi.cpp") == "lovelaceada_1234 alibi.cpp 0");
  BOOST_TEST(who("lovelaceada_LATE_1234_56789_t5_buckets-3.cpp") ==
             "lovelaceada_1234 t5_buckets.cpp 3");
  BOOST_TEST(who("lovelaceada_1234_56789_work-1.tar.gz") == "lovelaceada_1234 work.tar.gz 1");
  BOOST_TEST(who("group_1_2_work.zip") == "group_1_2_work group_1_2_work.zip 0");
  BOOST_TEST(who("Ada L_12_assignsubmission_file_alibi.cpp") == "Ada L_12 alibi.cpp 0");
  BOOST_TEST(who("alibi.cpp") == "nobody");
  BOOST_TEST(who("notes.txt") == "nobody");
  BOOST_TEST(who(std::string(5000, '_') + ".zip") == "nobody");
  BOOST_TEST(sender_of_folder("Ada L_12_assignsubmission_file_").student == "Ada L_12");
  BOOST_TEST(sender_of_folder("ada_12").student == "ada_12");
}

BOOST_AUTO_TEST_CASE(gradescope_says_only_what_is_plain) {
  const auto all = read_gradescope_metadata(
      "---\nsubmission_1:\n  :submitters:\n  - :name: Ada: Lovelace\n  - :name: *ada\n"
      "  - :name: \"\\u0041\"\n  - :name: Grace # Hopper\n  - :name: O'Brien\n"
      "  :created_at: 2026-11-21 20:13:42.1 Z\n  :history:\n  - :created_at: 2020-01-01 00:00:00 "
      "Z\n"
      "  - :name: Eve\nsubmission_2: &x\nsubmission_3:\n  :created_at: !ruby/object 1\n");
  BOOST_TEST(all.size() == 2u);
  BOOST_TEST(all.at("submission_1").names == "O'Brien");
  BOOST_TEST(all.at("submission_1").submitted == "2026-11-21T20:13:42Z");
  BOOST_TEST(all.at("submission_3").submitted == "");
  BOOST_TEST(read_gradescope_metadata("\xff\xfe\n:\n  :created_at:\n").empty());
}

BOOST_AUTO_TEST_SUITE_END()
