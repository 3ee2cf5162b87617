#ifndef QKOAN_BENCHMARKS_SUPPORT_WATCHED_RACE_HPP
#define QKOAN_BENCHMARKS_SUPPORT_WATCHED_RACE_HPP
/// @file
/// A race with somebody whom nobody trusts: their function is called in a worker (tests/support/remote.hpp),
/// on other numbers each time, every result is looked at, and the system counts the time.

#include <functional>
#include <string>
#include <vector>

#include "benchmarks/support/rounds.hpp"
#include "tests/support/remote.hpp"

namespace qkoan::bench {

/// Which function of the worker calls reach; chosen before them.
struct RemoteFunction {
  const char* name = nullptr;  ///< as the contract has it
  int number = -1;             ///< in the worker's table
  long calls = 0;              ///< so far
};
inline RemoteFunction remote_function;  ///< the one that calls reach now

/// @cond  a function here that stands for one of the worker
template <class Signature>
struct Remote;
template <class Result, class... Arguments>
struct Remote<Result(Arguments...)> {
  static Result call(Arguments... arguments) {
    ++remote_function.calls;
    return qkoan::detail::remote_call<Result, Arguments...>(remote_function.name,
                                                            remote_function.number, arguments...);
  }
};
/// @endcond

/// Where functions are.
struct Workers {
  std::vector<std::string> own;   ///< starts the worker that is raced
  std::vector<std::string> ours;  ///< starts one with our solution, which is believed
};

/// What is called in turn.
struct WatchedRace {
  std::function<void()> call;    ///< in a worker
  std::function<void()> scalar;  ///< the scalar form, here
  double required;               ///< so many times as fast the call must be
};

/// How it ended.
struct WatchedResult {
  std::vector<Contender> contenders;  ///< own, ours and scalar, with the times of all rounds
  std::string decision;               ///< as of rounds.hpp, or "wrong"
  double required = 0;                ///< as the race says, or less where ours is slow, too
  double deviation = 0;               ///< of the results, at most
  std::string wrong;                  ///< what ended the race
};

/// Races with one worker.
class WatchedRaces {
 public:
  /// Asks our worker what there is to know before the other one is started.
  /// @throws std::runtime_error if it cannot be started
  explicit WatchedRaces(Workers workers);

  /// Seconds of a call that does nothing. They are not the function's.
  double overhead() const { return overhead_; }
  /// From now on calls reach this function.
  /// @throws std::runtime_error if the contract has none of that name
  void choose(const std::string& function);
  /// Calls all in turn, until chance can be excluded or the rounds are over.
  WatchedResult race(const WatchedRace& race);

 private:
  void measure_overhead();

  Workers workers_;
  std::vector<std::string> functions_;
  double overhead_ = 0;
  Worker* ours_ = nullptr;
  Worker* own_ = nullptr;
};

}  // namespace qkoan::bench

#endif
