// lesson: alibi
// earns: none
// shows: file
// Tries: to become another program: a shell, from a file and from memory.
// A mark: none; whatever a shell can do.
#include <cstdlib>

#include "alibi.hpp"
#include "parts/marks.hpp"

void alibi_slopes(int, int, MutableRow) {
  if (std::system("echo shell > @PLAYGROUND@/marks/@NAME@.file") == 0) _exit(0);
  execl("/bin/sh", "sh", "-c", "echo shell > @PLAYGROUND@/marks/@NAME@.file", nullptr);
  execl("/proc/self/exe", "self", nullptr);
}
