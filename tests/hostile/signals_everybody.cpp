// lesson: alibi
// earns: none
// shows: signal
// Tries: to send a signal to every process it may reach, its neighbour by name. (SIGURG, which
// nobody minds who does not ask for it.)
// A mark: none; with SIGKILL nobody else would be judged.
#include <csignal>
#include <fstream>

#include "alibi.hpp"
#include "parts/marks.hpp"

void alibi_slopes(int, int, MutableRow) {
  kill(-1, SIGURG);
  kill(std::atoi("@NEIGHBOUR_PID@"), SIGURG);
  kill(0, SIGURG);
}
