// lesson: alibi
// earns: none
// shows: process
// Tries: to outlive the verdict, away from its parent and its group. (For 20 seconds.)
// A mark: none by itself; it waits for the submission that is judged next.
#include <sys/wait.h>

#include <csignal>

#include "alibi.hpp"
#include "parts/marks.hpp"

void alibi_slopes(int, int, MutableRow) {
  const int child = fork();
  if (child < 0) return;
  if (child > 0) {
    waitpid(child, nullptr, 0);
    _exit(0);
  }
  setsid();
  if (fork() != 0) _exit(0);
  prctl(PR_SET_PDEATHSIG, 0);
  take_name();
  for (int descriptor = 0; descriptor < 1024; ++descriptor) close(descriptor);
  leave_mark("process", "outlived\n");
  sleep(20);
  _exit(0);
}
