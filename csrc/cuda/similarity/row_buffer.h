// The candidates of the rows of a block: what core/similarity/candidates.h does, for a warp a row.
//
// Promises: what is left out cannot get a weight (the threshold lies under the bound by the slack, and only rises). A row whose
// candidates would not fit is given up: it is marked, takes nothing more, and nothing is written beyond its buffer.
// Expects: entries appended by any thread of a block, then a barrier, then shrink by one warp a row, then a barrier.
#pragma once

#include <cstdint>

#include "cuda/device/primitives.h"
#include "cuda/similarity/selection.h"

namespace polyvocab::cuda {

inline constexpr std::int32_t first_look = 256;  // entries, as on the CPU
inline constexpr std::int32_t given_up = -1;     // in place of a look, and of a count at the end

struct RowBuffers {
  std::int32_t* columns;  // [rows][capacity]
  float* values;
  std::int32_t capacity;
};

// Of the rows of one block, in shared memory.
struct RowStates {
  double* slacks;
  float* thresholds;
  std::int32_t* counts;
  std::int32_t* looks;  // at this count a row is looked through
};

__device__ inline double warp_sum(double value) {
  for (int offset = 16; offset > 0; offset /= 2) value += __shfl_xor_sync(whole_warp, value, offset);
  return value;
}

__device__ inline float warp_largest(float value) {
  for (int offset = 16; offset > 0; offset /= 2) value = fmaxf(value, __shfl_xor_sync(whole_warp, value, offset));
  return value;
}

__device__ inline std::int32_t warp_count(std::int32_t value) {
  for (int offset = 16; offset > 0; offset /= 2) value += __shfl_xor_sync(whole_warp, value, offset);
  return value;
}

// Entries of one row, as all lanes of a warp see them together; every lane gets the same answers.
class WarpEntries {
 public:
  __device__ WarpEntries(const float* values, std::int32_t size, int lane) : values_(values), size_(size), lane_(lane) {}

  __device__ std::int32_t size() const { return size_; }

  __device__ float largest() const {
    float best = -INFINITY;
    for (std::int32_t i = lane_; i < size_; i += 32) best = fmaxf(best, values_[i]);
    return warp_largest(best);
  }

  __device__ Above above(double tau) const {
    Above mine;
    for (std::int32_t i = lane_; i < size_; i += 32) {
      const double value = values_[i];
      mine.count += value > tau ? 1.0 : 0.0;
      mine.sum += value > tau ? value : 0.0;
    }
    return {warp_sum(mine.count), warp_sum(mine.sum), 0.0};
  }

  __device__ Above halves_above(double tau) const {
    Above mine;
    for (std::int32_t i = lane_; i < size_; i += 32) {
      const double excess = 0.5 * static_cast<double>(values_[i]) - tau;
      const double positive = excess > 0.0 ? excess : 0.0;
      mine.sum += positive;
      mine.squares += positive * positive;
    }
    return {0.0, warp_sum(mine.sum), warp_sum(mine.squares)};
  }

  __device__ std::int32_t at_least(std::uint32_t key) const {
    std::int32_t mine = 0;
    for (std::int32_t i = lane_; i < size_; i += 32) mine += key_of(values_[i]) >= key ? 1 : 0;
    return warp_count(mine);
  }

 private:
  const float* values_;
  std::int32_t size_;
  int lane_;
};

// One entry above the row's threshold, by any thread. Whether the row is to be looked through.
__device__ inline bool append(const RowStates& states, const RowBuffers& buffers, std::int64_t first_row, int row,
                              std::int32_t column, float value) {
  const std::int32_t slot = atomicAdd(&states.counts[row], 1);
  if (slot < buffers.capacity) {  // always, as looks leave room for a tile; a mistake there must not write elsewhere
    const std::int64_t at = (first_row + row) * buffers.capacity + slot;
    buffers.columns[at] = column;
    buffers.values[at] = value;
  }
  return slot + 1 >= states.looks[row];
}

// Keeps of the first `count` entries those above the threshold, in their order. By one warp; returns how many.
__device__ inline std::int32_t keep_above(std::int32_t* columns, float* values, std::int32_t count, float threshold, int lane) {
  std::int32_t kept = 0;
  for (std::int32_t base = 0; base < count; base += 32) {
    const std::int32_t i = base + lane;
    const float value = i < count ? values[i] : -INFINITY;
    const std::int32_t column = i < count ? columns[i] : 0;
    const unsigned stays = __ballot_sync(whole_warp, i < count && value > threshold);
    // All lanes have read theirs, and what is written lies before what is read next.
    if ((stays >> lane & 1U) != 0) {
      const std::int32_t to = kept + __popc(stays & ((1U << lane) - 1U));
      columns[to] = column;
      values[to] = value;
    }
    kept += __popc(stays);
  }
  return kept;
}

// Looks one row through, by one warp: raises the threshold and leaves out what is not above it. `room`: what the next tile may
// add at most; 0 after the last.
__device__ inline void shrink(const RowStates& states, const RowBuffers& buffers, const DeviceSelection& selection,
                              std::int64_t first_row, int row, std::int32_t room, int lane) {
  const std::int32_t count = states.counts[row];
  const std::int64_t begin = (first_row + row) * buffers.capacity;
  bool fits = count <= buffers.capacity;
  std::int32_t kept = 0;
  float threshold = states.thresholds[row];
  if (fits && count > 0) {
    const double bound = bound_of(selection, WarpEntries(buffers.values + begin, count, lane));
    threshold = raised(threshold, bound, states.slacks[row]);
    kept = keep_above(buffers.columns + begin, buffers.values + begin, count, threshold, lane);
    fits = room == 0 || kept <= buffers.capacity / 2;
  }
  __syncwarp();  // no lane writes before all have read
  if (lane == 0) {
    states.thresholds[row] = fits ? threshold : INFINITY;
    states.counts[row] = fits ? kept : 0;
    const std::int32_t twice = 2 * kept > first_look ? 2 * kept : first_look;
    states.looks[row] = !fits ? given_up : twice < buffers.capacity - room ? twice : buffers.capacity - room;
  }
  __syncwarp();
}

}  // namespace polyvocab::cuda
