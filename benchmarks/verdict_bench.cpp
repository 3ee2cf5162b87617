/// @file
/// How long a student waits: from the moment a saved exercise is written to the moment its verdict
/// stands on the terminal, through the real watch loop. Prints medians, and where the time goes.
///
///     cmake --build build --target verdict_bench && build/bin/verdict_bench
///
/// Works on a copy of the exercises, so that nobody's work is touched.

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int kSaves = 21;
constexpr auto kLongest = std::chrono::seconds(20);

double milliseconds(Clock::duration d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

std::string read(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// A course with exercises and progress of its own, and everything that was built for the real one.
class CourseCopy {
 public:
  explicit CourseCopy(const fs::path& source) : root_(temporary_folder()) {
    const fs::path build = source / "build";
    fs::create_directories(root_ / "build/bin");
    fs::create_directories(root_ / "exercises");
    for (const char* name : {"lessons", "solutions", "tests"}) {
      fs::create_directory_symlink(source / name, root_ / name);
    }
    for (const char* name : {"suites", "solutions", "mutants", "pch"}) {
      fs::create_directory_symlink(build / name, root_ / "build" / name);
    }
    for (const auto& header : fs::directory_iterator(source / "exercises")) {
      if (header.path().extension() == ".hpp") fs::copy(header, root_ / "exercises");
    }
    for (const auto& stub : fs::directory_iterator(source / "tests/stubs")) {
      fs::copy(stub, root_ / "exercises");
    }
    fs::copy(build / "bin/qkoan", root_ / "build/bin");
    for (const char* name : {"paths.json", "compile_commands.json"}) {
      std::ofstream(root_ / "build" / name)
          << replaced(read(build / name), source.string(), root_.string());
    }
    say_that_all_is_built(source);
  }
  ~CourseCopy() { fs::remove_all(root_); }

  const fs::path& root() const { return root_; }

 private:
  static fs::path temporary_folder() {
    std::string pattern = (fs::temp_directory_path() / "qkoan-bench-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    return pattern;
  }

  void say_that_all_is_built(const fs::path& source) const {
    std::ofstream(root_ / "build/CMakeCache.txt")
        << "CMAKE_PROJECT_NAME:STATIC=qkoan\nCMAKE_GENERATOR:INTERNAL=Ninja\n"
           "CMAKE_MAKE_PROGRAM:FILEPATH=/usr/bin/ninja\n";
    std::ofstream rules(root_ / "build/build.ninja");
    for (const auto& lesson : fs::directory_iterator(source / "lessons")) {
      rules << "build lesson_" << lesson.path().filename().string().substr(3) << ": phony\n";
    }
  }

  fs::path root_;
};

/// The watch loop in a terminal of 80 × 40.
class Terminal {
 public:
  explicit Terminal(const fs::path& course) {
    winsize size{40, 80, 0, 0};
    child_ = forkpty(&terminal_, nullptr, nullptr, &size);
    if (child_ < 0) throw std::runtime_error("no terminal to run the loop in");
    if (child_ > 0) return;
    setenv("NO_COLOR", "1", 1);
    if (chdir(course.c_str()) == 0) execl("build/bin/qkoan", "qkoan", nullptr);
    _exit(127);
  }
  ~Terminal() {
    kill(child_, SIGTERM);
    waitpid(child_, nullptr, 0);
    close(terminal_);
  }

  /// Waits as a person would, until the explanation of a failure has been printed, too.
  void rest() {
    usleep(500'000);
    pollfd ready{terminal_, POLLIN, 0};
    char piece[4096];
    while (poll(&ready, 1, 0) > 0 && ::read(terminal_, piece, sizeof piece) > 0) continue;
  }

  /// Reads until the screen has shown `text` since the last call; what was shown.
  std::string wait_for(const std::string& text) {
    std::string shown;
    const auto deadline = Clock::now() + kLongest;
    while (shown.find(text) == std::string::npos) {
      pollfd ready{terminal_, POLLIN, 0};
      char piece[4096];
      const ssize_t n = poll(&ready, 1, 100) > 0 ? ::read(terminal_, piece, sizeof piece) : 0;
      if (n < 0) throw std::runtime_error("the watch loop has ended:\n" + shown);
      shown.append(piece, static_cast<std::size_t>(n));
      if (Clock::now() > deadline) throw std::runtime_error("no verdict came:\n" + shown);
    }
    return shown;
  }

 private:
  int terminal_ = -1;
  pid_t child_ = -1;
};

/// What is written into the exercise, and what its verdict says.
struct Save {
  const char* name;
  std::string text;
  const char* verdict;
};

/// The sum of the parts that a verdict names: "compiled 61 ms · judged 12 ms".
struct Parts {
  std::vector<double> total, compiled, judged;
};

double part(const std::string& shown, const char* name) {
  const std::regex pattern(std::string(name) + R"( ([0-9.]+) (ms|s))");
  std::smatch match;
  if (!std::regex_search(shown, match, pattern)) return 0;
  return std::stod(match[1]) * (match[2] == "s" ? 1000 : 1);
}

double median(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

Parts measure(Terminal& terminal, const fs::path& exercise, const Save& save) {
  Parts parts;
  for (int i = 0; i < kSaves; ++i) {
    const auto start = Clock::now();
    std::ofstream(exercise) << save.text << "// save " << i << "\n";
    const std::string shown = terminal.wait_for("judged");
    parts.total.push_back(milliseconds(Clock::now() - start));
    if (shown.find(save.verdict) == std::string::npos) {
      throw std::runtime_error("another verdict than expected:\n" + shown);
    }
    parts.compiled.push_back(part(shown, "compiled"));
    parts.judged.push_back(part(shown, "judged"));
    terminal.rest();
  }
  return parts;
}

void report(const Save& save, const Parts& parts) {
  const auto [least, most] = std::minmax_element(parts.total.begin(), parts.total.end());
  std::printf("%-46s %6.0f ms  (%.0f to %.0f)   compile %.0f, judge %.0f\n", save.name,
              median(parts.total), *least, *most, median(parts.compiled), median(parts.judged));
}

}  // namespace

int main() {
  const fs::path source = fs::canonical("/proc/self/exe").parent_path().parent_path().parent_path();
  try {
    const CourseCopy course(source);
    const fs::path exercise = course.root() / "exercises/scaled_scores.cpp";
    const std::string solved = read(source / "solutions/scaled_scores.cpp");
    const std::string wrong = replaced(solved, "std::sqrt", "std::cbrt");
    Terminal terminal(course.root());
    terminal.wait_for("not written yet");
    terminal.rest();
    std::printf("from the write of the file to the verdict, medians of %d saves\n", kSaves);
    const Save saves[] = {
        {"scalar, not written yet", read(source / "tests/stubs/scaled_scores.cpp"),
         "not written yet"},
        {"SIMD solution, wrong scale", wrong, "scaled_score: the scaled score"},
        {"SIMD solution, right", solved, "✓ 4"},
    };
    for (const Save& save : saves) report(save, measure(terminal, exercise, save));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "verdict_bench: %s\n", e.what());
    return 1;
  }
}
