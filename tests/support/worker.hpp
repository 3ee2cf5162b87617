#ifndef QKOAN_TESTS_SUPPORT_WORKER_HPP
#define QKOAN_TESTS_SUPPORT_WORKER_HPP
/// @file
/// The other end of tests/support/remote.hpp: a process that holds a student's functions and nothing
/// else, neither references nor seeds, and calls them when it is asked to. A suite writes the source of
/// its worker (`--worker-source`); a student's object is linked to it.

#include <array>
#include <cstring>
#include <span>

#include "tests/support/wire.hpp"

namespace qkoan::worker {

/// One function of the contract, as the suite numbers them.
struct Entry {
  const char* name;  ///< as the contract has it
  void* address;     ///< nullptr: the student has not defined it
  /// Calls what lies at the address, with a wire::Carrier's bytes.
  void (*call)(void* address, const std::byte* arguments, std::byte* result);
};

wire::Response& question();  ///< to be filled in for ask()
/// Hands the question over to the suite, and waits for the answer, which is in the request then.
void ask();
const wire::Request& answer();  ///< the request

/// Takes the functions of a planted bug or a variant in the place of the plain ones, where
/// tests/mutants/NAME.cpp is linked: for tests of this very process.
/// @param entries  the table
/// @param mutant   its name; nullptr: none
void choose(std::span<Entry> entries, const char* mutant);

/// Answers requests until the suite has no more. Never returns.
[[noreturn]] void serve(std::span<const Entry> entries);

/// @cond  what call() is made of

/// Copies the arrays of a callback to the suite, one behind the other, each once.
struct Packer {
  struct Array {
    void* place;
    long offset, size;
    bool writable;
  };
  std::array<Array, 8> arrays{};
  int count = 0;
  long used = 0;

  template <class View>
  void view(View& v) {
    for (int i = 0; i < count; ++i)
      if (arrays[i].place == v.data) return;
    const long size = wire::elements(v);
    if (count == 8 || size < 0 || used + size > static_cast<long>(wire::kCallbackArrays)) return;
    constexpr bool kWritable = !std::is_const_v<std::remove_pointer_t<decltype(v.data)>>;
    arrays[count++] = {const_cast<float*>(v.data), used, size, kWritable};
    if (size > 0) std::memcpy(question().arrays + used, v.data, 4 * static_cast<std::size_t>(size));
    used += size;
  }
  void flag(bool) {}

  void unpack() const {
    for (int i = 0; i < count; ++i) {
      const Array& a = arrays[i];
      if (a.writable && a.size > 0)
        std::memcpy(a.place, answer().arrays + a.offset, 4 * static_cast<std::size_t>(a.size));
    }
  }
};

template <class Signature>
struct Callback;
template <class Result, class... Arguments>
struct Callback<Result(Arguments...)> {
  template <int number>
  static Result ask(Arguments... arguments) {
    wire::Carrier<Arguments...> carried{arguments...};
    Packer packer;
    wire::visit_all(carried, packer);
    question().callback = number;
    static_assert(sizeof carried <= wire::kArguments);
    std::memcpy(question().arguments, static_cast<const void*>(&carried), sizeof carried);
    worker::ask();
    packer.unpack();
    if constexpr (!std::is_void_v<Result>) {
      Result result;
      std::memcpy(&result, answer().result, sizeof result);
      return result;
    }
  }
  static constexpr std::array kAll{&ask<0>, &ask<1>, &ask<2>, &ask<3>};
};

/// Puts functions that ask the suite where the suite has its own.
struct Binder {
  std::size_t count = 0;

  template <class Signature>
  void function(Signature*& f) {
    f = Callback<Signature>::kAll.at(count++);
  }
  template <class T>
  void view(T&) {}
  template <class T>
  void number(T&) {}
  template <class T>
  void structure(T&) {}
  void flag(bool) {}
};

template <class Signature>
struct Call;
template <class Result, class... Arguments>
struct Call<Result(Arguments...)> {
  static void make(void* address, const std::byte* bytes, std::byte* result) {
    wire::Carrier<Arguments...> carried;
    static_assert(sizeof carried <= wire::kArguments);
    std::memcpy(static_cast<void*>(&carried), bytes, sizeof carried);
    Binder binder;
    wire::visit_all(carried, binder);
    const auto function = reinterpret_cast<Result (*)(Arguments...)>(address);
    const auto call = [&](auto&... each) { return function(reveal<Arguments>(each)...); };
    if constexpr (std::is_void_v<Result>) {
      std::apply(call, carried);
    } else {
      const Result returned = std::apply(call, carried);
      std::memcpy(result, &returned, sizeof returned);
    }
  }

 private:
  template <class Argument>
  static Argument reveal(wire::Carried<Argument>& carried) {
    if constexpr (std::is_reference_v<Argument>)
      return *carried;
    else
      return carried;
  }
};
/// @endcond

/// The table's row for a function of the contract, which must be declared weak.
template <class Signature>
Entry entry(const char* name, Signature* function) {
  return {name, reinterpret_cast<void*>(function), &Call<Signature>::make};
}

}  // namespace qkoan::worker

#endif
