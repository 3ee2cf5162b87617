#ifndef QKOAN_BENCHMARKS_SUPPORT_SECOND_THREAD_HPP
#define QKOAN_BENCHMARKS_SUPPORT_SECOND_THREAD_HPP
/// @file
/// Two threads at the same time.

#include <atomic>
#include <functional>
#include <thread>

namespace qkoan::bench {

/// A thread that exists before the turn starts. While it has nothing to do, it sleeps: one that spins
/// would disturb everybody else's turn.
class SecondThread {
 public:
  SecondThread();   ///< starts it
  ~SecondThread();  ///< ends it

  /// Calls work(0) here and work(1) there, and returns when both are done.
  void both(const std::function<void(int part)>& work);

 private:
  void serve();

  enum State { kIdle, kBusy, kOver };
  std::atomic<State> state_ = kIdle;
  const std::function<void(int)>* work_ = nullptr;
  std::thread thread_;
};

}  // namespace qkoan::bench

#endif
