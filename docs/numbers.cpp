/// @file
/// The main program around a lesson's numbers: prints them, or compares page and quiz with them.

#include "docs/numbers.hpp"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

namespace qkoan {

namespace {

namespace fs = std::filesystem;

constexpr const char* kBegin = "<!-- numbers: ";
constexpr const char* kEnd = "<!-- end -->\n";

std::string read(const fs::path& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path.string() + " cannot be read");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The page with every block replaced by the computed one.
/// @throws std::runtime_error if page and program have different blocks
std::string filled_in(const std::string& text, const Page& page) {
  std::string result;
  std::size_t position = 0, found = 0;
  for (std::size_t begin; (begin = text.find(kBegin, position)) != std::string::npos; ++found) {
    const std::size_t name_at = begin + std::strlen(kBegin);
    const std::size_t line_end = text.find(" -->\n", name_at);
    const std::size_t end = text.find(kEnd, name_at);
    if (line_end == std::string::npos || end == std::string::npos) {
      throw std::runtime_error("a block of numbers does not end with " + std::string(kEnd));
    }
    const std::string name = text.substr(name_at, line_end - name_at);
    const auto block = page.blocks.find(name);
    if (block == page.blocks.end()) throw std::runtime_error("nothing computes the block " + name);
    result += text.substr(position, line_end + 5 - position) + "\n" + block->second + "\n";
    position = end;
  }
  if (found != page.blocks.size()) {
    throw std::runtime_error("the page has " + std::to_string(found) + " blocks of numbers, but " +
                             std::to_string(page.blocks.size()) + " are computed");
  }
  return result + text.substr(position);
}

/// Half a unit of the last decimal that `number` shows.
double half_unit(const std::string& number) {
  const std::size_t point = number.find('.');
  const auto decimals = point == std::string::npos ? 0.0 : double(number.size() - point - 1);
  return 0.5 * std::pow(10.0, -decimals) * (1 + 1e-9);
}

/// What is wrong with a question's answer, or "".
std::string complaint(const nlohmann::json& question, const Page& page) {
  const std::string id = question.at("id");
  if (question.contains("sealed")) return "";  // a student edition knows no answer
  if (question.contains("number")) {
    const std::string number = question.at("number");
    const auto answer = page.answers.find(id);
    if (answer == page.answers.end()) return "says " + number + ", but nothing computes it";
    if (std::fabs(std::stod(number) - answer->second) <= half_unit(number)) return "";
    return "says " + number + format(", computed is %.10g", answer->second);
  }
  const int index = question.at("answer"), count = static_cast<int>(question.at("choices").size());
  if (index < 0 || index >= count) return format("has no choice %d", index);
  const auto choice = page.choices.find(id);
  if (choice == page.choices.end() || choice->second == index) return "";
  return format("says choice %d, computed is %d", index, choice->second);
}

/// Compares the quiz's answers with the computed ones; returns how many are wrong.
int check_quiz(const fs::path& path, const Page& page) {
  int wrong = 0;
  std::set<std::string> ids;
  const nlohmann::json quiz = nlohmann::json::parse(read(path));
  for (const auto& question : quiz.at("questions")) {
    const std::string id = question.at("id"), what = complaint(question, page);
    ids.insert(id);
    if (what.empty()) continue;
    ++wrong;
    std::cerr << path.string() << ": question " << id << " " << what << "\n";
  }
  const auto check_asked = [&](const std::string& id) {
    if (ids.contains(id)) return;
    ++wrong;
    std::cerr << path.string() << ": " << id << " is computed, but there is no such question\n";
  };
  for (const auto& [id, value] : page.answers) check_asked(id);
  for (const auto& [id, value] : page.choices) check_asked(id);
  return wrong;
}

int check(const fs::path& lesson, const Page& page) {
  const std::string text = read(lesson / "README.md");
  int wrong = check_quiz(lesson / "quiz.json", page);
  if (filled_in(text, page) != text) {
    ++wrong;
    std::cerr << (lesson / "README.md").string()
              << ": the numbers are not those that are computed; write them in with\n    ./qkoan "
                 "numbers --update\n";
  }
  if (wrong == 0) {
    std::cout << lesson.filename().string() << ": " << page.blocks.size() << " blocks and "
              << page.answers.size() + page.choices.size() << " answers are as computed\n";
  }
  return wrong == 0 ? 0 : 1;
}

int update(const fs::path& lesson, const Page& page) {
  const std::string text = filled_in(read(lesson / "README.md"), page);
  std::ofstream(lesson / "README.md") << text;
  return 0;
}

int print(const Page& page) {
  for (const auto& [name, markdown] : page.blocks) std::cout << markdown << "\n";
  return 0;
}

}  // namespace
}  // namespace qkoan

int main(int argc, char** argv) {
  using namespace qkoan;
  const std::string mode = argc > 1 ? argv[1] : "";
  if ((argc != 1 && argc != 3) || (argc == 3 && mode != "--check" && mode != "--update")) {
    std::cerr << "usage: " << argv[0] << " [--check LESSON | --update LESSON]\n";
    return 2;
  }
  try {
    Page page;
    numbers(page);
    if (argc == 1) return print(page);
    return mode == "--check" ? check(argv[2], page) : update(argv[2], page);
  } catch (const std::exception& e) {
    std::cerr << argv[0] << ": " << e.what() << "\n";
    return 1;
  }
}
