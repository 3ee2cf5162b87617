#ifndef QKOAN_TESTS_SUPPORT_ALLOCATIONS_HPP
#define QKOAN_TESTS_SUPPORT_ALLOCATIONS_HPP
/// @file
/// How much memory an implementation takes.

#include <memory>

namespace qkoan {

/// Measures what is allocated by `new` while it lives, by whomever in this process; all memory that is
/// used, if functions are called in a worker. One at a time.
class AllocationMeter {
 public:
  AllocationMeter();   ///< counts from 0
  ~AllocationMeter();  ///< no longer counts
  AllocationMeter(const AllocationMeter&) = delete;
  AllocationMeter& operator=(const AllocationMeter&) = delete;

  /// The most bytes that were allocated at a time.
  long peak() const;

 private:
  std::unique_ptr<class WorkerMemory> of_worker_;
};

}  // namespace qkoan

#endif
