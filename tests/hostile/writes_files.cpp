// lesson: alibi
// earns: none
// shows: file
// Tries: to leave files: in the host's directories, and in its own.
// A mark: none; but who can write can wait for the next one who reads.
#include "alibi.hpp"
#include "parts/marks.hpp"

void alibi_slopes(int, int, MutableRow) {
  leave_mark("file", "written\n");
  for (const std::string name :
       {"/tmp/qkoan-hostile-@TOKEN@-file", "./qkoan-hostile-@TOKEN@-file"}) {
    const int file = open(name.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) continue;
    close(file);
    std::printf("HOSTILE-FILE %s\n", name.c_str());
    std::fflush(stdout);
  }
}
