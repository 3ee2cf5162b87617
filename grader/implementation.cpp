#include "implementation.hpp"

#include <algorithm>

#include "problem.hpp"
#include "text.hpp"

namespace qkoan {

namespace fs = std::filesystem;

namespace {

bool processor_supports([[maybe_unused]] const std::string& level) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (level == "x86-64-v2") return __builtin_cpu_supports("x86-64-v2");
  if (level == "x86-64-v3") return __builtin_cpu_supports("x86-64-v3");
  if (level == "x86-64-v4") return __builtin_cpu_supports("x86-64-v4");
#endif
  return level == "native";
}

Implementation find_solution(const Setup& setup, const Lesson& lesson, const std::string& wanted) {
  const std::vector<std::string> levels = solution_levels(setup, lesson.name);
  const std::size_t colon = wanted.find(':');
  std::string level = levels.empty() ? "" : levels.back();
  if (colon != std::string::npos) level = wanted.substr(colon + 1);
  if (std::find(levels.begin(), levels.end(), level) == levels.end()) {
    throw Problem("No solution of " + lesson.name + " at level \"" + printable(level) +
                  "\" can run here. " +
                  (levels.empty() ? "None is built." : "There is: " + join(levels)));
  }
  return {wanted, "", setup.build / "solutions" / (lesson.name + "." + level + ".so"), "", ""};
}

/// The names of what is not handed out to students.
bool is_ours(const std::string& wanted) {
  return wanted == "solution" || wanted.starts_with("solution:") || wanted.starts_with("bug:") ||
         wanted.starts_with("variant:");
}

Implementation find_file(const Setup& setup, const std::string& wanted) {
  std::error_code error;
  const fs::path file = fs::absolute(wanted, error).lexically_normal();
  const std::string kinds =
      setup.for_students()
          ? "\n--implementation takes FILE.cpp, FILE.so or stub."
          : "\n--implementation takes FILE.cpp, FILE.so, solution, bug:NAME, variant:NAME or stub.";
  if (!fs::exists(file, error)) {
    throw Problem("There is no file \"" + printable(wanted) + "\"." + kinds);
  }
  const std::string type = file.extension().string();
  if (type == ".so") return {wanted, "", file, "", ""};
  if (type == ".cpp" || type == ".cc" || type == ".cxx") {
    return {wanted, file, "", "", "implementation"};
  }
  throw Problem("\"" + printable(wanted) + "\" is neither a .cpp file nor a .so." + kinds);
}

}  // namespace

std::string usual_implementation(const Setup& setup) {
  return setup.for_students() ? "" : "solution";
}

std::vector<std::string> solution_levels(const Setup& setup, const std::string& lesson) {
  std::vector<std::string> levels;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(setup.build / "solutions", error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(lesson + ".") || !name.ends_with(".so")) continue;
    const std::size_t start = lesson.size() + 1;
    const std::string level = name.substr(start, name.size() - 3 - start);
    if (processor_supports(level)) levels.push_back(level);
  }
  std::sort(levels.begin(), levels.end());
  return levels;
}

Implementation find_implementation(const Setup& setup, const Lesson& lesson,
                                   const std::string& wanted) {
  if (wanted.empty()) return {"", setup.exercise(lesson.name), "", "", ""};
  if (setup.for_students() && is_ours(wanted)) {
    refuse_for_students(setup, "solutions, planted bugs and correct variants");
  }
  if (wanted == "stub") return {wanted, setup.stub(lesson.name), "", "", "stub"};
  if (wanted == "solution" || wanted.starts_with("solution:")) {
    return find_solution(setup, lesson, wanted);
  }
  for (const std::string_view kind : {"bug:", "variant:"}) {
    if (wanted.starts_with(kind)) {
      return {wanted, "", setup.mutants(lesson.name), wanted.substr(kind.size()), ""};
    }
  }
  return find_file(setup, wanted);
}

}  // namespace qkoan
