// lesson: alibi
// earns: none
// shows: grader
// Tries: to stop and then to end the grader, which is its parent, and all of its own group.
// A mark: none; nobody else is judged.
#include <csignal>

#include "alibi.hpp"
#include "parts/marks.hpp"

void alibi_slopes(int, int, MutableRow) {
  if (const int parent = getppid(); parent > 1) {
    kill(parent, SIGSTOP);
    kill(parent, SIGKILL);
  }
  kill(0, SIGKILL);
}
