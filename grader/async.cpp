#include "async.hpp"

#include <uv.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <set>

namespace qkoan {

struct Scope::State {
  State() { all().insert(this); }
  ~State() { all().erase(this); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  static std::set<State*>& all() {
    static std::set<State*> states;
    return states;
  }
  void cancel() {
    cancelled = true;
    const std::set<Cancellable*> stopped = running;
    for (Cancellable* wait : stopped) wait->cancel();
  }

  bool cancelled = false;
  std::set<Cancellable*> running;
};

namespace {

int received_signal = 0;

/// A one-shot timer as something to wait for.
class Pause : public Cancellable {
 public:
  Pause(const Scope& scope, int milliseconds) : scope_(scope), milliseconds_(milliseconds) {
    uv_timer_init(uv_default_loop(), &timer_);
    timer_.data = this;
    scope_.add(*this);
  }

  void cancel() override { close(); }
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    const auto fire = [](uv_timer_t* timer) { static_cast<Pause*>(timer->data)->close(); };
    uv_timer_start(&timer_, fire, static_cast<std::uint64_t>(milliseconds_), 0);
  }
  void await_resume() {
    scope_.remove(*this);
    scope_.check();
  }

 private:
  void close() {
    auto* handle = reinterpret_cast<uv_handle_t*>(&timer_);
    if (uv_is_closing(handle)) return;
    uv_close(handle, [](uv_handle_t* closed) { static_cast<Pause*>(closed->data)->waiter_(); });
  }

  Scope scope_;
  int milliseconds_;
  uv_timer_t timer_{};
  std::coroutine_handle<> waiter_;
};

void on_interrupt(uv_signal_t*, int signal) {
  received_signal = signal;
  Scope::cancel_all();
}

}  // namespace

Scope::Scope() : state_(std::make_shared<State>()) {}

void Scope::cancel() const { state_->cancel(); }

bool Scope::cancelled() const { return state_->cancelled; }

void Scope::check() const {
  if (cancelled()) throw Cancelled{};
}

void Scope::add(Cancellable& running) const { state_->running.insert(&running); }

void Scope::remove(Cancellable& running) const { state_->running.erase(&running); }

void Scope::cancel_all() {
  const std::set<State*> states = State::all();
  for (State* state : states) state->cancel();
}

Slots::Slots(int count) : state_(std::make_shared<State>(State{count, {}})) {}

Slots::Taking Slots::take() const { return {state_}; }

bool Slots::Taking::await_ready() const {
  if (state->free == 0) return false;
  --state->free;
  return true;
}

Slots::Slot::~Slot() {
  if (!state_) return;
  if (state_->waiting.empty()) {
    ++state_->free;
    return;
  }
  const std::coroutine_handle<> next = state_->waiting.front();
  state_->waiting.pop_front();
  next();
}

Async<void> pause(Scope scope, int milliseconds) {
  scope.check();
  Pause waiting(scope, milliseconds);
  co_await waiting;
}

int interrupting_signal() { return received_signal; }

int run_until_done(Async<int> job) {
  uv_loop_t* loop = uv_default_loop();
  static std::array<uv_signal_t, 3> handles;
  constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    uv_signal_init(loop, &handles[i]);
    uv_signal_start(&handles[i], on_interrupt, kSignals[i]);
    uv_unref(reinterpret_cast<uv_handle_t*>(&handles[i]));
  }
  while (!job.done()) uv_run(loop, UV_RUN_ONCE);
  Scope::cancel_all();
  uv_run(loop, UV_RUN_DEFAULT);
  if (received_signal != 0) return 128 + received_signal;
  return job.await_resume();
}

}  // namespace qkoan
