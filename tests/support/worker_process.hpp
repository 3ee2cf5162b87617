#ifndef QKOAN_TESTS_SUPPORT_WORKER_PROCESS_HPP
#define QKOAN_TESTS_SUPPORT_WORKER_PROCESS_HPP
/// @file
/// The process at the other end of tests/support/remote.hpp: how it starts, is rung, answers and goes, and
/// what the system says of it.

#include <sys/types.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/wire.hpp"

namespace qkoan {

/// Memory that is shared under seals: its size is fixed.
struct SharedRegion {
  int descriptor;     ///< for whoever else gets it
  std::byte* memory;  ///< where it lies here

  /// @param name   for people who look at the system's list of memory
  /// @param seals  in addition, for whoever else gets the descriptor
  /// @throws std::system_error if there is no memory left
  SharedRegion(const char* name, unsigned seals);
};

/// A process that holds somebody's functions. It lives as long as this one, or until it crashes.
class Worker {
 public:
  /// @param command  starts it, with the descriptors of wire.hpp
  /// @throws std::runtime_error if it cannot be started
  explicit Worker(std::vector<std::string> command);

  /// What is asked with the next ring().
  wire::Request& request() const { return *reinterpret_cast<wire::Request*>(request_.memory); }
  /// Where outputs (`writable`) or inputs lie.
  std::byte* region(bool writable) const { return (writable ? response_ : request_).memory; }

  /// Rings, and waits for the answer. What is shared may change at any time: a copy is returned.
  const wire::Response& ring();

  /// Ends it. The next call starts another.
  void give_up();
  /// Starts another one after give_up().
  void revive() {
    if (!alive_) start();
  }

  /// Whether it has no function of this number.
  bool lacks(int function) const { return lacks_.at(static_cast<std::size_t>(function)); }
  /// Their names, as it told them when it began.
  std::vector<std::string> functions() const;

  /// Processor time that its process has taken; nothing if that has gone.
  std::optional<double> seconds() const;
  /// The process that holds the functions; the one that was started may only stand before it.
  pid_t innermost() const;
  /// It has gone without a word, as exit() does: so goes this process.
  [[noreturn]] void mourn();

 private:
  void start();
  void spawn(int bell, int answers);
  const wire::Response& listen();

  std::vector<std::string> command_;
  SharedRegion request_, response_;
  std::vector<bool> lacks_ = std::vector<bool>(64);
  std::string functions_;
  clockid_t clock_{};
  int bell_ = -1, answers_ = -1;
  pid_t process_ = 0;
  bool alive_ = false;
  std::uint32_t sequence_ = 0;
  wire::Response copy_{};
};

}  // namespace qkoan

#endif
