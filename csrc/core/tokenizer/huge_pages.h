// Memory for tables that are read here and there: zero to begin with, and in large pages where the system has them, so that
// finding a page does not cost more than reading it.
#pragma once

#include <algorithm>
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

// An array of things that are themselves when all their bytes are zero, aligned to cache lines. It may grow where it is: it
// takes addresses for the most that it may become, and memory only for what is written to.
template <class T>
class ZeroedArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  // Where the system has no addresses for `most`, it becomes half as large at most, and so on.
  ZeroedArray(std::size_t count, std::size_t most) : size_(count), capacity_(most) {
    while ((memory_ = reserve(capacity_ * sizeof(T) + page)) == nullptr) {
      if (capacity_ == count) throw std::bad_alloc();
      capacity_ = std::max(capacity_ / 2, count);
    }
    items_ = reinterpret_cast<T*>((reinterpret_cast<std::uintptr_t>(memory_.get()) + page - 1) / page * page);
    ask_for_large_pages();
  }

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  T& operator[](std::size_t i) { return items_[i]; }
  const T& operator[](std::size_t i) const { return items_[i]; }

  // `count` is more than the size, and no more than the capacity.
  void grow_to(std::size_t count) {
    size_ = count;
    ask_for_large_pages();
  }

 private:
  static constexpr std::size_t page = std::size_t{2} << 20;
  struct Free {
    std::size_t bytes = 0;
#ifdef __linux__
    void operator()(void* memory) const { munmap(memory, bytes); }
#else
    void operator()(void* memory) const { std::free(memory); }
#endif
  };
  using Memory = std::unique_ptr<void, Free>;
  Memory memory_;
  T* items_ = nullptr;
  std::size_t size_, capacity_;

  // Straight from the system, so that no allocator (or sanitizer) touches what is not used.
  static Memory reserve(std::size_t bytes) {
#ifdef __linux__
    void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return {memory == MAP_FAILED ? nullptr : memory, {bytes}};
#else
    return {std::calloc(bytes, 1), {bytes}};
#endif
  }

  void ask_for_large_pages() {
#ifdef __linux__
    if (size_ * sizeof(T) >= page) static_cast<void>(madvise(items_, size_ * sizeof(T) / page * page, MADV_HUGEPAGE));
#endif
  }
};

}  // namespace polyvocab
