/// @file
/// The functions of a contract, doing nothing: what is left of a call's time is the way to the worker and back.

#include "exercises/alibi.hpp"

void alibi_slopes(int, int, MutableRow) {}
void add_alibi(float, bool, MutableMatrix) {}
