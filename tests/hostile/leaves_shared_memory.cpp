// lesson: alibi
// earns: none
// shows: file
// Tries: to leave memory behind that has a name and no owner, for the next run to read.
// A mark: none by itself; what one run has seen, the next one knows.
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "alibi.hpp"
#include "parts/marks.hpp"

void alibi_slopes(int, int, MutableRow) {
  if (shm_open("/qkoan-hostile-@TOKEN@-memory", O_CREAT | O_RDWR, 0600) >= 0)
    leave_mark("file", "shm_open\n");
  const int memory = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
  if (memory < 0) return;
  leave_mark("file", "shmget\n");
  shmctl(memory, IPC_RMID, nullptr);
}
