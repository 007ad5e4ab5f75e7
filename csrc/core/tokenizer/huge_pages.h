// Memory for tables that are read here and there: in large pages where the system has them, so that finding a page does not
// cost more than reading it.
#pragma once

#include <cstddef>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace polyvocab {

template <class T>
struct HugePages {
  using value_type = T;
  static constexpr std::size_t page = std::size_t{2} << 20;

  HugePages() = default;
  template <class Other>
  HugePages(const HugePages<Other>&) {}

  T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    if (bytes < page) return static_cast<T*>(::operator new(bytes, std::align_val_t{64}));
    void* memory = ::operator new(bytes, std::align_val_t{page});
#ifdef __linux__
    static_cast<void>(madvise(memory, bytes, MADV_HUGEPAGE));
#endif
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t count) {
    ::operator delete(memory, std::align_val_t{count * sizeof(T) < page ? 64 : page});
  }
  friend bool operator==(const HugePages&, const HugePages&) { return true; }
};

}  // namespace polyvocab
