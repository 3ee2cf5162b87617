#include "keyboard.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <string_view>

#include "problem.hpp"

namespace qkoan {

Keyboard::Keyboard(std::function<void(char)> on_key, std::function<void()> on_redraw)
    : on_key_(std::move(on_key)), on_redraw_(std::move(on_redraw)) {}

Keyboard::~Keyboard() { uv_tty_reset_mode(); }

void Keyboard::start() {
  uv_loop_t* loop = uv_default_loop();
  if (uv_tty_init(loop, &terminal_, 0, 0) != 0) throw Problem("The terminal cannot be opened.");
  std::atexit([] { uv_tty_reset_mode(); });
  terminal_.data = resized_.data = continued_.data = this;
  uv_signal_init(loop, &resized_);
  uv_signal_init(loop, &continued_);
  open_ = true;
  uv_tty_set_mode(&terminal_, UV_TTY_MODE_RAW);
  const auto allocate = [](uv_handle_t*, std::size_t, uv_buf_t* buffer) {
    static std::array<char, 256> bytes;
    *buffer = uv_buf_init(bytes.data(), static_cast<unsigned>(bytes.size()));
  };
  const auto receive = [](uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
    static_cast<Keyboard*>(stream->data)->receive(size, buffer->base);
  };
  uv_read_start(reinterpret_cast<uv_stream_t*>(&terminal_), allocate, receive);
  const auto redraw = [](uv_signal_t* signal, int number) {
    auto* keyboard = static_cast<Keyboard*>(signal->data);
    if (number == SIGCONT) uv_tty_set_mode(&keyboard->terminal_, UV_TTY_MODE_RAW);
    keyboard->on_redraw_();
  };
  uv_signal_start(&resized_, redraw, SIGWINCH);
  uv_signal_start(&continued_, redraw, SIGCONT);
}

void Keyboard::stop() {
  if (!open_) return;
  open_ = false;
  uv_tty_set_mode(&terminal_, UV_TTY_MODE_NORMAL);
  uv_close(reinterpret_cast<uv_handle_t*>(&terminal_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&resized_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&continued_), nullptr);
}

void Keyboard::suspend() {
  uv_tty_set_mode(&terminal_, UV_TTY_MODE_NORMAL);
  ::kill(0, SIGTSTP);
}

void Keyboard::receive(ssize_t size, const char* bytes) {
  if (size < 0) return on_key_(kControlD);
  const std::string_view keys(bytes, static_cast<std::size_t>(size));
  if (keys.starts_with('\x1b')) return;  // an arrow or a function key
  for (const char key : keys) {
    if (open_) on_key_(key);
  }
}

}  // namespace qkoan
