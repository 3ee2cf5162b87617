// lesson: alibi
// earns: none
// shows: secret
// Tries: to build a file of the host into the program, and to print it.
// A mark: none; but whatever the compiler may read, the student reads.
#include <cstdio>

#include "alibi.hpp"

asm(".section .rodata\n"
    "secret_text: .incbin \"@PLAYGROUND@/secret.txt\"\n"
    ".incbin \"/etc/passwd\"\n"
    ".byte 0\n"
    ".previous\n");
extern const char secret_text[];

void alibi_slopes(int, int, MutableRow) { std::fputs(secret_text, stdout); }
