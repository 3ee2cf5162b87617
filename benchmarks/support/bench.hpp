#ifndef QKOAN_BENCHMARKS_SUPPORT_BENCH_HPP
#define QKOAN_BENCHMARKS_SUPPORT_BENCH_HPP
/// @file
/// Races. An implementation is a value: everyone who exports a function of the contract can take
/// part, our solution, a student, a library from elsewhere. All run in turn in one process, and in
/// every round the limit of the machine is measured beside them, so that a disturbance meets all
/// alike. What counts is the median of the rounds' ratios.

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "exercises/qkoan.hpp"

namespace qkoan::bench {

/// What a call does, and so what its speed is measured in.
struct Work {
  enum Unit { kOperations, kElements, kBytes };
  double amount;
  Unit unit;

  static Work operations(double n) { return {n, kOperations}; }  ///< of floating point
  static Work elements(double n) { return {n, kElements}; }
};

/// What is raced for.
struct Course {
  std::string function;  ///< of the contract
  std::string twin;      ///< the scalar function that does the same; empty: none, or too slow here
  std::vector<std::pair<std::string, int>> sizes;
  std::string about;  ///< what else there is to say: "ALiBi"
  Work work;
  bool graded = false;  ///< whether this size decides on the speed of an exercise
};

/// Who takes part, and the rules.
class Bench {
 public:
  Bench(int argc, char** argv);
  ~Bench();

  /// Races all implementations that define the function. `call` is given each of them, and the twin.
  template <class F, class Call>
  void race(const Course& course, F* function, Call call) {
    race(course, function, call, function, call);
  }

  /// Likewise, for a twin with other parameters.
  template <class F, class Call, class G, class TwinCall>
  void race(const Course& course, F* /*the contract's*/, Call call, G* /*the twin's*/,
            TwinCall twin_call) {
    race_any(
        course, [call](void* function) { call(reinterpret_cast<F*>(function)); },
        [twin_call](void* function) { twin_call(reinterpret_cast<G*>(function)); });
  }

 private:
  using Call = std::function<void(void* function)>;
  void race_any(const Course& course, const Call& call, const Call& twin_call);

  struct State;
  std::unique_ptr<State> state_;
};

/// Numbers that are normally distributed, the same in every run. Matrices begin where a line of the
/// cache does, as in all libraries of tensors: else every vector would be read and written in two parts.
class Numbers {
 public:
  Numbers();
  Matrix matrix(int rows, int cols);
  MutableMatrix output(int rows, int cols);

 private:
  std::mt19937 random_;
  struct alignas(64) Line {
    float numbers[16];
  };
  std::vector<std::unique_ptr<Line[]>> memory_;
};

/// What each NAME_bench.cpp defines.
void run(Bench& bench);

}  // namespace qkoan::bench

#endif
