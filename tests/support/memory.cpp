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

/// The first byte of [begin, end) that is no guard any more, or `end`. A page at a time: nearly always
/// all is well.
const std::byte* first_overwritten(const std::byte* begin, const std::byte* end) {
  static const std::vector<std::byte> guards(4096, std::byte{kGuard});
  while (begin < end) {
    const auto count = std::min(static_cast<std::size_t>(end - begin), guards.size());
    if (std::memcmp(begin, guards.data(), count) != 0) {
      return std::find_if(begin, begin + count, [](std::byte b) { return b != std::byte{kGuard}; });
    }
    begin += count;
  }
  return end;
}

/// The element of four bytes that `address` lies in, counted from `first`.
long element_at(const std::byte* address, const std::byte* first) {
  const long bytes = address - first;
  return bytes >= 0 ? bytes / 4 : -((3 - bytes) / 4);
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

std::optional<long> GuardedMemory::overwritten() const {
  const std::byte* end = mapping_ + mapping_size_ - page_size();
  const std::byte* before = first_overwritten(mapping_ + page_size(), data_);
  if (before != data_) return element_at(before, data_);
  const std::byte* behind = first_overwritten(data_ + count_ * kElement, end);
  if (behind != end) return element_at(behind, data_);
  return std::nullopt;
}

std::span<std::byte> pages_around(const void* address) {
  const auto* a = static_cast<const std::byte*>(address);
  for (const GuardedMemory* m = living; m != nullptr; m = m->next_) {
    const std::size_t page = page_size();
    if (a < m->mapping_ + page || a > m->mapping_ + m->mapping_size_ - page) continue;
    return {m->mapping_ + page, m->mapping_size_ - 2 * page};
  }
  return {};
}

Location locate(const void* address) {
  const auto* a = static_cast<const std::byte*>(address);
  for (const GuardedMemory* m = living; m != nullptr; m = m->next_) {
    if (a < m->mapping_ || a >= m->mapping_ + m->mapping_size_) continue;
    return {m->name_.c_str(), element_at(a, m->data_), static_cast<long>(m->count_)};
  }
  return {nullptr, 0, 0};
}

}  // namespace qkoan
