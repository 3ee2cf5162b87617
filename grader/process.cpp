#include "process.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>

namespace qkoan {

namespace {

constexpr double kListSeconds = 30;
constexpr std::uint64_t kGraceMilliseconds = 100;
constexpr std::uint64_t kTidyMilliseconds = 500;
constexpr std::size_t kLongestLine = 16 * 1024 * 1024;
constexpr rlim_t kMemoryLimit = rlim_t{4} * 1024 * 1024 * 1024;

/// One of the child's output descriptors.
struct Stream {
  uv_pipe_t pipe{};
  std::string* captured = nullptr;
  bool* clipped = nullptr;
  OnLine on_line;
  std::string partial;
  bool open = false;

  void capture(std::string_view text) {
    const std::size_t room = kCaptureLimit - std::min(kCaptureLimit, captured->size());
    captured->append(text.substr(0, room));
    if (text.size() > room) *clipped = true;
  }

  void split(std::string_view text) {
    partial += text;
    std::size_t start = 0;
    for (std::size_t end; (end = partial.find('\n', start)) != std::string::npos; start = end + 1) {
      on_line(std::string_view(partial).substr(start, end - start));
    }
    partial.erase(0, start);
    if (partial.size() > kLongestLine) partial.clear();
  }
};

// A build with AddressSanitizer has sanitized suites too, and these reserve terabytes of addresses.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kMemoryCanBeLimited = false;
#else
constexpr bool kMemoryCanBeLimited = true;
#endif

/// Limits the memory of what is started while it lives.
class MemoryLimit {
 public:
  explicit MemoryLimit(bool wanted) : wanted_(wanted && kMemoryCanBeLimited) {
    if (!wanted_) return;
    getrlimit(RLIMIT_AS, &before_);
    rlimit lower = before_;
    lower.rlim_cur = std::min(before_.rlim_max, kMemoryLimit);
    setrlimit(RLIMIT_AS, &lower);
  }
  ~MemoryLimit() {
    if (wanted_) setrlimit(RLIMIT_AS, &before_);
  }

 private:
  bool wanted_;
  rlimit before_{};
};

/// Has what is started while it lives run on one processor.
class OnProcessor {
 public:
  explicit OnProcessor(int processor) : wanted_(processor >= 0) {
    if (!wanted_) return;
    sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(processor), &one);
    sched_setaffinity(0, sizeof one, &one);
  }
  ~OnProcessor() {
    if (wanted_) sched_setaffinity(0, sizeof before_, &before_);
  }

 private:
  bool wanted_;
  cpu_set_t before_{};
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// A running child; lives in the frame of run() until all its handles are closed.
class Process : public Cancellable {
 public:
  Process(const Scope& scope, Command& command) : scope_(scope), command_(command) {
    streams_[0].captured = &outcome_.output;
    streams_[1].captured = &outcome_.errors;
    streams_[0].on_line = command.on_output;
    streams_[2].on_line = command.on_event;
    for (Stream& stream : streams_) stream.clipped = &outcome_.clipped;
    scope_.add(*this);
  }
  ~Process() { scope_.remove(*this); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void cancel() override {
    if (!command_.tidy || exited_) return kill_group();
    if (std::exchange(stopping_, true)) return;
    if (child_.pid > 0) ::kill(-child_.pid, SIGTERM);
    arm(kTidyMilliseconds);
  }
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    start();
  }
  Outcome await_resume() { return std::move(outcome_); }

 private:
  static Process& self(const void* handle_data) {
    return *static_cast<Process*>(const_cast<void*>(handle_data));
  }

