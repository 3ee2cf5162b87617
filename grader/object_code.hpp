#ifndef QKOAN_GRADER_OBJECT_CODE_HPP
#define QKOAN_GRADER_OBJECT_CODE_HPP
/// @file
/// What the compiler made of a function: what can be told reliably of why it is slow.

#include <filesystem>
#include <string>
#include <vector>

#include "async.hpp"

namespace qkoan {

/// The busiest loop of a function and of those that it calls inside the object: of all loops without
/// a loop in them, the one that multiplies the most floats in vectors (a loop that adds up the lanes of
/// sums has more operations than the one that made them), or else works on the most, or on single ones.
struct InnerLoop {
  std::string function;  ///< where it is
  int vectors = 0;       ///< multiplications, additions, … that work on many floats
  int products = 0;      ///< multiplications among them, also fused with an addition
  int numbers = 0;       ///< those that work on one
  int widest = 0;        ///< floats in the widest vector that they work on
  int moves = 0;         ///< loads and stores, also those that are part of an operation
};

/// One sentence for each thing to mend; none if there is nothing to say. Knows x86-64 only.
/// @param lanes  floats in a vector of this machine
std::vector<std::string> advice(const InnerLoop& loop, int lanes);

/// Reads the listing of a disassembler.
InnerLoop busiest_loop(const std::vector<std::string>& listing, const std::string& function);

/// Disassembles a shared object; the listing is empty where that is not possible.
Async<std::vector<std::string>> disassemble(Scope scope, std::filesystem::path library);

}  // namespace qkoan

#endif
