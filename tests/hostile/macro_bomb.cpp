// lesson: alibi
// earns: none
// compiles: no
// ends: no
// Tries: to make the preprocessor write a text of 2^48 words.
// A mark: none; time and memory are what it costs.
#include "alibi.hpp"

#define TEN(x) x x x x x x x x x x x x x x x x
#define A TEN(TEN(TEN(TEN(1 +))))
#define B TEN(TEN(TEN(TEN(A))))
#define C TEN(TEN(TEN(TEN(B))))

void alibi_slopes(int, int, MutableRow slopes) { slopes[0] = C 0; }