  void start() {
    uv_loop_t* loop = uv_default_loop();
    uv_timer_init(loop, &timer_);
    timer_.data = this;
    child_.data = this;
    std::array<uv_stdio_container_t, 4> stdio{};
    stdio[0].flags = UV_IGNORE;
    const std::size_t count = command_.on_event ? 3 : 2;
    for (std::size_t i = 0; i < count; ++i) {
      Stream& stream = streams_[i];
      uv_pipe_init(loop, &stream.pipe, 0);
      stream.pipe.data = this;
      stream.open = true;
      stdio[i + 1].flags = static_cast<uv_stdio_flags>(UV_CREATE_PIPE | UV_WRITABLE_PIPE);
      stdio[i + 1].data.stream = reinterpret_cast<uv_stream_t*>(&stream.pipe);
    }
    handles_ = static_cast<int>(count) + 2;
    started_ = last_sign_ = uv_hrtime();
    const int error = spawn(stdio.data(), static_cast<int>(count) + 1);
    if (error != 0) {
      outcome_.start_error = uv_strerror(error);
      exited_ = true;
      close_streams();
      return;
    }
    if (command_.patient) uv_os_setpriority(child_.pid, UV_PRIORITY_LOW);
    for (std::size_t i = 0; i < count; ++i) read(streams_[i]);
    if (command_.limit > 0) arm(static_cast<std::uint64_t>(command_.limit * 1000));
    if (scope_.cancelled()) cancel();
  }

  int spawn(uv_stdio_container_t* stdio, int stdio_count) {
    const MemoryLimit limit(command_.confined);
    const OnProcessor place(command_.processor);
    std::vector<char*> arguments = pointers(command_.arguments);
    std::vector<char*> environment = pointers(command_.environment);
    uv_process_options_t options{};
    options.file = arguments[0];
    options.args = arguments.data();
    options.env = environment.data();
    options.cwd = command_.directory.empty() ? nullptr : command_.directory.c_str();
    options.flags = UV_PROCESS_DETACHED;
    if (command_.user >= 0) {
      options.flags |= UV_PROCESS_SETUID | UV_PROCESS_SETGID;
      options.uid = options.gid = static_cast<uv_uid_t>(command_.user);
    }
    options.stdio = stdio;
    options.stdio_count = stdio_count;
    options.exit_cb = [](uv_process_t* child, std::int64_t status, int signal) {
      self(child->data).on_exit(static_cast<int>(status), signal);
    };
    return uv_spawn(uv_default_loop(), &child_, &options);
  }

  void read(Stream& stream) {
    const auto allocate = [](uv_handle_t*, std::size_t, uv_buf_t* buffer) {
      static std::array<char, kCaptureLimit> bytes;
      *buffer = uv_buf_init(bytes.data(), static_cast<unsigned>(bytes.size()));
    };
    const auto receive = [](uv_stream_t* pipe, ssize_t size, const uv_buf_t* buffer) {
      Process& process = self(pipe->data);
      for (Stream& candidate : process.streams_) {
        if (reinterpret_cast<uv_stream_t*>(&candidate.pipe) == pipe) {
          process.on_read(candidate, size, buffer->base);
        }
      }
    };
    uv_read_start(reinterpret_cast<uv_stream_t*>(&stream.pipe), allocate, receive);
  }

  void on_read(Stream& stream, ssize_t size, const char* bytes) {
    if (size < 0) {
      close(stream);
    } else if (size > 0) {
      const std::string_view text(bytes, static_cast<std::size_t>(size));
      if (&stream == &streams_[2]) {
        last_sign_ = uv_hrtime();
        second_look_ = false;
      }
      if (stream.captured) stream.capture(text);
      if (stream.on_line) stream.split(text);
    }
  }

  void on_exit(int status, int signal) {
    outcome_.seconds = static_cast<double>(uv_hrtime() - started_) / 1e9;
    outcome_.exit_code = status;
    outcome_.signal = signal;
    exited_ = true;
    kill_group();  // whatever it started and left behind
    arm(kGraceMilliseconds);
    close_if_finished();
  }

