#include "tests/support/allocations.hpp"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/support/remote.hpp"

namespace qkoan {
namespace {

std::atomic<bool> measuring = false;
std::atomic<long> current = 0, highest = 0;

void* counted(void* memory) {
  if (!memory) throw std::bad_alloc();
  if (!measuring) return memory;
  const long now = current += static_cast<long>(malloc_usable_size(memory));
  long before = highest;
  while (before < now && !highest.compare_exchange_weak(before, now)) {
  }
  return memory;
}

void release(void* memory) {
  if (memory && measuring) current -= static_cast<long>(malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace

AllocationMeter::AllocationMeter() {
  if (judges_remotely()) of_worker_ = std::make_unique<WorkerMemory>();
  current = highest = 0;
  measuring = true;
}

AllocationMeter::~AllocationMeter() { measuring = false; }

long AllocationMeter::peak() const { return of_worker_ ? of_worker_->peak() : highest.load(); }

}  // namespace qkoan

// These replace those of the library for the whole process; a shared object that is loaded gets them,
// too.
void* operator new(std::size_t size) {
  return qkoan::counted(std::malloc(std::max<std::size_t>(size, 1)));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto boundary = static_cast<std::size_t>(alignment);
  return qkoan::counted(std::aligned_alloc(boundary, (size / boundary + 1) * boundary));
}
void operator delete(void* memory) noexcept { qkoan::release(memory); }
void operator delete(void* memory, std::size_t) noexcept { qkoan::release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { qkoan::release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  qkoan::release(memory);
}
