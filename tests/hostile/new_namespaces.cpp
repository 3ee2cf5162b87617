// lesson: alibi
// earns: none
// shows: kernel
// Tries: to become root in a world of its own, and to mount there what it likes.
// A mark: none; a larger part of the kernel to break.
#include <sched.h>
#include <sys/mount.h>

#include "alibi.hpp"
#include "parts/marks.hpp"

void alibi_slopes(int, int, MutableRow) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return;  // not in the world of others
  leave_mark("kernel", "unshare\n");
  if (mount("none", "/proc", "tmpfs", 0, nullptr) == 0) leave_mark("kernel", "mount\n");
  if (chroot(".") == 0) leave_mark("kernel", "chroot\n");
  if (setuid(0) == 0) std::printf("HOSTILE-ROOT 1\n");
}
