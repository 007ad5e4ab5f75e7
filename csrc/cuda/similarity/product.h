// The fused product: a block of threads multiplies 128 queries with the whole pool, 256 rows at a time, in half precision, and
// keeps of each query's row only the entries that lie above its running threshold.
//
// Promises: no product leaves the block but those kept. At the end each row's buffer has a superset of what its selection
// takes, in no particular order, or the row is given up (row_buffer.h).
// Expects: halves padded with zeros to whole tiles and to a multiple of sixteen dimensions; a block per tile of queries;
// product_threads threads; the shared memory that ProductShared says.
#pragma once

#include <cstdint>

#include "cuda/device/primitives.h"
#include "cuda/similarity/row_buffer.h"
#include "cuda/similarity/shared_layout.h"

namespace polyvocab::cuda {

inline constexpr int product_threads = 256;
inline constexpr int tile_rows = 128;
inline constexpr int tile_columns = 256;
inline constexpr int warp_rows = 64;  // of the tile, for one of 2 x 4 warps
inline constexpr int warp_columns = 64;
inline constexpr int row_parts = warp_rows / 16;  // matrices of a warp
inline constexpr int column_parts = warp_columns / 8;
inline constexpr int step = 16;  // dimensions of one matrix product
inline constexpr int spare = 8;  // halves between rows: eight rows then lie in all 32 banks

struct ProductTask {
  const Half* queries;           // [rows, whole tiles][padded_dim]
  const Half* pool;              // [columns, whole tiles][padded_dim]
  const RowRounding* roundings;  // of the queries
  const RowRounding* largest;    // of the pool
  std::int32_t rows;
  std::int32_t columns;
  std::int32_t dim;
  std::int32_t padded_dim;
  DeviceSelection selection;
  RowBuffers buffers;
  std::int32_t* counts;  // out: entries of each row, or given_up
};

using Sums = float[row_parts][column_parts][4];

// Where things lie in shared memory. The queries of a block stay there (`resident`) where they fit; else both come in chunks.
template <int chunk, bool resident>
struct ProductShared {
  static constexpr int chunk_stride = chunk + spare;
  static constexpr int pool_chunk = tile_columns * chunk_stride;  // halves
  static constexpr int query_chunk = resident ? 0 : tile_rows * chunk_stride;

  RowStates states;
  Half* queries;  // all dimensions, or two chunks
  Half* pool;     // two chunks
  std::size_t bytes;

  POLYVOCAB_BOTH ProductShared(unsigned char* memory, std::int32_t padded_dim) {
    SharedLayout layout(memory);
    states.slacks = layout.take<double>(tile_rows);
    states.thresholds = layout.take<float>(tile_rows);
    states.counts = layout.take<std::int32_t>(tile_rows);
    states.looks = layout.take<std::int32_t>(tile_rows);
    queries = layout.take<Half>(resident ? tile_rows * (padded_dim + spare) : 2 * query_chunk);
    pool = layout.take<Half>(2 * pool_chunk);
    bytes = layout.bytes();
  }
};

// Rows of `units` times eight halves, by all threads; `most` of them would be a whole chunk.
template <int most, int rows>
__device__ inline void load_rows(Half* to, int to_stride, const Half* from, std::int64_t from_stride, int units) {
  const int unit = static_cast<int>(threadIdx.x) % most;
  if (unit >= units) return;
  for (int row = static_cast<int>(threadIdx.x) / most; row < rows; row += product_threads / most) {
    copy_async(to + row * to_stride + unit * 8, from + row * from_stride + unit * 8);
  }
}

// What a step of the sweep needs: step i is chunk i % chunks of tile i / chunks.
template <int chunk, bool resident>
__device__ inline void load_step(const ProductTask& task, const ProductShared<chunk, resident>& shared,
                                 const Half* queries, std::int32_t index, std::int32_t chunks) {
  const std::int64_t tile = index / chunks;
  const std::int32_t k = index % chunks * chunk;
  const int left = task.padded_dim - k;
  const int units = (left < chunk ? left : chunk) / 8;
  const int stage = index % 2;
  load_rows<chunk / 8, tile_columns>(shared.pool + stage * shared.pool_chunk, shared.chunk_stride,
                                     task.pool + tile * tile_columns * task.padded_dim + k, task.padded_dim, units);
  if constexpr (!resident) {
    load_rows<chunk / 8, tile_rows>(shared.queries + stage * shared.query_chunk, shared.chunk_stride, queries + k,
                                    task.padded_dim, units);
  }
}

// sums += the warp's rows of a chunk times its columns, `steps` times sixteen dimensions.
__device__ inline void multiply_chunk(Sums& sums, const Half* queries, int query_stride, const Half* pool, int pool_stride,
                                      int steps, int lane) {
  const Half* const a_row = queries + lane % 16 * query_stride + lane / 16 * 8;
  const Half* const b_row = pool + (lane % 8 + lane / 16 * 8) * pool_stride + lane / 8 % 2 * 8;
  for (int s = 0; s < steps; ++s) {
    std::uint32_t a[row_parts][4];
    std::uint32_t b[column_parts / 2][4];
#pragma unroll
    for (int i = 0; i < row_parts; ++i) load_matrices(a[i], a_row + i * 16 * query_stride + s * step);
#pragma unroll
    for (int j = 0; j < column_parts / 2; ++j) load_matrices(b[j], b_row + j * 16 * pool_stride + s * step);
#pragma unroll
    for (int i = 0; i < row_parts; ++i) {
#pragma unroll
      for (int j = 0; j < column_parts; ++j) {
        multiply_matrices(sums[i][j], a[i], b[j / 2][j % 2 * 2], b[j / 2][j % 2 * 2 + 1]);
      }
    }
  }
}

// Appends what lies above the thresholds and sets the sums back to zero. Whether a row is to be looked through.
__device__ inline bool collect(Sums& sums, const RowStates& states, const RowBuffers& buffers, std::int64_t first_row,
                               int row, std::int32_t column, std::int32_t columns) {
  bool full = false;
#pragma unroll
  for (int i = 0; i < row_parts; ++i) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int mine = row + i * 16 + half * 8;
      const float threshold = states.thresholds[mine];
      float best = sums[i][0][half * 2];
#pragma unroll
      for (int j = 0; j < column_parts; ++j) best = fmaxf(best, fmaxf(sums[i][j][half * 2], sums[i][j][half * 2 + 1]));
      if (best > threshold) {
#pragma unroll
        for (int j = 0; j < column_parts; ++j) {
#pragma unroll
          for (int next = 0; next < 2; ++next) {
            const float value = sums[i][j][half * 2 + next];
            const std::int32_t at = column + j * 8 + next;
            if (value > threshold && at < columns) full |= append(states, buffers, first_row, mine, at, value);
          }
        }
      }
    }
#pragma unroll
    for (int j = 0; j < column_parts; ++j) {
#pragma unroll
      for (int part = 0; part < 4; ++part) sums[i][j][part] = 0.0F;
    }
  }
  return full;
}

