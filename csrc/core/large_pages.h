// Memory for tables that are read here and there: in large pages where the system has them, so that finding a page does not
// cost more than reading it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace polyvocab {

constexpr std::size_t large_page = std::size_t{2} << 20;

// Asks for large pages where whole ones lie in the memory.
inline void ask_for_large_pages(void* memory, std::size_t bytes) {
#ifdef __linux__
  const auto begin = (reinterpret_cast<std::uintptr_t>(memory) + large_page - 1) / large_page * large_page;
  const auto end = (reinterpret_cast<std::uintptr_t>(memory) + bytes) / large_page * large_page;
  if (begin < end) static_cast<void>(madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE));
#else
  static_cast<void>(memory), static_cast<void>(bytes);
#endif
}

// Takes pages for memory that will be written to next: one call to the system costs half of what a fault for each page does.
// Where the system cannot do that, they come one by one.
inline void take_pages(void* memory, std::size_t bytes) {
#ifdef MADV_POPULATE_WRITE
  constexpr std::uintptr_t page = 4096;
  const auto begin = reinterpret_cast<std::uintptr_t>(memory) / page * page;
  const auto end = (reinterpret_cast<std::uintptr_t>(memory) + bytes) / page * page;
  if (begin < end) static_cast<void>(madvise(reinterpret_cast<void*>(begin), end - begin, MADV_POPULATE_WRITE));
#else
  static_cast<void>(memory), static_cast<void>(bytes);
#endif
}

// The allocator of a LargeVector.
template <class T>
struct LargePages {
  using value_type = T;
  LargePages() = default;
  template <class U>
  LargePages(const LargePages<U>&) {}

  T* allocate(std::size_t count) {
    const std::size_t bytes = rounded(count);
    void* const memory = ::operator new(bytes, alignment(bytes));
    ask_for_large_pages(memory, bytes);
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t count) { ::operator delete(memory, alignment(rounded(count))); }
  bool operator==(const LargePages&) const = default;

 private:
  // Whole large pages, where half of one at least is used.
  static std::size_t rounded(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    return bytes < large_page / 2 ? bytes : (bytes + large_page - 1) / large_page * large_page;
  }
  static std::align_val_t alignment(std::size_t bytes) {
    return std::align_val_t{bytes < large_page ? alignof(T) : large_page};
  }
};

template <class T>
using LargeVector = std::vector<T, LargePages<T>>;

// The allocator of an UnsetLargeVector: items that are plain memory get no value before they are written to.
template <class T>
struct UnsetLargePages : LargePages<T> {
  static_assert(std::is_trivially_default_constructible_v<T>);
  template <class U>
  struct rebind {
    using other = UnsetLargePages<U>;
  };
  UnsetLargePages() = default;
  template <class U>
  UnsetLargePages(const UnsetLargePages<U>&) {}

  void construct(T*) {}
  template <class... Values>
  void construct(T* item, Values&&... values) {
    std::construct_at(item, std::forward<Values>(values)...);
  }
};

template <class T>
using UnsetLargeVector = std::vector<T, UnsetLargePages<T>>;

// An array of things that are themselves when all their bytes are zero, aligned to cache lines. It may grow where it is: it
// takes addresses for the most that it may become, and memory only for what is written to.
template <class T>
class ZeroedArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  // Where the system has no addresses for `most`, it becomes half as large at most, and so on.
  ZeroedArray(std::size_t count, std::size_t most) : size_(count), capacity_(most) {
    while ((memory_ = reserve(capacity_ * sizeof(T) + large_page)) == nullptr) {
      if (capacity_ == count) throw std::bad_alloc();
      capacity_ = std::max(capacity_ / 2, count);
    }
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.get());
    items_ = reinterpret_cast<T*>((address + large_page - 1) / large_page * large_page);
    ask_for_large_pages(items_, size_ * sizeof(T));
  }

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  T& operator[](std::size_t i) { return items_[i]; }
  const T& operator[](std::size_t i) const { return items_[i]; }

  // `count` is more than the size, and no more than the capacity.
  void grow_to(std::size_t count) {
    size_ = count;
    ask_for_large_pages(items_, size_ * sizeof(T));
  }

  // Takes memory for all items at once: where items are met in no order, and looked at before they are written to, each page
  // would cost two faults, and the second one interrupts all threads.
  void take_memory() { take_pages(items_, size_ * sizeof(T)); }

 private:
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
};

}  // namespace polyvocab
