// What the threads of a block do together in shared memory: sort, and number those of them that have something.
#pragma once

#include <cstdint>

#include "cuda/device/host_device.h"
#include "cuda/device/primitives.h"

namespace polyvocab::cuda {

// The smallest power of two that is at least count.
POLYVOCAB_BOTH inline std::int32_t whole_power(std::int32_t count) {
  std::int32_t size = 1;
  while (size < count) size *= 2;
  return size;
}

// Bitonic sort of whole_power(count) values; ends with a barrier. Expects: a barrier after they were written; what follows the
// first `count` to be last in the order `before`.
template <int threads, class T, class Before>
__device__ void sort_in_block(T* values, std::int32_t count, const Before& before) {
  const std::int32_t size = whole_power(count);
  for (std::int32_t run = 2; run <= size; run *= 2) {
    for (std::int32_t distance = run / 2; distance > 0; distance /= 2) {
      for (std::int32_t pair = static_cast<std::int32_t>(threadIdx.x); pair < size / 2; pair += threads) {
        const std::int32_t low = pair / distance * distance * 2 + pair % distance;
        const std::int32_t high = low + distance;
        const bool rising = (low & run) == 0;
        const T first = values[low];
        const T second = values[high];
        if (rising ? before(second, first) : before(first, second)) {
          values[low] = second;
          values[high] = first;
        }
      }
      __syncthreads();
    }
  }
}

struct Rank {
  std::int32_t before;  // how many threads of smaller index have something
  std::int32_t all;
};

// totals: one a warp, in shared memory. Two barriers: what a thread read before the call no other overwrites after it too soon.
template <int threads>
__device__ Rank rank_in_block(bool mine, std::int32_t* totals) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int warp = static_cast<int>(threadIdx.x) / 32;
  const unsigned which = __ballot_sync(whole_warp, mine);
  __syncthreads();  // the totals of an earlier call have been read
  if (lane == 0) totals[warp] = __popc(which);
  __syncthreads();
  Rank rank{__popc(which & ((1U << lane) - 1U)), 0};
  for (int w = 0; w < threads / 32; ++w) {
    if (w < warp) rank.before += totals[w];
    rank.all += totals[w];
  }
  return rank;
}

}  // namespace polyvocab::cuda
