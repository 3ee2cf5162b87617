// lesson: alibi
// earns: none
// compiles: no
// ends: no
// Tries: to make the compiler read its input again and again, twice in each.
// A mark: none; time and memory are what it costs.
#if __INCLUDE_LEVEL__ < 36
#include __FILE__
#include __FILE__
#endif
