// lesson: alibi
// earns: none
// shows: process
// Tries: to fill the table of processes. (50 of them, for 20 seconds.)
// A mark: none; nobody else gets a process.
#include "alibi.hpp"
#include "parts/marks.hpp"

void alibi_slopes(int, int, MutableRow) {
  for (int count = 0; count < 50; ++count) {
    const int child = fork();
    if (child > 0) leave_mark("process", "a child\n");
    if (child != 0) continue;
    take_name();
    setsid();
    sleep(20);
    _exit(0);
  }
}
