// lesson: alibi
// earns: none
// shows: neighbour
// Tries: to read what another student handed in, while it is judged itself.
// A mark: another's work.
#include <fstream>
#include <iterator>

#include "alibi.hpp"
#include "parts/marks.hpp"

void alibi_slopes(int, int, MutableRow) {
  std::ifstream file("@NEIGHBOUR@");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}
