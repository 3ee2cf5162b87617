#ifndef QKOAN_GRADER_KEYBOARD_HPP
#define QKOAN_GRADER_KEYBOARD_HPP
/// @file
/// Single keys from the terminal, which is always put back as it was.

#include <uv.h>

#include <functional>

namespace qkoan {

class Keyboard {
 public:
  constexpr static char kControlC = 3;
  constexpr static char kControlD = 4;
  constexpr static char kControlL = 12;
  constexpr static char kControlZ = 26;

  /// @param on_key  called for every key; kControlD also when the terminal is gone
  /// @param on_redraw  called when the window has changed or the program was continued
  Keyboard(std::function<void(char)> on_key, std::function<void()> on_redraw);
  ~Keyboard();
  Keyboard(const Keyboard&) = delete;
  Keyboard& operator=(const Keyboard&) = delete;

  void start();
  /// Puts the terminal back and closes everything; the loop must run once more.
  void stop();
  /// Stops this program until the shell continues it, as Ctrl-Z does.
  void suspend();

 private:
  void receive(ssize_t size, const char* bytes);

  std::function<void(char)> on_key_;
  std::function<void()> on_redraw_;
  uv_tty_t terminal_{};
  uv_signal_t resized_{};
  uv_signal_t continued_{};
  bool open_ = false;
};

}  // namespace qkoan

#endif
