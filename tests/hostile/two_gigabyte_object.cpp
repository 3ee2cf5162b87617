// lesson: alibi
// earns: none
// compiles: no
// ends: no
// Tries: to make an object of two gigabytes.
// A mark: none; memory and disk are what it costs.
#include "alibi.hpp"

asm(".data\n"
    ".globl large\n"
    "large: .fill 2000000000, 1, 1\n"
    ".text\n");
extern char large[];

void alibi_slopes(int, int, MutableRow slopes) { slopes[0] = large[slopes.size]; }
