#ifndef QKOAN_TESTS_SUPPORT_REMOTE_HPP
#define QKOAN_TESTS_SUPPORT_REMOTE_HPP
/// @file
/// An implementation in a process of its own, a *worker* (tests/support/worker.hpp). Whoever wrote it
/// shares no memory with the suite but two regions (tests/support/wire.hpp): it gets the inputs of one
/// call at a time and says what comes out. References, seeds, verdicts and the clock stay here.
///
/// Arrays of a Case lie over there as they lie here, between closed pages. What happens around them
/// there is made to happen here, so that the suite sees a worker as it sees a function of its own.

#include <cstring>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/support/wire.hpp"

namespace qkoan {

/// A process that holds somebody's functions, and what is shared with it.
class Worker;

/// Starts one; it lives as long as this process.
/// @param command  starts it, with the descriptors of wire.hpp
/// @throws std::runtime_error if it cannot be started
Worker& start_worker(std::vector<std::string> command);

/// From now on all functions are called in this worker.
void use_worker(Worker& worker);

/// Starts a worker; from now on all functions are called there.
/// @throws std::runtime_error if it cannot be started
void judge_remotely(std::vector<std::string> command);

/// Whether functions are called in a worker.
bool judges_remotely();

/// Measures the memory that the worker has taken while it lives: what the system says, in whatever way
/// it was asked for.
class WorkerMemory {
 public:
  WorkerMemory();
  long peak() const;  ///< the most at a time, in bytes

 private:
  int process_;
  long before_;
};

/// Time of a processor that this process has taken, in seconds; that of the worker, where functions are
/// called in one.
double processor_seconds();

/// Time of processors that the worker has taken since it began, in seconds. The system counts it: a
/// worker cannot change it, and whatever it does, whenever, is in it.
double worker_seconds();

/// Has the worker answer and do nothing else.
void call_nothing();

/// Names of the contract's functions by their numbers, as the worker tells them: ask only one that has
/// nobody's code in it.
std::vector<std::string> functions_of_worker();

namespace detail {

/// Which functions of the table the worker lacks.
bool worker_lacks(int function);

/// Bytes here that a call can reach.
struct Block {
  std::byte* here;         ///< the first of them
  std::size_t size;        ///< all of them: whole pages, if they are a GuardedMemory's
  bool guarded;            ///< they are
  bool writable;           ///< it gets them back
  int slot = -1;           ///< where they are over there
  std::size_t offset = 0;  ///< of the first byte, from the slot's start
};

/// A call on its way: its arguments as the worker sees them, and what to do with its results.
class Parcel {
 public:
  /// The worker's functions ask here.
  using Answer = std::function<void(const wire::Response&, wire::Request&)>;

  void add_block(const void* data, std::size_t bytes, bool writable);
  /// After all blocks are known: takes the bytes over.
  void pack();
  /// Where the byte lies over there.
  std::uintptr_t address_of(const void* data) const;
  void add_answer(Answer answer) { answers_.push_back(std::move(answer)); }
  /// Once more, with what has changed since: a structure with pointers.
  void put(const void* data, const void* bytes, std::size_t size) const;
  void get(const void* data, void* bytes, std::size_t size) const;

  /// Rings, answers questions, waits for the end of the call, and takes the outputs back.
  /// @throws Failure if the function is missing, not written yet, or throws
  void send(const char* name, int function, const void* arguments, std::size_t size, void* result,
            std::size_t result_size);

 private:
  void take_back() const;
  void answer(const wire::Response& question, wire::Request& request) const;
  bool mirror_write(std::uintptr_t address) const;
  const void* local(std::uintptr_t address) const;
  [[noreturn]] void die(const wire::Response& last) const;

  std::vector<Block> blocks_;
  std::vector<Answer> answers_;
};

/// @cond  what remote_call() is made of

/// First pass: which memory a call can reach.
struct Collector {
  Parcel& parcel;

  template <class View>
  void view(View& v) {
    constexpr bool kWritable = !std::is_const_v<std::remove_pointer_t<decltype(v.data)>>;
    parcel.add_block(v.data, 4 * static_cast<std::size_t>(wire::elements(v)), kWritable);
  }
  template <class T>
  void number(T*& p) {
    parcel.add_block(p, sizeof *p, !std::is_const_v<T>);
  }
  template <class T>
  void structure(T*& p) {
    parcel.add_block(p, sizeof *p, !std::is_const_v<T>);
    auto copy = *p;
    wire::visit(copy, *this);
  }
  template <class F>
  void function(F*&) {}
  void flag(bool) {}
};

/// The rows and matrices of a structure: kept as they are here, and as they were sent. What comes back
/// stands for the ones here; what has become another one, for none at all.
struct Views {
  enum class Step { kKeepOurs, kKeepSent, kRestore } step = Step::kKeepOurs;
  std::vector<std::byte> ours = {}, sent = {};
  std::size_t next = 0;

