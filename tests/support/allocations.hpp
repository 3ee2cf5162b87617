#ifndef QKOAN_TESTS_SUPPORT_ALLOCATIONS_HPP
#define QKOAN_TESTS_SUPPORT_ALLOCATIONS_HPP
/// @file
/// How much memory an implementation takes.

namespace qkoan {

/// Measures what is allocated by `new` while it lives, by whomever in this process. One at a time.
class AllocationMeter {
 public:
  AllocationMeter();   ///< counts from 0
  ~AllocationMeter();  ///< no longer counts
  AllocationMeter(const AllocationMeter&) = delete;
  AllocationMeter& operator=(const AllocationMeter&) = delete;

  /// The most bytes that were allocated at a time.
  long peak() const;
};

}  // namespace qkoan

#endif
