// lesson: alibi
// earns: none
// Tries: to name the program that the kernel shall run in place of this one.
// A mark: none; a shell is what it gives.
#include "alibi.hpp"

asm(".section .interp,\"a\",@progbits\n"
    ".string \"/bin/sh\"\n"
    ".previous\n");

void alibi_slopes(int, int, MutableRow) {}
