// lesson: alibi
// earns: none
// Tries: to go before everybody else: real time, the highest priority, every processor.
// A mark: the speed of all others.
#include <sched.h>
#include <sys/resource.h>

#include "alibi.hpp"
#include "parts/marks.hpp"

void alibi_slopes(int, int, MutableRow) {
  const sched_param first{1};
  if (sched_setscheduler(0, SCHED_FIFO, &first) == 0) {
    leave_mark("processor", "real time\n");
    const sched_param usual{0};
    sched_setscheduler(0, SCHED_OTHER, &usual);
  }
  if (setpriority(PRIO_PROCESS, 0, -20) == 0) leave_mark("processor", "priority\n");
}
