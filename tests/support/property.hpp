#ifndef QKOAN_TESTS_SUPPORT_PROPERTY_HPP
#define QKOAN_TESTS_SUPPORT_PROPERTY_HPP
/// @file
/// Checks over many generated cases, and over one that is written out.

#include <functional>
#include <vector>

#include "tests/support/case.hpp"

namespace qkoan {

/// A whole number that a case varies, with its range (both ends included).
struct Parameter {
  const char* name;  ///< as a case is asked for it; begins with _ if no reader is to see it
  int low;           ///< the simplest, to which failures are shrunk
  int high;          ///< included
};

/// Takes inputs from the case, calls what is judged, and tells the case what came of it.
using Check = std::function<void(Case&)>;

/// Judges `check` on generated cases, small ones first. A case that fails is shrunk by RapidCheck to
/// smaller parameters and simpler values before it is reported, so that a reader meets the smallest
/// failure and not the first. Seeds come from the suite's seed and the name of the check, so that
/// one check alone meets the same cases again.
void for_all(const std::vector<Parameter>& parameters, const Check& check);

/// Judges `check` on one case without parameters: a worked example, an exact probe.
void example(const Check& check);

}  // namespace qkoan

#endif
