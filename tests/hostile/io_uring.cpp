// lesson: alibi
// earns: none
// Tries: to open a file by a ring of requests, which filters of system calls do not see.
// A mark: none; all that the filter forbids.
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "alibi.hpp"
#include "parts/marks.hpp"

void alibi_slopes(int, int, MutableRow) {
  io_uring_params parameters{};
  const long ring = syscall(SYS_io_uring_setup, 4, &parameters);
  if (ring < 0) return;
  const auto map = [ring](std::size_t size, off_t what) {
    return static_cast<char*>(
        mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, static_cast<int>(ring), what));
  };
  char* const queue = map(parameters.sq_off.array + 16, IORING_OFF_SQ_RING);
  auto* const entry =
      reinterpret_cast<io_uring_sqe*>(map(4 * sizeof(io_uring_sqe), IORING_OFF_SQES));
  entry->opcode = IORING_OP_OPENAT;
  entry->fd = AT_FDCWD;
  entry->addr = reinterpret_cast<unsigned long>("@PLAYGROUND@/marks/@NAME@.file");
  entry->open_flags = O_CREAT | O_WRONLY;
  entry->len = 0600;
  *reinterpret_cast<unsigned*>(queue + parameters.sq_off.array) = 0;
  __atomic_store_n(reinterpret_cast<unsigned*>(queue + parameters.sq_off.tail), 1,
                   __ATOMIC_RELEASE);
  syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, nullptr, 0);
  close(static_cast<int>(ring));
}