  void on_timer() {
    if (exited_) {
      // Timers come before input in the loop: what is waiting is read before anything is closed.
      if (std::exchange(last_look_, true)) return close_streams();
      return arm(1);
    }
    if (stopping_) return kill_group();
    const std::uint64_t left = milliseconds_left();
    if (left > 0) return arm(left);
    if (!std::exchange(second_look_, true)) {
      // The tool itself may have been stopped: read what is waiting before judging.
      return arm(kGraceMilliseconds / 2);
    }
    outcome_.timed_out = true;
    kill_group();
  }

  /// Until it has been silent for too long, or has taken too long.
  std::uint64_t milliseconds_left() const {
    const auto left = [](double limit, std::uint64_t since) {
      const auto most = static_cast<std::uint64_t>(limit * 1000);
      return most - std::min(most, (uv_hrtime() - since) / 1'000'000);
    };
    const std::uint64_t silent = left(command_.limit, last_sign_);
    return command_.deadline > 0 ? std::min(silent, left(command_.deadline, started_)) : silent;
  }

  void arm(std::uint64_t milliseconds) {
    uv_update_time(uv_default_loop());
    const auto fire = [](uv_timer_t* timer) { self(timer->data).on_timer(); };
    uv_timer_start(&timer_, fire, milliseconds, 0);
  }

  void kill_group() {
    if (child_.pid > 0) ::kill(-child_.pid, SIGKILL);
  }

  void close_streams() {
    for (Stream& stream : streams_) close(stream);
    close_if_finished();
  }

  void close(Stream& stream) {
    if (!std::exchange(stream.open, false)) return;
    close(reinterpret_cast<uv_handle_t*>(&stream.pipe));
    close_if_finished();
  }

  void close_if_finished() {
    const bool reading = std::any_of(streams_.begin(), streams_.end(),
                                     [](const Stream& stream) { return stream.open; });
    if (!exited_ || reading || std::exchange(finished_, true)) return;
    close(reinterpret_cast<uv_handle_t*>(&timer_));
    close(reinterpret_cast<uv_handle_t*>(&child_));
  }

  void close(uv_handle_t* handle) {
    uv_close(handle, [](uv_handle_t* closed) {
      Process& process = self(closed->data);
      if (--process.handles_ == 0) process.waiter_();
    });
  }

  Scope scope_;
  Command& command_;
  Outcome outcome_;
  std::coroutine_handle<> waiter_;
  uv_process_t child_{};
  uv_timer_t timer_{};
  std::array<Stream, 3> streams_;
  std::uint64_t started_ = 0;
  std::uint64_t last_sign_ = 0;
  int handles_ = 0;
  bool exited_ = false;
  bool stopping_ = false;
  bool last_look_ = false;
  bool finished_ = false;
  bool second_look_ = false;
};

}  // namespace

Async<Outcome> run(Scope scope, Command command) {
  scope.check();
  Process process(scope, command);
  Outcome outcome = co_await process;
  scope.check();
  co_return outcome;
}

Async<Listing> list(Scope scope, std::vector<std::string> arguments) {
  Listing listing;
  Command command;
  command.arguments = std::move(arguments);
  command.environment = build_environment();
  command.limit = kListSeconds;
  command.on_output = [&](std::string_view line) { listing.lines.emplace_back(line); };
  listing.outcome = co_await run(scope, std::move(command));
  co_return listing;
}

std::vector<std::string> build_environment() {
  std::vector<std::string> result;
  for (char** variable = environ; *variable; ++variable) {
    const std::string_view text = *variable;
    const bool ours = text.starts_with("LC_ALL=") || text.starts_with("GCC_COLORS=") ||
                      text.starts_with("NINJA_STATUS=") || text.starts_with("LANGUAGE=");
    if (!ours) result.emplace_back(text);
  }
  result.emplace_back("LC_ALL=C.UTF-8");
  return result;
}

std::vector<std::string> bare_environment() {
  const char* path = std::getenv("PATH");
  return {std::string("PATH=") + (path ? path : "/usr/bin:/bin"), "LC_ALL=C.UTF-8", "TZ=UTC"};
}

}  // namespace qkoan