  template <class View>
  void view(View& v) {
    auto* const bytes = reinterpret_cast<std::byte*>(&v);
    if (step == Step::kKeepOurs) ours.insert(ours.end(), bytes, bytes + sizeof v);
    if (step == Step::kKeepSent) sent.insert(sent.end(), bytes, bytes + sizeof v);
    if (step != Step::kRestore) return;
    View was;
    std::memcpy(static_cast<void*>(&was), sent.data() + next, sizeof was);
    const bool stayed = was.data == v.data && wire::elements(was) == wire::elements(v);
    v = {};
    if (stayed) std::memcpy(static_cast<void*>(&v), ours.data() + next, sizeof v);
    next += sizeof v;
  }
  void flag(bool) {}
};

/// The arguments of a callback: its arrays are copied out of the region before anybody looks at them.
class Adopted {
 public:
  explicit Adopted(const wire::Response& question) : question_(question) {}

  template <class View>
  void view(View& v) {
    v.data = reinterpret_cast<decltype(v.data)>(adopt(v.data, wire::elements(v)));
  }
  void flag(bool& b) {
    unsigned char byte;
    std::memcpy(&byte, &b, 1);
    b = byte != 0;
  }
  const std::vector<float>& arrays() const { return floats_; }

 private:
  float* adopt(const void* there, long size);

  const wire::Response& question_;
  std::vector<std::pair<const void*, std::pair<std::size_t, long>>> known_;
  std::vector<float> floats_ = reserved();
  static std::vector<float> reserved() {
    std::vector<float> room;
    room.reserve(wire::kCallbackArrays);  // pointers into it stay valid
    return room;
  }
};

template <class Result, class... Arguments>
Parcel::Answer answer_with(Result (*function)(Arguments...)) {
  return [function](const wire::Response& question, wire::Request& answer) {
    wire::Carrier<Arguments...> carried;
    std::memcpy(static_cast<void*>(&carried), question.arguments, sizeof carried);
    Adopted adopted(question);
    wire::visit_all(carried, adopted);
    if constexpr (std::is_void_v<Result>) {
      std::apply(function, carried);
    } else {
      const Result result = std::apply(function, carried);
      std::memcpy(answer.result, &result, sizeof result);
    }
    std::memcpy(answer.arrays, adopted.arrays().data(), 4 * adopted.arrays().size());
  };
}

/// Second pass: pointers that are right over there.
struct Translator {
  Parcel& parcel;
  std::vector<std::function<void()>> afterwards = {};

  template <class T>
  void translate(T*& p) {
    p = reinterpret_cast<T*>(parcel.address_of(p));
  }
  template <class View>
  void view(View& v) {
    translate(v.data);
  }
  template <class T>
  void number(T*& p) {
    translate(p);
  }
  template <class T>
  void structure(T*& p) {
    std::remove_const_t<T> copy = *p;
    Views views;
    wire::visit(copy, views);
    wire::visit(copy, *this);
    views.step = Views::Step::kKeepSent;
    wire::visit(copy, views);
    parcel.put(p, &copy, sizeof copy);
    if constexpr (!std::is_const_v<T>) {
      views.step = Views::Step::kRestore;
      afterwards.push_back([this, here = p, views]() mutable {
        parcel.get(here, here, sizeof *here);
        wire::visit(*here, views);
      });
    }
    translate(p);
  }
  template <class F>
  void function(F*& f) {
    parcel.add_answer(answer_with(f));
  }
  void flag(bool) {}
};
/// @endcond

/// Calls a function of the table in the worker.
template <class Result, class... Arguments>
Result remote_call(const char* name, int number, Arguments... arguments) {
  const auto carry = [](auto& argument, auto type) -> typename decltype(type)::type {
    if constexpr (std::is_pointer_v<typename decltype(type)::type> &&
                  !std::is_pointer_v<std::remove_reference_t<decltype(argument)>>)
      return &argument;
    else
      return argument;
  };
  wire::Carrier<Arguments...> carried{
      carry(arguments, std::type_identity<wire::Carried<Arguments>>{})...};
  Parcel parcel;
  Collector collector{parcel};
  wire::visit_all(carried, collector);
  parcel.pack();
  Translator translator{parcel};
  wire::visit_all(carried, translator);
  alignas(16) std::byte result[wire::kResult] = {};
  constexpr std::size_t kBytes = [] {
    if constexpr (std::is_void_v<Result>)
      return 0;
    else
      return sizeof(Result);
  }();
  static_assert(sizeof carried <= wire::kArguments && kBytes <= wire::kResult);
  parcel.send(name, number, &carried, sizeof carried, result, kBytes);
  for (const auto& step : translator.afterwards) step();
  if constexpr (std::is_same_v<Result, bool>) {
    return result[0] != std::byte{0};
  } else if constexpr (!std::is_void_v<Result>) {
    Result value;
    std::memcpy(&value, result, sizeof value);
    return value;
  }
}

}  // namespace detail
}  // namespace qkoan

#endif
