// The candidates of a row become its result: sorted by column, multiplied again as exact chains, weighed.
//
// Promises: columns, values and weights equal those of core/similarity bit for bit, whichever candidates beyond the support
// there are, in whatever order. Columns ascend. Nothing of a row that was given up.
// Expects: finish_threads threads, a block per row; the shared memory that FinishShared says for the largest count.
#pragma once

#include <cstdint>

#include "core/similarity/exponential.h"
#include "cuda/device/primitives.h"
#include "cuda/similarity/block.h"
#include "cuda/similarity/row_buffer.h"
#include "cuda/similarity/shared_layout.h"

namespace polyvocab::cuda {

inline constexpr int finish_threads = 128;
inline constexpr int stage_stride = 33;  // floats: a warp's rows then lie in different banks

struct FinishTask {
  const float* queries;  // [rows][dim]
  const float* pool;     // [columns][dim]
  const std::int32_t* counts;
  std::int32_t dim;
  DeviceSelection selection;
  RowBuffers buffers;    // columns in; columns and weights out
  std::int64_t* taken;   // out: entries of each row's result
};

struct FinishShared {
  double* terms;              // [finish_threads]
  SparsemaxPrefix* sparsemax;  // [finish_threads], one of the two
  EntmaxPrefix* entmax;
  float* query;               // [dim]
  std::int32_t* columns;      // [size]
  float* values;              // [size]
  float* ordered;             // [size]
  float* stages;              // [warps][32][stage_stride]
  double* tau;                // 1
  std::int32_t* totals;       // [warps]
  std::int32_t* stop;         // 1
  std::size_t bytes;

  // size: a power of two, no less than any count.
  POLYVOCAB_BOTH FinishShared(unsigned char* memory, std::int32_t dim, std::int32_t size) {
    SharedLayout layout(memory);
    terms = layout.take<double>(finish_threads);
    sparsemax = layout.take<SparsemaxPrefix>(finish_threads);
    entmax = layout.take<EntmaxPrefix>(finish_threads);
    query = layout.take<float>(dim);
    columns = layout.take<std::int32_t>(size);
    values = layout.take<float>(size);
    ordered = layout.take<float>(size);
    stages = layout.take<float>(finish_threads * stage_stride);
    tau = layout.take<double>(1);
    totals = layout.take<std::int32_t>(finish_threads / 32);
    stop = layout.take<std::int32_t>(1);
    bytes = layout.bytes();
  }
};

// values[i] = query . pool row columns[i], one chain of fused multiply-adds in the order of the dimensions, from +0: a lane has
// a candidate, and its warp reads the rows piece by piece, each piece in one go.
__device__ inline void multiply_exactly(const FinishTask& task, const FinishShared& shared, std::int32_t count) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  float* const stage = shared.stages + threadIdx.x / 32 * 32 * stage_stride;
  for (std::int32_t base = static_cast<std::int32_t>(threadIdx.x) / 32 * 32; base < count; base += finish_threads) {
    const std::int32_t rows = count - base < 32 ? count - base : 32;
    float sum = 0.0F;
    for (std::int32_t k = 0; k < task.dim; k += 32) {
      const bool inside = k + lane < task.dim;
#pragma unroll 8
      for (std::int32_t r = 0; r < rows; ++r) {
        const float* const row = task.pool + static_cast<std::int64_t>(shared.columns[base + r]) * task.dim;
        if (inside) stage[r * stage_stride + lane] = row[k + lane];
      }
      __syncwarp();
      const std::int32_t width = task.dim - k < 32 ? task.dim - k : 32;
      if (lane < rows) {
        for (std::int32_t d = 0; d < width; ++d) sum = fmaf(shared.query[k + d], stage[lane * stage_stride + d], sum);
      }
      __syncwarp();  // before the next piece takes its place
    }
    if (lane < rows) shared.values[base + lane] = sum;
  }
}

// The tau of sorted entries, as core/similarity finds it: one thread sums, as the order of sums is fixed; all look where the
// prefixes end. Ends with a barrier.
template <class Prefix>
__device__ void find_tau(const FinishShared& shared, Prefix* prefixes, Prefix carry, std::int32_t count) {
  const auto thread = static_cast<std::int32_t>(threadIdx.x);
  if (thread == 0) *shared.tau = 0.0;
  for (std::int32_t base = 0; base < count; base += finish_threads) {
    const std::int32_t here = count - base < finish_threads ? count - base : finish_threads;
    if (thread == 0) {
      *shared.stop = here;
      for (std::int32_t i = 0; i < here; ++i) {
        carry.add(shared.ordered[base + i]);
        prefixes[i] = carry;
      }
    }
    __syncthreads();
    const bool ends = thread < here && !prefixes[thread].keeps(shared.ordered[base + thread], base + thread + 1);
    if (ends) atomicMin(shared.stop, thread);
    __syncthreads();
    const std::int32_t stop = *shared.stop;
    if (thread == stop - 1) *shared.tau = prefixes[thread].tau(base + thread + 1);
    __syncthreads();  // before the next prefixes take their place
    if (stop < here) break;
  }
}

// Of the k largest: the smallest, and how many that are equal to it are among them.
struct Cut {
  float least = 0.0F;
  std::int32_t equal = 0;
};

__device__ inline Cut cut_of(const float* ordered, std::int32_t count, std::int32_t k) {
  const std::int32_t last = k < count ? k : count;
  Cut cut{ordered[last - 1], 0};
  while (cut.equal < last && ordered[last - 1 - cut.equal] == cut.least) ++cut.equal;
  return cut;
}

