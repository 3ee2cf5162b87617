#include "tests/support/memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

namespace qkoan {
namespace {

constexpr std::size_t kElement = 4;
constexpr unsigned char kGuard = 0xa5;
GuardedMemory* living = nullptr;

std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

/// Mappings of memory that has died, for the next of the same size: mapping costs more than a case.
std::multimap<std::size_t, std::byte*>& idle_mappings() {
  static std::multimap<std::size_t, std::byte*> mappings;
  return mappings;
}

/// `size` bytes of which the first and last page cannot be touched.
std::byte* map_guarded(std::size_t size, const std::string& name) {
  auto& idle = idle_mappings();
  if (const auto found = idle.find(size); found != idle.end()) {
    std::byte* mapping = found->second;
    idle.erase(found);
    return mapping;
  }
  const std::size_t page = page_size();
  void* mapping = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED ||
      mprotect(static_cast<std::byte*>(mapping) + page, size - 2 * page, PROT_READ | PROT_WRITE)) {
    throw std::runtime_error("no memory left for " + name);
  }
  return static_cast<std::byte*>(mapping);
}

/// Whether [begin, end) still holds guard words.
bool holds_guards(const std::byte* begin, const std::byte* end) {
  static const std::vector<std::byte> guards(4096, std::byte{kGuard});
  for (; begin < end; begin += guards.size()) {
    const auto left = static_cast<std::size_t>(end - begin);
    if (std::memcmp(begin, guards.data(), std::min(left, guards.size())) != 0) return false;
  }
  return true;
}

}  // namespace

GuardedMemory::GuardedMemory(std::string name, std::size_t count, bool flush_left)
    : name_(std::move(name)), count_(count) {
  const std::size_t page = page_size();
  const std::size_t bytes = count * kElement;
  const std::size_t middle = (bytes + page - 1) / page * page + (bytes == 0 ? page : 0);
  mapping_size_ = middle + 2 * page;
  mapping_ = map_guarded(mapping_size_, name_);
  std::memset(mapping_ + page, kGuard, middle);
  data_ = mapping_ + page + (flush_left ? 0 : middle - bytes);
  next_ = std::exchange(living, this);
}

GuardedMemory::~GuardedMemory() {
  GuardedMemory** link = &living;
  while (*link != this) link = &(*link)->next_;
  *link = next_;
  idle_mappings().emplace(mapping_size_, mapping_);
}

bool GuardedMemory::intact() const {
  const std::byte* begin = mapping_ + page_size();
  const std::byte* end = mapping_ + mapping_size_ - page_size();
  return holds_guards(begin, data_) && holds_guards(data_ + count_ * kElement, end);
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
