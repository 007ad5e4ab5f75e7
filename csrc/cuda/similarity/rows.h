// core/similarity/rows.h on a GPU: the same rows, bit for bit.
//
// Products in half precision on tensor cores name candidates; the exact chains of those that lie within a proven margin are
// computed and selected on the device. Rows whose candidates do not fit are done by the CPU's kernels.
//
// Promises: bytes equal to the CPU's. No dense matrix on the device: memory is the pool (float and half), and one slab of
// queries with their buffers, all within the limit.
// Expects: rows of length 1 (or shorter), finite, in host memory; compute capability 8.0 or newer.
// Errors: std::runtime_error with CUDA's message, or with the limit and what is needed; without CUDA kernels, with a sentence
// that says so.
#pragma once

#include <cstdint>
#include <memory>

#include "core/similarity/rows.h"

namespace polyvocab::cuda {

struct DeviceSettings {
  int device = 0;
  std::int64_t memory = 0;      // bytes on the device at most; 0: three quarters of what is free
  std::int32_t candidates = 0;  // the room of a row; 0: what suits the selection
};

class DevicePool {
 public:
  // rows: count x dim, row-major; they must stay where they are as long as the pool.
  DevicePool(const float* rows, std::int64_t count, std::int64_t dim, const DeviceSettings& settings);
  ~DevicePool();
  DevicePool(const DevicePool&) = delete;
  DevicePool& operator=(const DevicePool&) = delete;

  std::int64_t size() const;
  std::int64_t dim() const;

  // As PackedPool::select; `threads` for the rows that the CPU does.
  SparseRows select(const Selection& selection, const float* queries, std::int64_t count, int threads);

  // Of the last select: seconds in which the device had kernels to run, and rows that the CPU did.
  double seconds() const;
  std::int64_t given_up() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace polyvocab::cuda
