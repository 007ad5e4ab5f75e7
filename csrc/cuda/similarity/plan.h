// How much of the queries is on the device at once, and which kernels fit.
//
// Errors: std::runtime_error where not even one tile of queries fits into the limit.
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "cuda/similarity/finish.h"
#include "cuda/similarity/product.h"

namespace polyvocab::cuda {

inline constexpr int wide_chunk = 64;    // dimensions, where the queries of a block stay in shared memory
inline constexpr int narrow_chunk = 32;  // where they do not

inline std::int64_t whole(std::int64_t count, std::int64_t of) { return (count + of - 1) / of * of; }

struct Plan {
  std::int32_t padded_dim = 0;
  std::int64_t padded_columns = 0;
  std::int32_t capacity = 0;
  std::int64_t slab = 0;  // queries, whole tiles
  bool resident = false;
  std::size_t product_shared = 0;
};

// Supports of sparsemax are 100 to 400 entries on real vectors, those of entmax several times as many.
inline std::int32_t usual_candidates(const DeviceSelection& selection) {
  constexpr std::int64_t least = 2048;
  constexpr std::int64_t most = 8192;
  if (selection.rule == Rule::entmax) return most;
  if (selection.rule == Rule::sparsemax) return least;
  return whole_power(static_cast<std::int32_t>(std::clamp<std::int64_t>(4 * std::int64_t{selection.k}, least, most)));
}

inline std::size_t finish_bytes(std::int32_t dim, std::int32_t count) {
  return FinishShared(nullptr, dim, whole_power(count)).bytes;
}

// Room for the next tile must be left beside what is kept, so two tiles at least.
inline std::int32_t capacity_of(const DeviceSelection& selection, std::int32_t asked, std::int32_t dim, std::size_t shared) {
  std::int32_t capacity = std::max(asked > 0 ? asked : usual_candidates(selection), 2 * tile_columns);
  while (capacity > 2 * tile_columns && finish_bytes(dim, capacity) > shared) {
    capacity = std::max(whole_power(capacity) / 2, 2 * tile_columns);
  }
  if (finish_bytes(dim, capacity) > shared) throw std::runtime_error("rows of this width do not fit into shared memory");
  return capacity;
}

// Of one query, its buffer and the largest result that it can have among them.
inline std::int64_t bytes_of_query(const Plan& plan, std::int64_t dim) {
  const std::int64_t entry = sizeof(float) + sizeof(std::int32_t);
  const std::int64_t row = dim * 4 + plan.padded_dim * 2 + static_cast<std::int64_t>(sizeof(RowRounding));
  return row + 2 * plan.capacity * entry + 4 + 16;
}

// memory: bytes for all but the pool.
inline Plan plan_of(const DeviceSelection& selection, std::int64_t columns, std::int64_t dim, std::int64_t queries,
                    std::int32_t candidates, std::int64_t memory, int processors, std::size_t shared) {
  Plan plan;
  plan.padded_dim = static_cast<std::int32_t>(whole(dim, step));
  plan.padded_columns = whole(columns, tile_columns);
  plan.capacity = capacity_of(selection, candidates, static_cast<std::int32_t>(dim), shared);
  plan.product_shared = ProductShared<wide_chunk, true>(nullptr, plan.padded_dim).bytes;
  plan.resident = plan.product_shared <= shared;
  if (!plan.resident) plan.product_shared = ProductShared<narrow_chunk, false>(nullptr, plan.padded_dim).bytes;
  constexpr std::int64_t beside = 1 << 20;  // the scan's
  const std::int64_t tile = bytes_of_query(plan, dim) * tile_rows;
  const std::int64_t tiles = (memory - beside) / tile;
  if (tiles < 1) {
    throw std::runtime_error("device memory: " + std::to_string(memory) + " bytes are left beside the pool, and " +
                             std::to_string(tile + beside) + " needed for the smallest slab of queries");
  }
  // More than one tile for each processor would only be waiting.
  const std::int64_t needed = (queries + tile_rows - 1) / tile_rows;
  plan.slab = std::max<std::int64_t>(std::min({tiles, std::int64_t{processors}, needed}), 1) * tile_rows;
  return plan;
}

}  // namespace polyvocab::cuda
