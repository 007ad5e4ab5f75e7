// Memory for tables that are read here and there: zero to begin with, and in large pages where the system has them, so that
// finding a page does not cost more than reading it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace polyvocab {

// An array of things that are themselves when all their bytes are zero, aligned to cache lines.
template <class T>
class ZeroedArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit ZeroedArray(std::size_t count) : size_(count) {
    constexpr std::size_t line = 64, page = std::size_t{2} << 20;
    const std::size_t bytes = count * sizeof(T), room = bytes < page ? line : page;
    // Memory that is fresh from the system is zero already; calloc knows.
    memory_.reset(std::calloc(bytes + room, 1));
    if (memory_ == nullptr) throw std::bad_alloc();
    const auto begin = (reinterpret_cast<std::uintptr_t>(memory_.get()) + room - 1) / room * room;
    items_ = reinterpret_cast<T*>(begin);
#ifdef __linux__
    if (room == page) static_cast<void>(madvise(items_, bytes, MADV_HUGEPAGE));
#endif
  }

  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return items_[i]; }
  const T& operator[](std::size_t i) const { return items_[i]; }
  const T* begin() const { return items_; }
  const T* end() const { return items_ + size_; }

 private:
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  std::unique_ptr<void, Free> memory_;
  T* items_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace polyvocab
