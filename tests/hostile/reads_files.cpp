// lesson: alibi
// earns: none
// shows: secret
// Tries: to read the host's files while it is judged, and to print them.
// A mark: none; whatever is written in them.
#include <fstream>
#include <iterator>

#include "alibi.hpp"
#include "parts/marks.hpp"

void alibi_slopes(int, int, MutableRow) {
  for (const char* const name :
       {"@PLAYGROUND@/secret.txt", "/etc/passwd", "/etc/hostname", "/proc/1/maps"}) {
    std::ifstream file(name);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  std::fflush(stdout);
}
