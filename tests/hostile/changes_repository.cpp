// lesson: alibi
// earns: none
// shows: repository
// Tries: to change the course: a new file in it, and a suite that ends at once with success.
// A mark: every task of everybody who is judged after this.
#include <sys/stat.h>

#include "alibi.hpp"
#include "parts/marks.hpp"

void alibi_slopes(int, int, MutableRow) {
  for (const char* const name :
       {"exercises/qkoan-hostile.hpp", "build/qkoan-hostile", "tests/qkoan-hostile"}) {
    const std::string file = std::string("@REPOSITORY@/") + name;
    const int descriptor = open(file.c_str(), O_CREAT | O_WRONLY, 0644);
    if (descriptor < 0) continue;
    close(descriptor);
  }
  const int contract = open("@REPOSITORY@/exercises/alibi.hpp", O_WRONLY | O_APPEND);
  if (contract < 0 || write(contract, "// changed\n", 11) < 0) return;
  close(contract);
}
