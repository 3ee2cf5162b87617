// lesson: alibi
// earns: none
// shows: secret
// Tries: to read the reference while it is compiled, and to print it.
// A mark: who knows the reference has nothing left to think of.
#include <cstdio>

#include "alibi.hpp"

asm(".section .rodata\n"
    "reference_text: .incbin \"@REPOSITORY@/reference/alibi.hpp\"\n"
    ".byte 0\n"
    ".previous\n");
extern const char reference_text[];

void alibi_slopes(int, int, MutableRow) { std::fputs(reference_text, stdout); }
