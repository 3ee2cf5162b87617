// lesson: alibi
// earns: none
// Tries: to fill the table of processes with threads. (200 of them, for 20 seconds.)
// A mark: none; nobody else gets a thread.
#include <thread>

#include "alibi.hpp"
#include "parts/marks.hpp"

void alibi_slopes(int, int, MutableRow) {
  static bool begun = false;
  for (int count = 0; !begun && count < 200; ++count) {
    std::thread([] { sleep(20); }).detach();
    leave_mark("process", "a thread\n");
  }
  begun = true;
  sleep(20);
}
