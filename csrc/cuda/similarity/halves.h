// Rows as half-precision numbers, and what that takes from them.
//
// Promises: rows and dimensions beyond the given ones are zero, so that tiles need no edges. Lengths and losses are those of
// RowRounding, up to the order of sums.
#pragma once

#include <cstdint>

#include "core/similarity/row_rounding.h"
#include "cuda/device/primitives.h"
#include "cuda/similarity/row_buffer.h"

namespace polyvocab::cuda {

struct HalvesTask {
  const float* rows;  // [count][dim]
  std::int64_t count;
  std::int64_t padded_count;
  std::int32_t dim;
  std::int32_t padded_dim;
  Half* halves;            // [padded_count][padded_dim]
  RowRounding* roundings;  // [padded_count], or null
  RowRounding* largest;    // one, zero at first: the largest length and the largest loss of any row; or null
};

// Doubles that are not negative are in the order of their bits.
__device__ inline void raise(double* largest, double value) {
  atomicMax(reinterpret_cast<unsigned long long*>(largest), std::bit_cast<unsigned long long>(value));
}

// A warp a row.
template <int threads>
__global__ void __launch_bounds__(threads) halves_kernel(HalvesTask task) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * (threads / 32) + threadIdx.x / 32;
  if (row >= task.padded_count) return;
  double square = 0.0;
  double residual = 0.0;
  for (std::int32_t k = lane; k < task.padded_dim; k += 32) {
    const bool given = row < task.count && k < task.dim;
    const float value = given ? task.rows[row * task.dim + k] : 0.0F;
    const Half half = to_half(value);
    const double difference = static_cast<double>(value) - static_cast<double>(from_half(half));
    square += static_cast<double>(value) * static_cast<double>(value);
    residual += difference * difference;
    task.halves[row * task.padded_dim + k] = half;
  }
  const RowRounding rounding{sqrt(warp_sum(square)) * RowRounding::up, sqrt(warp_sum(residual)) * RowRounding::up};
  if (lane != 0) return;
  if (task.roundings != nullptr) task.roundings[row] = rounding;
  if (task.largest != nullptr) {
    raise(&task.largest->length, rounding.length);
    raise(&task.largest->lost, rounding.lost);
  }
}

}  // namespace polyvocab::cuda
