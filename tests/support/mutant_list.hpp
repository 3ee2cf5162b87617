#ifndef QKOAN_TESTS_SUPPORT_MUTANT_LIST_HPP
#define QKOAN_TESTS_SUPPORT_MUTANT_LIST_HPP
/// @file
/// How planted bugs and variants are listed in the object that has them (tests/support/mutants.hpp).

/// One function of a mutant. Those of a shared object are a list.
struct QkoanMutant {
  const char* name;      ///< name of the mutant
  const char* function;  ///< the function of the contract that it replaces
  const char* about;     ///< what is different, and where such a bug shipped
  bool is_bug;           ///< false: a correct variant, which must pass
  void* address;         ///< of the function that replaces it
  QkoanMutant* next;     ///< declared before; null at the end of the list
};

#endif
