// lesson: alibi
// earns: none
// compiles: no
// ends: no
// Tries: to make the assembler write without end.
// A mark: none; memory and disk are what it costs.
asm(".rept 40000000\n"
    ".quad 1, 2, 3, 4, 5, 6, 7, 8\n"
    ".endr\n");
