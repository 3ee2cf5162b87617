#ifndef QKOAN_GRADER_ASYNC_HPP
#define QKOAN_GRADER_ASYNC_HPP
/// @file
/// Jobs that wait for child processes read top to bottom: they are coroutines on libuv's loop.
///
/// An Async<T> starts at once when it is called; `co_await` waits for its result. Two jobs that
/// were started one after the other run side by side. Everything happens on one thread.

#include <coroutine>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace qkoan {

/// Thrown out of every wait of a cancelled job.
struct Cancelled {};

namespace detail {

/// What every job remembers: who waits for it and how it failed.
struct PromiseBase {
  std::coroutine_handle<> waiter;
  std::exception_ptr error;
  bool abandoned = false;

  /// Hands over to whoever waits; a job that nobody holds any more frees itself.
  struct Finish {
    bool await_ready() noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> job) noexcept {
      PromiseBase& promise = job.promise();
      const std::coroutine_handle<> next = promise.waiter;
      if (promise.abandoned) job.destroy();
      return next ? next : std::noop_coroutine();
    }
    void await_resume() noexcept {}
  };

  std::suspend_never initial_suspend() noexcept { return {}; }
  Finish final_suspend() noexcept { return {}; }
  void unhandled_exception() { error = std::current_exception(); }
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  auto get_return_object() { return std::coroutine_handle<Promise>::from_promise(*this); }
  void return_value(T result) { value.emplace(std::move(result)); }
  T take() { return std::move(*value); }
};

template <>
struct Promise<void> : PromiseBase {
  auto get_return_object() { return std::coroutine_handle<Promise>::from_promise(*this); }
  void return_void() {}
  void take() {}
};

}  // namespace detail

/// A job that runs and will have a result.
template <class T = void>
class [[nodiscard]] Async {
 public:
  using promise_type = detail::Promise<T>;

  // Implicit: a coroutine's return object is made from its promise's handle.
  Async(std::coroutine_handle<promise_type> job) : job_(job) {}
  Async(Async&& other) noexcept : job_(std::exchange(other.job_, nullptr)) {}
  Async& operator=(Async&& other) noexcept {
    std::swap(job_, other.job_);
    return *this;
  }
  /// A job that still runs goes on without its owner.
  ~Async() {
    if (!job_) return;
    if (job_.done()) {
      job_.destroy();
    } else {
      job_.promise().abandoned = true;
    }
  }

  bool done() const { return job_.done(); }
  bool await_ready() const { return job_.done(); }
  void await_suspend(std::coroutine_handle<> waiter) { job_.promise().waiter = waiter; }
  T await_resume() {
    if (job_.promise().error) std::rethrow_exception(job_.promise().error);
    return job_.promise().take();
  }

 private:
  std::coroutine_handle<promise_type> job_;
};

/// Something that waits and can be told to stop.
class Cancellable {
 public:
  virtual void cancel() = 0;

 protected:
  ~Cancellable() = default;
};

/// A set of waits that are stopped together; copies speak of the same set.
class Scope {
 public:
  Scope();

  /// Stops what runs; every later wait throws Cancelled.
  void cancel() const;
  bool cancelled() const;
  /// Throws Cancelled if this scope was cancelled.
  void check() const;
  void add(Cancellable& running) const;
  void remove(Cancellable& running) const;

  /// Cancels every scope there is: the program ends.
  static void cancel_all();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// At most `count` jobs at a time: `const auto slot = co_await slots.take();`
/// Copies speak of the same slots.
class Slots {
 public:
  explicit Slots(int count);

  class Slot;
  struct Taking;
  Taking take() const;

 private:
  struct State {
    int free = 0;
    std::deque<std::coroutine_handle<>> waiting;
  };
  std::shared_ptr<State> state_;
};

/// Given back when it goes out of scope.
class Slots::Slot {
 public:
  explicit Slot(std::shared_ptr<State> state) : state_(std::move(state)) {}
  Slot(Slot&&) = default;
  Slot& operator=(Slot&&) = delete;
  ~Slot();

 private:
  std::shared_ptr<State> state_;
};

/// The wait for a free slot.
struct Slots::Taking {
  std::shared_ptr<State> state;

  bool await_ready() const;
  void await_suspend(std::coroutine_handle<> waiter) const { state->waiting.push_back(waiter); }
  Slot await_resume() { return Slot(std::move(state)); }
};

/// Waits. Throws Cancelled when the scope is cancelled meanwhile.
Async<void> pause(Scope scope, int milliseconds);

/// The signal that ends this program; 0: none.
int interrupting_signal();

/// Runs the event loop until the job is done, and stops what it left behind. SIGINT, SIGTERM and
/// SIGHUP cancel everything; the result is then 128 + the signal's number.
int run_until_done(Async<int> job);

}  // namespace qkoan

#endif
