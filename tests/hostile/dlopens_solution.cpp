// lesson: alibi
// earns: none
// Tries: to load the course's solution while it is judged, and to pass all calls on.
// A mark: every task.
#include <dlfcn.h>

#include "alibi.hpp"

template <class Function>
static Function* theirs(const char* name) {
  void* const library = dlopen("@REPOSITORY@/build/solutions/@SOLUTION@", RTLD_NOW | RTLD_LOCAL);
  if (!library) throw 1;
  return reinterpret_cast<Function*>(dlsym(library, name));
}

void alibi_slopes(int heads, int first, MutableRow slopes) {
  theirs<decltype(alibi_slopes)>("alibi_slopes")(heads, first, slopes);
}
void alibi_row(float slope, int position, bool bidirectional, MutableRow bias) {
  theirs<decltype(alibi_row)>("alibi_row")(slope, position, bidirectional, bias);
}