// Rows beyond the last find nothing.
__device__ inline void begin_rows(const ProductTask& task, const RowStates& states, std::int64_t first_row) {
  for (int row = static_cast<int>(threadIdx.x); row < tile_rows; row += product_threads) {
    const bool given = first_row + row < task.rows;
    states.slacks[row] = given ? 2.0 * half_margin(task.roundings[first_row + row], *task.largest, task.dim) : 0.0;
    states.thresholds[row] = given ? -3.402823466e+38F : INFINITY;
    states.counts[row] = 0;
    states.looks[row] = given ? first_look : given_up;
  }
}

// Each warp its rows; `all`: also those that are not full.
__device__ inline void shrink_rows(const ProductTask& task, const RowStates& states, std::int64_t first_row, bool all) {
  constexpr int rows = tile_rows / (product_threads / 32);
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int first = static_cast<int>(threadIdx.x) / 32 * rows;
  for (int row = first; row < first + rows; ++row) {
    if (states.looks[row] == given_up || (!all && states.counts[row] < states.looks[row])) continue;
    shrink(states, task.buffers, task.selection, first_row, row, all ? 0 : tile_columns, lane);
  }
}

template <int chunk, bool resident>
__global__ void __launch_bounds__(product_threads, 1) product_kernel(ProductTask task) {
  const ProductShared<chunk, resident> shared(shared_memory(), task.padded_dim);
  const std::int64_t first_row = static_cast<std::int64_t>(blockIdx.x) * tile_rows;
  const Half* const queries = task.queries + first_row * task.padded_dim;
  const int query_stride = resident ? task.padded_dim + spare : shared.chunk_stride;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int row = static_cast<int>(threadIdx.x) / 32 % 2 * warp_rows;
  const int column = static_cast<int>(threadIdx.x) / 64 * warp_columns;
  const std::int32_t chunks = (task.padded_dim + chunk - 1) / chunk;
  const std::int32_t steps = (task.columns + tile_columns - 1) / tile_columns * chunks;

  begin_rows(task, shared.states, first_row);
  if constexpr (resident) {
    for (std::int32_t k = 0; k < task.padded_dim; k += chunk) {
      const int left = task.padded_dim - k;
      load_rows<chunk / 8, tile_rows>(shared.queries + k, query_stride, queries + k, task.padded_dim,
                                      (left < chunk ? left : chunk) / 8);
    }
  }
  load_step(task, shared, queries, 0, chunks);
  Sums sums = {};
  for (std::int32_t i = 0; i < steps; ++i) {
    wait_for_copies();
    __syncthreads();  // this step's chunks are there, and nobody reads those of the last step any more
    if (i + 1 < steps) load_step(task, shared, queries, i + 1, chunks);
    const std::int32_t k = i % chunks * chunk;
    const int left = task.padded_dim - k;
    const Half* const a = shared.queries + (resident ? k : i % 2 * shared.query_chunk);
    const Half* const b = shared.pool + i % 2 * shared.pool_chunk;
    multiply_chunk(sums, a + row * query_stride, query_stride, b + column * shared.chunk_stride, shared.chunk_stride,
                   (left < chunk ? left : chunk) / step, lane);
    if (i % chunks != chunks - 1) continue;
    const std::int32_t first_column = i / chunks * tile_columns + column + lane % 4 * 2;
    const bool full = collect(sums, shared.states, task.buffers, first_row, row + lane / 4, first_column, task.columns);
    // The barrier at the top of the next step lets the next tile see the thresholds.
    if (__syncthreads_or(full ? 1 : 0) != 0) shrink_rows(task, shared.states, first_row, false);
  }
  shrink_rows(task, shared.states, first_row, true);  // all entries are there since the last barrier
  __syncthreads();
  for (int r = static_cast<int>(threadIdx.x); r < tile_rows; r += product_threads) {
    if (first_row + r >= task.rows) continue;
    const bool lost = shared.states.looks[r] == given_up;
    task.counts[first_row + r] = lost ? given_up : shared.states.counts[r];
  }
}

}  // namespace polyvocab::cuda
