// lesson: alibi
// earns: none
// Tries: to build the course's solution into the program as bytes, and to load it from memory.
// A mark: task 1, calculated by somebody else.
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "alibi.hpp"

asm(".section .rodata\n"
    "solution_begin: .incbin \"@REPOSITORY@/build/solutions/@SOLUTION@\"\n"
    "solution_end: .byte 0\n"
    ".previous\n");
extern const char solution_begin[], solution_end[];

void alibi_slopes(int heads, int first, MutableRow slopes) {
  using Slopes = void (*)(int, int, MutableRow);
  static const auto theirs = [] {
    const int file = memfd_create("solution", 0);
    if (write(file, solution_begin, solution_end - solution_begin) < 0) return Slopes{};
    const std::string path = "/proc/self/fd/" + std::to_string(file);
    void* const library = dlopen(path.c_str(), RTLD_NOW);
    return library ? reinterpret_cast<Slopes>(dlsym(library, "alibi_slopes")) : nullptr;
  }();
  if (theirs) theirs(heads, first, slopes);
}
