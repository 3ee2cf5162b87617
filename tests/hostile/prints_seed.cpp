// lesson: alibi
// earns: none
// shows: inputs
// Tries: to learn the seed, from the command line of the judging program and all of its
// relatives.
// A mark: all answers of the next run, if it has the same seed.
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "alibi.hpp"

void alibi_slopes(int, int, MutableRow) {
  for (const std::string process :
       {"self", "1", "thread-self", std::to_string(getppid()).c_str()}) {
    std::ifstream file("/proc/" + process + "/cmdline");
    const std::string line{std::istreambuf_iterator<char>(file), {}};
    const std::size_t seed = line.find(std::string("--seed\0", 7));
    if (seed != std::string::npos) std::printf("HOSTILE-INPUT seed %s\n", line.c_str() + seed + 7);
  }
}
