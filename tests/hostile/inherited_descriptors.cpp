// lesson: alibi
// earns: none
// Tries: to find a descriptor that was left open, whatever it leads to, and to write and read
// there.
// A mark: every task, if it leads to where verdicts are.
#include <sys/stat.h>

#include "alibi.hpp"
#include "parts/events.hpp"
#include "parts/marks.hpp"

void alibi_slopes(int, int, MutableRow) {
  for (int descriptor = 7; descriptor < 1024; ++descriptor) {
    struct stat status;
    if (fstat(descriptor, &status) != 0) continue;
    leave_mark("descriptor", std::to_string(descriptor) + "\n");
    std::printf("HOSTILE-DESCRIPTOR %d\n", descriptor);
  }
  std::fflush(stdout);
  if (fcntl(3, F_GETFD) >= 0) forge_verdict(ALL_OF_ALIBI);
  _exit(0);
}