// Moves the entries that choose(inside, value, weight) takes to the front, with their weights. Returns how many. All threads
// must call.
template <class Choose>
__device__ std::int32_t keep_chosen(const FinishShared& shared, std::int32_t count, const Choose& choose) {
  std::int32_t taken = 0;
  for (std::int32_t base = 0; base < count; base += finish_threads) {
    const std::int32_t i = base + static_cast<std::int32_t>(threadIdx.x);
    const bool inside = i < count;
    const float value = inside ? shared.values[i] : 0.0F;
    const std::int32_t column = inside ? shared.columns[i] : 0;
    float weight = 0.0F;
    const bool chosen = choose(inside, value, weight);
    const Rank rank = rank_in_block<finish_threads>(chosen, shared.totals);
    if (chosen) {  // all have read theirs before the barriers of rank_in_block
      shared.columns[taken + rank.before] = column;
      shared.values[taken + rank.before] = weight;
    }
    taken += rank.all;
  }
  __syncthreads();
  return taken;
}

// values[i] = softmax(values / temperature), summed in the order of the columns.
__device__ inline void soften(const FinishShared& shared, std::int32_t count, double top, double temperature) {
  const auto thread = static_cast<std::int32_t>(threadIdx.x);
  double total = 0.0;  // of thread 0
  for (std::int32_t base = 0; base < count; base += finish_threads) {
    const std::int32_t here = count - base < finish_threads ? count - base : finish_threads;
    if (thread < here) {
      shared.terms[thread] = falling_exponential((static_cast<double>(shared.values[base + thread]) - top) / temperature);
    }
    __syncthreads();
    if (thread == 0) {
      for (std::int32_t i = 0; i < here; ++i) total += shared.terms[i];
      *shared.tau = total;
    }
    __syncthreads();
  }
  for (std::int32_t i = thread; i < count; i += finish_threads) {
    const double term = falling_exponential((static_cast<double>(shared.values[i]) - top) / temperature);
    shared.values[i] = static_cast<float>(term / *shared.tau);
  }
  __syncthreads();
}

// What the selection takes; its columns and weights are then the first ones. Returns how many.
__device__ inline std::int32_t weigh(const DeviceSelection& selection, const FinishShared& shared, std::int32_t count) {
  const auto take_prefix = [&](auto* prefixes, auto prefix) {
    find_tau(shared, prefixes, prefix, count);
    const double tau = *shared.tau;
    return keep_chosen(shared, count, [&](bool inside, float value, float& weight) {
      weight = inside ? prefix.weight(value, tau) : 0.0F;
      return weight > 0.0F;
    });
  };
  if (selection.rule == Rule::sparsemax) return take_prefix(shared.sparsemax, SparsemaxPrefix{});
  const double top = shared.ordered[0];
  if (selection.rule == Rule::entmax) return take_prefix(shared.entmax, EntmaxPrefix{0.5 * top});
  const Cut cut = cut_of(shared.ordered, count, selection.k);
  std::int32_t equals = 0;
  const std::int32_t taken = keep_chosen(shared, count, [&](bool inside, float value, float& weight) {
    const bool equal = inside && value == cut.least;
    const Rank rank = rank_in_block<finish_threads>(equal, shared.totals);
    const bool chosen = inside && (value > cut.least || (equal && equals + rank.before < cut.equal));
    equals += rank.all;
    weight = value;
    return chosen;
  });
  if (selection.temperature > 0.0) soften(shared, taken, top, selection.temperature);
  return taken;
}

// size: the power of two that FinishShared was told.
__global__ void __launch_bounds__(finish_threads) finish_kernel(FinishTask task, std::int32_t size) {
  const FinishShared shared(shared_memory(), task.dim, size);
  const std::int64_t row = blockIdx.x;
  const std::int32_t count = task.counts[row];
  const auto thread = static_cast<std::int32_t>(threadIdx.x);
  if (count <= 0) {
    if (thread == 0) task.taken[row] = 0;
    return;
  }
  std::int32_t* const columns = task.buffers.columns + row * task.buffers.capacity;
  float* const weights = task.buffers.values + row * task.buffers.capacity;
  const std::int32_t whole = whole_power(count);
  for (std::int32_t k = thread; k < task.dim; k += finish_threads) shared.query[k] = task.queries[row * task.dim + k];
  for (std::int32_t i = thread; i < whole; i += finish_threads) shared.columns[i] = i < count ? columns[i] : 0x7FFFFFFF;
  __syncthreads();
  sort_in_block<finish_threads>(shared.columns, count, [](std::int32_t a, std::int32_t b) { return a < b; });
  multiply_exactly(task, shared, count);
  __syncthreads();
  for (std::int32_t i = thread; i < whole; i += finish_threads) shared.ordered[i] = i < count ? shared.values[i] : -INFINITY;
  __syncthreads();
  sort_in_block<finish_threads>(shared.ordered, count, [](float a, float b) { return a > b; });
  const std::int32_t taken = weigh(task.selection, shared, count);
  for (std::int32_t i = thread; i < taken; i += finish_threads) {
    columns[i] = shared.columns[i];
    weights[i] = shared.values[i];
  }
  if (thread == 0) task.taken[row] = taken;
}

// The rows' results one behind the other, from first[row] on. A warp a row.
template <int threads>
__global__ void __launch_bounds__(threads) gather_kernel(RowBuffers buffers, const std::int64_t* first, std::int64_t rows,
                                                         std::int32_t* indices, float* weights) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * (threads / 32) + threadIdx.x / 32;
  if (row >= rows) return;
  const std::int64_t begin = first[row];
  const std::int64_t count = first[row + 1] - begin;
  for (std::int64_t i = lane; i < count; i += 32) {
    indices[begin + i] = buffers.columns[row * buffers.capacity + i];
    weights[begin + i] = buffers.values[row * buffers.capacity + i];
  }
}

}  // namespace polyvocab::cuda
