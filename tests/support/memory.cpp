#include "tests/support/memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace qkoan {
namespace {

constexpr std::size_t kElement = 4;
constexpr unsigned char kGuard = 0xa5;
GuardedMemory* living = nullptr;

std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

}  // namespace

GuardedMemory::GuardedMemory(std::string name, std::size_t count, bool flush_left)
    : name_(std::move(name)), count_(count) {
  const std::size_t page = page_size();
  const std::size_t bytes = count * kElement;
  const std::size_t middle = (bytes + page - 1) / page * page + (bytes == 0 ? page : 0);
  mapping_size_ = middle + 2 * page;
  void* mapping = mmap(nullptr, mapping_size_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) throw std::runtime_error("no memory left for " + name_);
  mapping_ = static_cast<std::byte*>(mapping);
  mprotect(mapping_ + page, middle, PROT_READ | PROT_WRITE);
  std::memset(mapping_ + page, kGuard, middle);
  data_ = mapping_ + page + (flush_left ? 0 : middle - bytes);
  next_ = std::exchange(living, this);
}

GuardedMemory::~GuardedMemory() {
  GuardedMemory** link = &living;
  while (*link != this) link = &(*link)->next_;
  *link = next_;
  munmap(mapping_, mapping_size_);
}

bool GuardedMemory::intact() const {
  const std::byte* begin = mapping_ + page_size();
  const std::byte* end = mapping_ + mapping_size_ - page_size();
  for (const std::byte* b = begin; b != end; ++b) {
    if (b == data_) b += count_ * kElement;
    if (b == end) break;
    if (*b != std::byte{kGuard}) return false;
  }
  return true;
}

Location locate(const void* address) {
  const auto* a = static_cast<const std::byte*>(address);
  for (const GuardedMemory* m = living; m != nullptr; m = m->next_) {
    if (a < m->mapping_ || a >= m->mapping_ + m->mapping_size_) continue;
    const long bytes = a - m->data_;
    const long index = bytes >= 0 ? bytes / 4 : -((3 - bytes) / 4);
    return {m->name_.c_str(), index, static_cast<long>(m->count_)};
  }
  return {nullptr, 0, 0};
}

}  // namespace qkoan
