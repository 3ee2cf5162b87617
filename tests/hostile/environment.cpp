// lesson: alibi
// earns: none
// shows: secret
// Tries: to read the grader's environment, where keys and passwords are kept: its own, and by
// /proc that of every process it may look into.
// A mark: none; whatever the keys open.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "alibi.hpp"
#include "parts/marks.hpp"

static void look(std::string text) {
  const std::size_t found = text.find("QKOAN_HOSTILE_SECRET=");
  if (found == std::string::npos) return;
  std::printf("%s\n", text.c_str() + found);  // to the end of this variable
  std::fflush(stdout);
  leave_mark("secret", "environment\n");
}

void alibi_slopes(int, int, MutableRow) {
  for (char** variable = environ; variable && *variable; ++variable) look(*variable);
  std::error_code error;
  for (const auto& process : std::filesystem::directory_iterator("/proc", error)) {
    std::ifstream file(process.path() / "environ");
    look(std::string(std::istreambuf_iterator<char>(file), {}));
  }
}
