#ifndef QKOAN_TESTS_SUPPORT_IMPLEMENTATION_HPP
#define QKOAN_TESTS_SUPPORT_IMPLEMENTATION_HPP
/// @file
/// An implementation is a value: a table of the contract's functions, filled from a shared object.
/// The suite that judges it does not know whether it is a student's, ours, a planted bug or a
/// library from elsewhere.

#include <exception>
#include <string>
#include <vector>

#include "exercises/qkoan.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/remote.hpp"

namespace qkoan {

/// A planted bug or correct variant, as its shared object lists it.
struct MutantInfo {
  std::string name;                    ///< as in bug:NAME
  std::string about;                   ///< completes "your numbers are those of a known mistake: …"
  bool is_bug;                         ///< false: a correct variant, which must pass
  std::vector<std::string> functions;  ///< the functions of the contract that it replaces
};

/// Loads the shared object to be judged. If it says for which version of the contracts it was built
/// (exercises/qkoan.h), that must be this one.
/// @param path    file with the contract's functions
/// @param mutant  planted bug or variant in it; empty: the plain functions
/// @throws std::runtime_error naming the file and the reason
void load_implementation(const std::string& path, const std::string& mutant);

/// Takes the functions that the loaded object does not define from another one.
/// @throws std::runtime_error if the file cannot be loaded
void load_complement(const std::string& path);

/// Mutants of a shared object, in the order of their declaration; none if it declares none.
/// @throws std::runtime_error if the file cannot be loaded
std::vector<MutantInfo> list_mutants(const std::string& path);

/// The source of a worker for this suite (tests/support/worker.hpp).
/// @param contract  name of the header
std::string worker_source(const std::string& contract);

/// Names of the functions that the suite knows and the loaded object does not define.
std::vector<std::string> missing_functions();

/// The function of the implementation that runs at this moment, or "": for the report of a crash.
const char* running_function();

namespace detail {

/// One row of the table.
class Entry {
 public:
  explicit Entry(const char* name);
  void* address() const;  ///< @throws Failure of kind "missing"
  const char* name() const { return name_; }
  int number() const { return number_; }  ///< of the row

 private:
  const char* name_;
  int number_;
};

/// Marks an entry as running while it lives.
class Running {
 public:
  explicit Running(const char* name);
  ~Running();
};

/// What a call came to that has no result.
/// @{
Failure missing_function(const char* function);
Failure unsolved_task(const char* function, int task);
Failure threw_exception(const char* function, const std::string& type, const std::string* what);
/// @}

/// Turns what an implementation threw into a Failure; call it inside a catch block.
[[noreturn]] void rethrow_as_failure(const char* function);

}  // namespace detail

/// @cond  declared for the specialisation
template <class Signature>
class Function;
/// @endcond

/// A function of the contract, bound to whatever implementation is loaded.
template <class Result, class... Arguments>
class Function<Result(Arguments...)> {
 public:
  /// Registers the function as one that the suite knows.
  /// @param name  as shared objects export it
  explicit Function(const char* name) : entry_(name) {}

  /// Calls it.
  /// @throws Failure if the function is missing, not written yet, or throws
  Result operator()(Arguments... arguments) const {
    if (judges_remotely()) {
      const detail::Running running(entry_.name());
      return detail::remote_call<Result, Arguments...>(entry_.name(), entry_.number(),
                                                       arguments...);
    }
    auto* function = reinterpret_cast<Result (*)(Arguments...)>(entry_.address());
    const detail::Running running(entry_.name());
    try {
      return function(arguments...);
    } catch (...) {
      detail::rethrow_as_failure(entry_.name());
    }
  }

 private:
  detail::Entry entry_;
};

/// A member of a suite's table: `QKOAN_FUNCTION(dot);` declares `dot`, callable as in the contract.
#define QKOAN_FUNCTION(name) \
  qkoan::Function<decltype(::name)> name { #name }

}  // namespace qkoan

#endif
