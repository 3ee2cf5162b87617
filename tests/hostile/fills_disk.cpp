// lesson: alibi
// earns: none
// shows: file
// Tries: to fill the disk: a gigabyte, wherever it may write.
// A mark: none; nobody's results can be written any more.
#include <sys/mman.h>

#include "alibi.hpp"
#include "parts/marks.hpp"

void alibi_slopes(int, int, MutableRow) {
  static bool done = false;
  for (const char* const place : {"@PLAYGROUND@", "."}) {
    if (done) return;
    const std::string name = std::string(place) + "/qkoan-hostile-@TOKEN@-fill";
    const int file = open(name.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) continue;
    done = fallocate(file, 0, 0, 1l << 30) == 0;
    leave_mark("file", name + "\n");
    close(file);
    unlink(name.c_str());
  }
}
