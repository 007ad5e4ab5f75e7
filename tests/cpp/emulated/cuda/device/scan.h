// csrc/cuda/device/scan.h in plain C++.
#pragma once

#include <cstdint>

#include "cuda/device/memory.h"

namespace polyvocab::cuda {

inline void sums_before(const std::int64_t* counts, std::int64_t* out, std::int64_t count, DeviceArray<char>&, const Stream&) {
  out[0] = 0;
  for (std::int64_t i = 0; i < count; ++i) out[i + 1] = out[i] + counts[i];
}

}  // namespace polyvocab::cuda
