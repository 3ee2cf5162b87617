#ifndef QKOAN_TESTS_SUPPORT_MUTANTS_HPP
#define QKOAN_TESTS_SUPPORT_MUTANTS_HPP
/// @file
/// Planted bugs and correct variants: how a file tests/mutants/NAME.cpp declares them.
///
/// The file defines the contract's functions, plainly and rightly. A mutant is an implementation that
/// replaces one or more of them and takes the others as they are:
///
///     QKOAN_BUG(float, scaled_score, forgets_scale, "the scale 1/√d is missing")
///     (Row q, Row k) { return dot(q, k); }
///
/// The text completes the sentence "your numbers are those of an implementation where ...". A further
/// function of the same mutant is declared the same way, with an empty text.

#include "tests/support/mutant_list.hpp"

namespace qkoan {
/// All mutants of this shared object, last declared first.
inline QkoanMutant* last_mutant = nullptr;

/// Puts a mutant into the list when the shared object is loaded.
struct RegisterMutant {
  /// Of a mutant that lives as long as the shared object.
  explicit RegisterMutant(QkoanMutant& mutant) {
    mutant.next = last_mutant;
    last_mutant = &mutant;
  }
};
}  // namespace qkoan

/// What a shared object with mutants exports, and implementation.hpp looks for: the head of its list.
extern "C" QkoanMutant* qkoan_mutants() { return qkoan::last_mutant; }

/// Begins the definition of a mutant's function: parameters and body follow.
/// @param type      what the function returns
/// @param function  the function of the contract that it replaces
/// @param mutant    name of the mutant, in snake_case
/// @param about     half a sentence, see above; empty for a further function of the same mutant
/// @param is_bug    false: a correct variant
#define QKOAN_MUTANT(type, function, mutant, about, is_bug)                                        \
  static decltype(function) function##__##mutant;                                                  \
  static QkoanMutant function##__##mutant##_entry{                                                 \
      #mutant, #function, about, is_bug, reinterpret_cast<void*>(&function##__##mutant), nullptr}; \
  static const qkoan::RegisterMutant function##__##mutant##_registered(                            \
      function##__##mutant##_entry);                                                               \
  static type function##__##mutant

/// A planted bug: every suite must reject it. Parameters as of QKOAN_MUTANT.
#define QKOAN_BUG(type, function, mutant, about) QKOAN_MUTANT(type, function, mutant, about, true)
/// A correct variant: every suite must accept it. Parameters as of QKOAN_MUTANT.
#define QKOAN_VARIANT(type, function, mutant, about) \
  QKOAN_MUTANT(type, function, mutant, about, false)

#endif
