#ifndef QKOAN_BENCHMARKS_SUPPORT_BENCH_HPP
#define QKOAN_BENCHMARKS_SUPPORT_BENCH_HPP
/// @file
/// Races. An implementation is a value: everyone who exports a function of the contract can take
/// part, our solution, a student, a library from elsewhere. All run in turn in one process, and in
/// every round the limit of the machine is measured beside them, so that a disturbance meets all
/// alike. What counts is the median of the rounds' ratios.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "benchmarks/support/numbers.hpp"
#include "benchmarks/support/watched_race.hpp"
#include "exercises/qkoan.hpp"

namespace qkoan::bench {

/// What a call does, and so what its speed is measured in.
struct Work {
  /// What is counted, and so what a race's result is in.
  enum Unit {
    kOperations,  ///< of floating point: speed is a part of the machine's peak
    kElements,    ///< written: speed is cycles for each
  };
  double amount;      ///< of these, in one call
  Unit unit;          ///< which of them
  double arithmetic;  ///< operations of floating point; an elementary function counts as kFunction
  double bytes;       ///< of inputs and outputs, each counted once

  static constexpr double kFunction = 12;  ///< a polynomial of degree 5, and what prepares it

  /// Work in which arithmetic counts, such as products of matrices.
  /// @param n      operations of one call
  /// @param bytes  of inputs and outputs
  static Work operations(double n, double bytes) { return {n, kOperations, n, bytes}; }
  /// Work that is the same for each element, such as a matrix of biases.
  /// @param n           elements that one call writes
  /// @param arithmetic  operations for an element; 0: nothing is computed, or next to nothing
  /// @param bytes       for an element
  static Work elements(double n, double arithmetic, double bytes) {
    return {n, kElements, n * arithmetic, n * bytes};
  }
};

/// What is raced for.
struct Race {
  std::string function;  ///< of the contract
  std::string twin;      ///< the scalar function that does the same; empty: none, or too slow here
  std::vector<std::pair<std::string, int>> sizes;  ///< as printed: n_q = 64, d = 128
  std::string about;                               ///< what else there is to say: "ALiBi"
  Work work;                                       ///< of one call
  bool graded = false;  ///< whether this size decides on the speed of an exercise
  /// In place of a twin, if that is no function of this contract: its call.
  std::function<void()> scalar = nullptr;
};

/// One of several calls of the same library.
struct Case {
  std::string name;            ///< as printed
  std::function<void()> call;  ///< does the work once
};

/// A size, of a series in which only the number of tokens grows.
struct Growth {
  std::string function;  ///< of the contract
  int tokens;            ///< n_q = n_k
  int d;                 ///< elements of queries, keys and values
  int least_rounds;      ///< few, where a call takes seconds
  double scores;         ///< of pairs that are seen
  double bytes;          ///< of inputs and outputs
  double allowed;        ///< bytes that a call may take beside them
};

/// Who takes part, and the rules.
class Bench {
 public:
  /// Reads the arguments of the program, and loads the libraries that they name, or starts the worker.
  /// Ends the process with a message if it does not understand them.
  /// @throws std::runtime_error if a library cannot be loaded
  Bench(int argc, char** argv);
  ~Bench();

  /// Races all implementations that define the function. `call` is given each of them, and the twin.
  template <class F, class Call>
  void race(const Race& race, F* function, Call call) {
    this->race(race, function, call, function, call);
  }

  /// Likewise, for a twin with other parameters.
  template <class F, class Call, class G, class TwinCall>
  void race(const Race& race, F* /*the contract's*/, Call call, G* /*the twin's*/,
            TwinCall twin_call) {
    race_any(race, typed<F>(call), typed<G>(twin_call), {}, remote<F>());
  }

  /// Likewise; the first implementation also races with itself on two threads at the same time.
  /// @param race    what for
  /// @param call    does all of the work with the function that it is given
  /// @param part    is given the function, and which half of the work is to be done, 0 or 1
  /// @param output  what both halves together have to write; throws if they leave anything out
  template <class F, class Call, class Part>
  void race_in_two(const Race& race, F* /*the contract's*/, Call call, Part part,
                   MutableMatrix output) {
    const auto half = [part](void* function, int which) {
      part(reinterpret_cast<F*>(function), which);
    };
    race_any(race, typed<F>(call), typed<F>(call), {half, output}, remote<F>());
  }

  /// Races calls of the first library: how much longer do they take than the first of them?
  void compare(const Race& race, const std::vector<Case>& cases);

  /// Time and memory of such calls at one size of a series.
  void grow(const Growth& growth, const std::vector<Case>& cases);

  /// The numbers of tokens in races that are all about memory. Where somebody is watched, it is half the
  /// first: all who take turns shall find their matrices in the cache, as somebody who is alone does.
  std::vector<int> tokens(std::vector<int> usual) const;

  /// Up to how many tokens somebody wants to know how cost grows; 0: nobody does.
  int most_tokens() const;

  /// The first library's function of that name; null if it has none.
  template <class F>
  F* find(const char* name, F* /*the contract's*/) const {
    return reinterpret_cast<F*>(find_any(name));
  }

 private:
  using Call = std::function<void(void* function)>;

  /// Work for two threads. Empty: none.
  struct Halves {
    std::function<void(void* function, int half)> part;
    MutableMatrix output;
  };

  template <class F, class C>
  static Call typed(C call) {
    return [call](void* function) { call(reinterpret_cast<F*>(function)); };
  }
  /// What stands here for a worker's function.
  template <class F>
  static void* remote() {
    return reinterpret_cast<void*>(&Remote<F>::call);
  }
  void race_any(const Race& race, const Call& call, const Call& twin_call, const Halves& halves,
                void* remote);
  void race_watched(const Race& race, const Call& call, const Call& twin_call, void* remote);
  void* find_any(const char* name) const;

  struct State;
  std::unique_ptr<State> state_;
};

/// What each NAME_bench.cpp defines.
void run(Bench& bench);

}  // namespace qkoan::bench

#endif
