#ifndef QKOAN_TESTS_SUPPORT_MEMORY_HPP
#define QKOAN_TESTS_SUPPORT_MEMORY_HPP
/// @file
/// Memory that notices who touches what is not theirs.

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace qkoan {

/// Room for `count` elements of four bytes, between two pages that nobody may touch.
///
/// The elements lie flush against the page behind them (or, if `flush_left`, the page before them),
/// so that the first read or write past that end is a fault at once; the other side is filled with
/// guard words, which overwritten() checks.
class GuardedMemory {
 public:
  /// Room that holds guard words until it is written to.
  /// @param name        for reports
  /// @param count       elements
  /// @param flush_left  whether element 0 begins where a page does; else the last ends where one does
  /// @throws std::runtime_error if the system has no memory left
  GuardedMemory(std::string name, std::size_t count, bool flush_left);
  ~GuardedMemory();
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;

  void* data() const { return data_; }               ///< of element 0, aligned to 4 bytes
  const std::string& name() const { return name_; }  ///< for reports
  std::size_t size() const { return count_; }        ///< in elements
  /// The index of a guard word that was changed: negative before the first element, ≥ size() behind.
  std::optional<long> overwritten() const;

 private:
  std::string name_;
  std::size_t count_;
  std::byte* mapping_;        ///< page, elements and guard words, page
  std::size_t mapping_size_;  ///< in bytes
  std::byte* data_;
  GuardedMemory* next_;  ///< all that live, for locate()

  friend struct Location locate(const void*);
  friend std::span<std::byte> pages_around(const void*);
};

/// The pages that hold these elements, with the guard words beside them; empty if `address` is in no
/// guarded memory.
std::span<std::byte> pages_around(const void* address);

/// An address, as seen from the guarded memory around it.
struct Location {
  const char* buffer;  ///< its name; nullptr if the address is in no guarded memory
  long index;          ///< element of it; negative before the first, ≥ size behind the last
  long size;           ///< in elements
};

/// Finds the guarded memory around an address. Async-signal-safe.
Location locate(const void* address);

}  // namespace qkoan

#endif
