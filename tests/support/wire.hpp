#ifndef QKOAN_TESTS_SUPPORT_WIRE_HPP
#define QKOAN_TESTS_SUPPORT_WIRE_HPP
/// @file
/// What a suite and a worker have in common when a student's code runs in a process of its own.
///
/// Two regions of memory are shared. In the *request*, which the worker can only read, lie the inputs;
/// in the *response* the outputs. Each begins with an envelope, and then has slots, one for each array.
/// A worker maps both at fixed addresses, so that the suite writes arguments as the worker's functions
/// take them: as bytes, with pointers that are right over there. Two pipes ring: four bytes, the number
/// of the request.
///
/// The suite believes nothing that it reads here: it takes sizes and pointers from what it sent.

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>

#include "exercises/qkoan.hpp"

namespace qkoan::wire {

/// Descriptors of a worker; it has no others.
/// @{
constexpr int kRequestDescriptor = 3;
constexpr int kResponseDescriptor = 4;
constexpr int kRequestBell = 5;
constexpr int kResponseBell = 6;
/// @}

constexpr std::size_t kPage = 4096;                   ///< what the processor protects at a time
constexpr std::size_t kEnvelope = 16 * kPage;         ///< bytes before the slots
constexpr std::size_t kSlot = std::size_t{32} << 20;  ///< bytes of a slot
constexpr int kSlots = 16;                            ///< of each region; a call has no more arrays
constexpr std::size_t kRegion = kEnvelope + kSlots * kSlot;  ///< bytes of a region

/// A slot's first page stays closed, and so is everything behind the pages that are occupied.
constexpr std::size_t start_of_slot(int slot) {
  return kEnvelope + static_cast<std::size_t>(slot) * kSlot + kPage;
}

/// Where a worker has the regions.
/// @{
constexpr std::uintptr_t kRequestAddress = 0x2000'0000'0000;
constexpr std::uintptr_t kResponseAddress = 0x2100'0000'0000;
/// @}

constexpr std::size_t kArguments = 256;  ///< bytes of all arguments of a call, at most
constexpr std::size_t kResult = 16;      ///< bytes of a result, at most
constexpr std::size_t kCallbackArrays =
    8192;                           ///< floats in all arrays that a callback is given, at most
constexpr std::size_t kText = 512;  ///< bytes of what an exception says, at most
constexpr std::size_t kNames = 4 * kCallbackArrays;  ///< bytes of all names of functions, at most

/// What the suite says.
struct Request {
  /// Call a function; the result of a callback; answer at once, so that the way here is known.
  enum Kind : std::int32_t { kCall, kAnswer, kNothing };
  Kind kind;                      ///< which of these
  std::int32_t function;          ///< its number in the table
  std::int32_t pages[2][kSlots];  ///< occupied ones in the slots of request and response
  alignas(16) std::byte arguments[kArguments];  ///< of a call
  alignas(16) std::byte result[kResult];        ///< of a callback
  float arrays[kCallbackArrays];                ///< of a callback, as it left them
};

/// What the worker says.
struct Response {
  /// How a call ended; or it has a question, and goes on when that is answered.
  enum Kind : std::int32_t { kReturned, kMissing, kUnsolved, kThrew, kAsks, kDied };
  Kind kind;                                    ///< which of these
  std::uint32_t sequence;                       ///< of the request that this answers
  std::int32_t task;                            ///< unsolved: its number
  std::int32_t callback;                        ///< asks: which of the functions that it was given
  std::int32_t signal;                          ///< died: of what,
  std::uint64_t address;                        ///< and where
  std::int32_t has_what;                        ///< threw: a std::exception
  char type[kText];                             ///< threw: its type, readable
  char what[kText];                             ///< and what it says
  alignas(16) std::byte result[kResult];        ///< returned: what
  alignas(16) std::byte arguments[kArguments];  ///< of a callback; pointers tell arrays apart
  float arrays[kCallbackArrays];                ///< one after the other

  /// In place of arrays, when a worker begins: the names of its functions, a line each.
  /// @{
  const char* names() const { return reinterpret_cast<const char*>(arrays); }
  char* names() { return reinterpret_cast<char*>(arrays); }
  /// @}
};

static_assert(sizeof(Request) <= kEnvelope && sizeof(Response) <= kEnvelope);

/// How an argument travels: a reference as a pointer to a copy.
template <class T>
using Carried = std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T>*, T>;

/// All arguments of a call; the same layout on both sides, which one compiler has built.
template <class... Arguments>
using Carrier = std::tuple<Carried<Arguments>...>;

/// @cond  what follows is for visit()
struct Anything {
  template <class T>
  operator T() const;
};

template <class T, class... Fields>
constexpr int count_fields() {
  if constexpr (requires { T{Fields{}..., Anything{}}; })
    return count_fields<T, Fields..., Anything>();
  else
    return sizeof...(Fields);
}

template <class T>
struct IsView : std::false_type {};
template <class T>
struct IsView<RowOf<T>> : std::true_type {};
template <class T>
struct IsView<MatrixOf<T>> : std::true_type {};
/// @endcond

/// How many numbers there are.
/// @{
template <class T>
long elements(const RowOf<T>& row) {
  return row.size;
}
template <class T>
long elements(const MatrixOf<T>& matrix) {
  return static_cast<long>(matrix.rows) * matrix.cols;
}
/// @}

/// Shows a visitor what must be looked at in an argument: view(v) for rows and matrices, number(p) for a
/// pointer to one number, function(f) for a function, structure(p) for a reference, flag(b) for a bool.
template <class T, class Visitor>
void visit(T& value, Visitor& visitor) {
  using Plain = std::remove_const_t<T>;
  if constexpr (std::is_same_v<Plain, bool>) {
    visitor.flag(value);
  } else if constexpr (std::is_arithmetic_v<Plain>) {
    return;
  } else if constexpr (IsView<Plain>::value) {
    visitor.view(value);
  } else if constexpr (std::is_pointer_v<Plain>) {
    using Target = std::remove_pointer_t<Plain>;
    if constexpr (std::is_function_v<Target>)
      visitor.function(value);
    else if constexpr (std::is_arithmetic_v<Target>)
      visitor.number(value);
    else
      visitor.structure(value);
  } else {
    constexpr int kFields = count_fields<Plain>();
    const auto all = [&](auto&... fields) { (visit(fields, visitor), ...); };
    static_assert(kFields >= 2 && kFields <= 6, "add a line for so many fields");
    if constexpr (kFields == 2) {
      auto& [a, b] = value;
      all(a, b);
    } else if constexpr (kFields == 3) {
      auto& [a, b, c] = value;
      all(a, b, c);
    } else if constexpr (kFields == 4) {
      auto& [a, b, c, d] = value;
      all(a, b, c, d);
    } else if constexpr (kFields == 5) {
      auto& [a, b, c, d, e] = value;
      all(a, b, c, d, e);
    } else {
      auto& [a, b, c, d, e, f] = value;
      all(a, b, c, d, e, f);
    }
  }
}

/// The same for all arguments of a call, in their order.
template <class... Carried, class Visitor>
void visit_all(std::tuple<Carried...>& arguments, Visitor& visitor) {
  std::apply([&](auto&... each) { (visit(each, visitor), ...); }, arguments);
}

}  // namespace qkoan::wire

#endif
