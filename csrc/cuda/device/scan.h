// Sums of all that is before each element.
#pragma once

#include <cub/device/device_scan.cuh>

#include <cstdint>

#include "cuda/device/memory.h"

namespace polyvocab::cuda {

// out[i] = counts[0] + ... + counts[i - 1], for i <= count (so counts has count + 1 elements, of which the last is not used).
inline void sums_before(const std::int64_t* counts, std::int64_t* out, std::int64_t count, DeviceArray<char>& space,
                        const Stream& stream) {
  std::size_t bytes = 0;
  check(cub::DeviceScan::ExclusiveSum(nullptr, bytes, counts, out, count + 1, stream.get()), "scan");
  space.reserve(static_cast<std::int64_t>(bytes));
  check(cub::DeviceScan::ExclusiveSum(space.get(), bytes, counts, out, count + 1, stream.get()), "scan");
}

}  // namespace polyvocab::cuda
