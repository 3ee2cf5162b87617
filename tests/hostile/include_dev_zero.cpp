// lesson: alibi
// earns: none
// compiles: no
// ends: no
// Tries: to make the compiler read a file without end.
// A mark: none; the machine's memory is what it costs.
#include "/dev/zero"
