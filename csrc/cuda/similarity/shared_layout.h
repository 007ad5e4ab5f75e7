// Where arrays lie in one piece of shared memory; the host asks with a null pointer how much that is.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/device/host_device.h"

namespace polyvocab::cuda {

class SharedLayout {
 public:
  POLYVOCAB_BOTH explicit SharedLayout(unsigned char* memory) : memory_(memory) {}

  // Each array begins at a multiple of sixteen bytes.
  template <class T>
  POLYVOCAB_BOTH T* take(std::int64_t count) {
    const std::size_t begin = bytes_;
    bytes_ += (static_cast<std::size_t>(count) * sizeof(T) + 15) / 16 * 16;
    return memory_ == nullptr ? nullptr : reinterpret_cast<T*>(memory_ + begin);
  }
  POLYVOCAB_BOTH std::size_t bytes() const { return bytes_; }

 private:
  unsigned char* memory_;
  std::size_t bytes_ = 0;
};

}  // namespace polyvocab::cuda
