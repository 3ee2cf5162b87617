#include "docs/numbers.hpp"
void qkoan::numbers(Page&) {}
