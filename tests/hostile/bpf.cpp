// lesson: alibi
// earns: none
// Tries: to load a program into the kernel, to watch the kernel's events, and to open a user's
// keys.
// A mark: none; the machine.
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>

#include "alibi.hpp"
#include "parts/marks.hpp"

void alibi_slopes(int, int, MutableRow) {
  bpf_attr map{};
  map.map_type = BPF_MAP_TYPE_ARRAY;
  map.key_size = 4;
  map.value_size = map.max_entries = 8;
  if (syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map) >= 0) leave_mark("kernel", "bpf\n");
  perf_event_attr event{};
  event.size = sizeof event;
  event.type = PERF_TYPE_SOFTWARE;
  if (syscall(SYS_perf_event_open, &event, -1, 0, -1, 0) >= 0) leave_mark("kernel", "perf\n");
  if (syscall(SYS_add_key, "user", "@TOKEN@", "x", 1, -1) >= 0) leave_mark("kernel", "key\n");
  if (syscall(SYS_userfaultfd, 1) >= 0) leave_mark("kernel", "userfaultfd\n");
}
