#include "benchmarks/support/second_thread.hpp"

namespace qkoan::bench {

SecondThread::SecondThread() : thread_([this] { serve(); }) {}

SecondThread::~SecondThread() {
  state_ = kOver;
  state_.notify_all();
  thread_.join();
}

void SecondThread::both(const std::function<void(int part)>& work) {
  work_ = &work;
  state_ = kBusy;
  state_.notify_all();
  work(0);
  state_.wait(kBusy);
}

void SecondThread::serve() {
  for (;;) {
    state_.wait(kIdle);
    if (state_ == kOver) return;
    (*work_)(1);
    state_ = kIdle;
    state_.notify_all();
  }
}

}  // namespace qkoan::bench
