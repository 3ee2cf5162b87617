/// @file
/// Resemblances: copies are found however they are dressed, and who worked alone is not.

#include "class/similarity.hpp"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <fstream>
#include <random>
#include <regex>

#include "class/fingerprints.hpp"
#include "files.hpp"
#include "scratch.hpp"
#include "sha256.hpp"

using namespace qkoan;
namespace fs = std::filesystem;

namespace {

const fs::path kSource = QKOAN_SOURCE;

std::string text_of(const std::string& file) {
  const std::optional<std::string> text = read_file(kSource / file);
  BOOST_REQUIRE_MESSAGE(text.has_value(), file);
  return *text;
}

/// What find_similar() says of a class in which everybody has handed in one of these texts.
std::vector<Similar> similar(const std::string& lesson, const std::vector<std::string>& texts,
                             long percent = CourseFile().similarity_percent) {
  const Scratch scratch;
  Manifest manifest;
  for (const std::string& text : texts) {
    const fs::path file = text_with_hash(scratch / "files", sha256(text));
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
    manifest.submissions.push_back({"id", "student", "", {{lesson, sha256(text)}}, {}});
  }
  CourseFile file;
  file.lessons = {{lesson, "02", lesson, {}}};
  file.similarity_percent = percent;
  Setup setup;
  setup.source = kSource;
  return find_similar(manifest, file, scratch / "files", setup);
}

std::string one() { return text_of("tests/class/students/one.cpp"); }
std::string other() { return text_of("tests/class/students/other.cpp"); }

/// As somebody would who copies.
std::string disguised(std::string text) {
  for (const auto& [name, by] : {std::pair{"\\bi\\b", "row_index"},
                                 {"\\bj\\b", "k"},
                                 {"\\bshift\\b", "delta"},
                                 {"\\bfloat\\b", "double"},
                                 {"\\bconst int\\b", "auto"},
                                 {"\n *", "\n\t "},
                                 {"std::max", "max"},
                                 {"0\\.0f", "0"}})
    text = std::regex_replace(text, std::regex(name), by);
  return "// I have done this alone\nusing namespace std;\n" + text;
}

/// Another function, in front of all others.
std::string with_more(const std::string& text) {
  return text + "\nint unused(int a) { while (a > 3) { a -= a / 2 + 1; } return a * a - 7; }\n";
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_tokens_become) {
  BOOST_TEST(normalised_tokens(
                 "#include <cmath>\nint a = 0x1F'00 + b; // no\n/* no\n */ return \"x\\\"\";") ==
             "ii=n+i;Ms;");
  BOOST_TEST(normalised_tokens("const float x = std::exp(y);") ==
             normalised_tokens("double total=exp( z ) ;"));
  BOOST_TEST(normalised_tokens("R\"a(\"; // )a\" + 1") == "s+n");
  for (const char* unfinished : {"/*", "\"", "'", "R\"", "R\"(", "//", "#include", "\"\\"})
    normalised_tokens(unfinished);  // ends, within its text
}

BOOST_AUTO_TEST_CASE(texts_made_to_do_harm_take_no_time) {
  const auto begin = std::chrono::steady_clock::now();
  for (const std::string piece :
       {"#", "R\"x(", "R\"", "/*", "\"\\", "a ", "f(", "# ", "'", "\n#"}) {
    std::string text;
    while (text.size() < (1u << 20)) text += piece;
    BOOST_TEST(normalised_tokens(text).size() <= kMostTokens);
    fingerprints(normalised_tokens(text));
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  BOOST_TEST(seconds.count() < 5);
}

BOOST_AUTO_TEST_CASE(a_common_part_as_long_as_promised_is_found) {
  std::mt19937 random(1);
  const auto tokens = [&](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += static_cast<char>('!' + random() % 90);
    return text;
  };
  for (int k = 0; k < 500; ++k) {
    const std::string common = tokens(kFingerprintTokens + kFingerprintWindow - 1);
    const auto a = fingerprints(tokens(40) + common + tokens(33));
    const auto b = fingerprints(tokens(17) + common + tokens(60));
    BOOST_REQUIRE(std::find_first_of(a.begin(), a.end(), b.begin(), b.end()) != a.end());
  }
}

BOOST_AUTO_TEST_CASE(the_same_text_is_found) {
  const std::vector<Similar> found = similar("causal_mask", {one(), other(), one()});
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_CHECK(found[0].likeness == Likeness::kSameText);
  BOOST_TEST(found[0].submissions == (std::vector<std::size_t>{0, 2}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_disguised_copy_is_found) {
  const std::vector<Similar> found = similar("causal_mask", {one(), other(), disguised(one())});
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_CHECK(found[0].likeness == Likeness::kSameTokens);
  BOOST_TEST(found[0].submissions == (std::vector<std::size_t>{0, 2}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_copy_with_additions_is_found) {
  const std::vector<Similar> found =
      similar("causal_mask", {with_more(disguised(other())), one(), other()});
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_CHECK(found[0].likeness == Likeness::kCommonParts);
  BOOST_TEST(found[0].percent >= 90);
  BOOST_TEST(found[0].submissions == (std::vector<std::size_t>{0, 2}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(who_worked_alone_is_not_found) {
  BOOST_TEST(
      similar("causal_mask", {one(), other(), text_of("solutions/causal_mask.cpp")}).empty());
  BOOST_TEST(!similar("causal_mask", {one(), other()}, 5).empty());  // so they were compared
  for (const fs::directory_entry& entry : fs::directory_iterator(kSource / "lessons")) {
    const std::string folder = entry.path().filename().string();
    if (folder.size() < 4 || folder[2] != '-') continue;
    const std::string lesson = folder.substr(3);
    // Our planted bugs and variants, all at once, share more with our solution than others would.
    const std::vector<std::string> texts = {text_of("solutions/" + lesson + ".cpp"),
                                            text_of("tests/mutants/" + lesson + ".cpp")};
    BOOST_TEST(similar(lesson, texts).empty(), lesson);
  }
}

BOOST_AUTO_TEST_CASE(what_everybody_was_given_does_not_count) {
  const std::string stub = text_of("tests/stubs/causal_mask.cpp");
  BOOST_TEST(similar("causal_mask", {stub, stub, "// nothing yet\n" + stub}).empty());
}

BOOST_AUTO_TEST_CASE(what_many_have_tells_nothing) {
  // Everybody has a common half, and a half of their own.
  std::mt19937 random(1);
  std::vector<std::string> texts;
  for (int i = 0; i < 8; ++i) {
    texts.push_back(one());
    for (int k = 0; k < 400; ++k) texts.back() += "+-*/%&|^<>="[random() % 11];
  }
  BOOST_TEST(similar("causal_mask", texts, 30).empty());
  texts.resize(5);
  BOOST_TEST(similar("causal_mask", texts, 30).size() == 10u);  // so that is not many
  std::vector<std::vector<std::uint64_t>> prints(8, {1, 2, 3});
  BOOST_TEST(find_resemblances(prints, 1, 1).empty());
  prints.resize(5);
  BOOST_TEST(find_resemblances(prints, 1, 1).size() == 10u);
}

BOOST_AUTO_TEST_CASE(a_thousand_take_seconds) {
  std::mt19937 random(1);
  std::vector<std::string> texts;
  for (int i = 0; i < 1000; ++i) {
    std::vector<std::string> lines;
    std::istringstream stream(text_of("tests/mutants/causal_mask.cpp"));
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    std::shuffle(lines.begin(), lines.end(), random);
    texts.emplace_back();
    for (const std::string& line : lines) texts.back() += line + "\n";
  }
  const auto begin = std::chrono::steady_clock::now();
  similar("causal_mask", texts);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  BOOST_TEST_MESSAGE("1000 texts: " << seconds.count() << " s");
  BOOST_TEST(seconds.count() < 30);
}
