#include "student_edition.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <set>

#include "problem.hpp"
#include "text.hpp"

namespace qkoan {

namespace fs = std::filesystem;

namespace {

/// Everything that students get. NAME stands for the name of each lesson; exercises, the quiz and what
/// is known of mistakes are made.
constexpr const char* kHandedOut[] = {
    ".clang-format",
    ".editorconfig",
    ".gitignore",
    "CMakeLists.txt",
    "CMakePresets.json",
    "LICENSE",
    "README.md",
    "packages.txt",
    "qkoan",
    "benchmarks/CMakeLists.txt",
    "benchmarks/NAME_bench.cpp",
    "benchmarks/*.hpp",
    "benchmarks/plots/style.gp",
    "benchmarks/support/*.[ch]pp",
    "cmake/*.cmake",
    "docs/*.[ch]pp",
    "docs/album.gp",
    "docs/draw_pictures.sh",
    "docs/CMakeLists.txt",
    "docs/notation.md",
    "docs/speed.md",
    "docs/verify.md",
    "docs/*.json",
    "docs/decisions/*.md",
    "docs/pictures/*.svg",
    "docs/site/*",
    "exercises/qkoan.h*",
    "exercises/simd.hpp",
    "exercises/NAME.hpp",
    "grader/*.[ch]pp",
    "grader/class/*.[ch]pp",
    "grader/CMakeLists.txt",
    "lessons/*-NAME/README.md",
    "lessons/*-NAME/numbers.cpp",
    "lessons/*-NAME/pictures.cpp",
    "lessons/*-NAME/tasks.json",
    "reference/core/*.hpp",
    "reference/NAME.hpp",
    "tests/CMakeLists.txt",
    "tests/core_test.cpp",
    "tests/pictures.sh",
    "tests/statistics_test.cpp",
    "tests/NAME_test.cpp",
    "tests/NAME_*.hpp",
    "tests/stubs/NAME.cpp",
    "tests/support/*.[ch]pp",
    "tests/support/CMakeLists.txt",
    "tests/cli/helpers.bash",
    "tests/cli/first_steps.bats",
    "tests/cli/launcher.bats",
    "tests/cli/quiz.bats",
};

/// Of these, what only planted bugs need.
constexpr const char* kKeptBack = "tests/support/mutants.hpp";

constexpr std::string_view kMark = "instructor only";
constexpr std::string_view kEndMark = "end of instructor only";

/// What a build or a person leaves behind is no part of the course.
bool is_course(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name == ".ci" || !(name.starts_with('.') || name.starts_with("build"));
}

std::vector<std::string> all_files(const fs::path& source) {
  std::vector<std::string> files;
  for (fs::recursive_directory_iterator entry(source), end; entry != end; ++entry) {
    if (entry->is_directory() && !is_course(entry->path())) entry.disable_recursion_pending();
    if (entry->is_regular_file() && !entry->is_symlink())
      files.push_back(entry->path().lexically_relative(source).string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// A pattern once for each lesson, or as it is.
std::vector<std::string> expand(const std::string& pattern, const Course& course) {
  const std::size_t place = pattern.find("NAME");
  if (place == std::string::npos) return {pattern};
  std::vector<std::string> patterns;
  for (const Lesson& lesson : course.lessons) {
    std::string one = pattern;
    patterns.push_back(one.replace(place, 4, lesson.name));
  }
  return patterns;
}

/// "solutions" of "solutions/alibi.cpp", "tests/mutants" of "tests/mutants/alibi.cpp" if there are others
/// in "tests" that are handed out; empty if there are in all of its folders.
std::string left_out_folder(const std::string& file, const std::set<std::string>& used) {
  for (std::size_t slash = file.find('/'); slash != std::string::npos;
       slash = file.find('/', slash + 1)) {
    if (!used.contains(file.substr(0, slash))) return file.substr(0, slash);
  }
  return "";
}

/// Whether a line of numbers.cpp tells the quiz an answer.
bool tells_answer(const std::string& line) {
  return line.find("page.answer(") != std::string::npos ||
         line.find("page.choice(") != std::string::npos;
}

/// The comment without its signs, if the line is nothing but a comment of one line.
std::string comment_in(const std::string& line) {
  std::string text = trim(line);
  if (text.starts_with("<!--") && text.ends_with("-->"))
    return trim(std::string_view(text).substr(4, text.size() - 7));
  if (text.starts_with("//")) return trim(std::string_view(text).substr(2));
  return text.starts_with('#') ? trim(std::string_view(text).substr(1)) : "";
}

bool ends_with_mark(const std::string& line) {
  std::string text = trim(line);
  if (text.ends_with('|')) text = trim(std::string_view(text).substr(0, text.size() - 1));
  return text.ends_with("<!-- " + std::string(kMark) + " -->");
}

}  // namespace

EditionFiles divide_files(const Setup& setup, const Course& course) {
  EditionFiles files;
  std::set<std::string> chosen;
  const std::vector<std::string> all = all_files(setup.source);
  for (const char* const pattern : kHandedOut) {
    std::size_t found = 0;
    for (const std::string& one : expand(pattern, course)) {
      for (const std::string& file : all) {
        if (fnmatch(one.c_str(), file.c_str(), FNM_PATHNAME) != 0) continue;
        chosen.insert(file);
        ++found;
      }
    }
    if (found > 0) continue;
    throw Problem("A student edition has " + std::string(pattern) +
                  ", and there is no such file in " + setup.source.string() +
                  ".\nIf it has another name now, say so in grader/student_edition.cpp.");
  }
  chosen.erase(kKeptBack);
  for (const std::string& file : all)
    (chosen.contains(file) ? files.handed_out : files.left_out).push_back(file);
  return files;
}

std::string describe_left_out(const EditionFiles& files) {
  std::set<std::string> used, folders;
  for (const std::string& file : files.handed_out) {
    for (fs::path folder = fs::path(file).parent_path(); !folder.empty();
         folder = folder.parent_path())
      used.insert(folder.string());
  }
  long others = 0;
  for (const std::string& file : files.left_out) {
    const std::string folder = left_out_folder(file, used);
    if (folder.empty()) ++others;
    if (!folder.empty()) folders.insert(folder);
  }
  return join({folders.begin(), folders.end()}) + ", and " + plural(others, "file") +
         " of other folders";
}

std::string text_for_students(const std::string& text, const std::string& shown) {
  const bool computes_answers = shown.ends_with("numbers.cpp");
  if (!computes_answers && text.find(kMark) == std::string::npos) return text;
  std::string result;
  bool inside = false;
  int number = 0, opened = 0;
  const auto complain = [&](int line, const std::string& what) {
    throw Problem(shown + ":" + std::to_string(line) + ": " + what);
  };
  for (const std::string& line : split_lines(text)) {
    ++number;
    const std::string comment = comment_in(line);
    if (comment == kMark || comment == kEndMark) {
      if (inside == (comment == kMark))
        complain(number, "\"" + comment + "\" where that is the case already.");
      inside = !inside;
      opened = number;
    } else if (!inside && !ends_with_mark(line)) {
      if (computes_answers && tells_answer(line))
        complain(number, "an answer of the quiz is handed out. Put it between lines \"// " +
                             std::string(kMark) + "\" and \"// " + std::string(kEndMark) + "\".");
      result += line + "\n";
    }
  }
  if (inside) complain(opened, "\"" + std::string(kMark) + "\" has no end.");
  return result;
}

}  // namespace qkoan
