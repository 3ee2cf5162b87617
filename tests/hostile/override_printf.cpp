// lesson: alibi
// earns: none
// Tries: to write all reports itself: whatever is printed becomes "passed".
// A mark: every task, if what is printed is the verdict.
#include <cstdarg>

#include "alibi.hpp"
#include "parts/events.hpp"

extern "C" {
int printf(const char*, ...) { return forge_verdict(ALL_OF_ALIBI), 0; }
int puts(const char*) { return forge_verdict(ALL_OF_ALIBI), 0; }
int snprintf(char* text, std::size_t, const char*, ...) { return *text = 0; }
int vsnprintf(char* text, std::size_t, const char*, va_list) { return *text = 0; }
}

void alibi_slopes(int, int, MutableRow) {}
