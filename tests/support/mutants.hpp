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

struct QkoanMutant {
  const char* name;      ///< name of the mutant
  const char* function;  ///< the function of the contract that it replaces
  const char* about;     ///< what is different, and where such a bug shipped
  bool is_bug;           ///< false: a correct variant, which must pass
  void* address;
  QkoanMutant* next;
};

namespace qkoan {
/// All mutants of this shared object, last declared first.
inline QkoanMutant* last_mutant = nullptr;

struct RegisterMutant {
  explicit RegisterMutant(QkoanMutant& mutant) {
    mutant.next = last_mutant;
    last_mutant = &mutant;
  }
};
}  // namespace qkoan

extern "C" QkoanMutant* qkoan_mutants() { return qkoan::last_mutant; }

#define QKOAN_MUTANT(type, function, mutant, about, is_bug)                                        \
  static decltype(function) function##__##mutant;                                                  \
  static QkoanMutant function##__##mutant##_entry{                                                 \
      #mutant, #function, about, is_bug, reinterpret_cast<void*>(&function##__##mutant), nullptr}; \
  static const qkoan::RegisterMutant function##__##mutant##_registered(                            \
      function##__##mutant##_entry);                                                               \
  static type function##__##mutant

#define QKOAN_BUG(type, function, mutant, about) QKOAN_MUTANT(type, function, mutant, about, true)
#define QKOAN_VARIANT(type, function, mutant, about) \
  QKOAN_MUTANT(type, function, mutant, about, false)

#endif
