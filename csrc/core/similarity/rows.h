// Similarity of many query rows with a pool of rows, selected row by row into a sparse matrix (CSR).
//
// Promises: the dense matrix never exists: memory is the packed pool, one block of queries per thread and the result.
// The result is the same for every number of threads and every tile kernel.
// Expects: finite rows; for sparsemax and entmax of length 1 (or shorter), so that entries are 1 at most.
#pragma once

#include <cmath>
#include <cstdint>
#include <variant>

#include "core/large_pages.h"
#include "core/similarity/bfloat16.h"
#include "core/similarity/candidates.h"
#include "core/similarity/chains.h"
#include "core/similarity/entmax.h"
#include "core/similarity/sparsemax.h"
#include "core/similarity/tile.h"
#include "core/similarity/top_k.h"

namespace polyvocab {

using Selection = std::variant<Sparsemax, Entmax, TopK>;

inline std::int64_t panels_of(std::int64_t count, int width) { return (count + width - 1) / width; }

// Panels of a kernel, each at the beginning of a cache line; not set before a kernel packs them.
class Panels {
 public:
  Panels(std::int64_t count, std::int64_t bytes)
      : lines_(static_cast<std::size_t>((bytes + 63) / 64)), memory_(static_cast<std::size_t>(count) * lines_) {}
  void* operator[](std::int64_t i) { return memory_.data() + static_cast<std::size_t>(i) * lines_; }
  const void* operator[](std::int64_t i) const { return memory_.data() + static_cast<std::size_t>(i) * lines_; }

 private:
  struct alignas(64) Line {
    char bytes[64];
  };
  std::size_t lines_;
  UnsetLargeVector<Line> memory_;
};

// The pool, copied once into the order in which a tile kernel reads it.
class PackedPool {
 public:
  // rows: count x dim, row-major; they must stay where they are as long as the pool.
  PackedPool(const float* rows, std::int64_t count, std::int64_t dim, const TileKernel& kernel, int threads);

  std::int64_t size() const { return count_; }
  std::int64_t dim() const { return dim_; }
  const TileKernel& kernel() const { return *kernel_; }
  const float* rows() const { return rows_; }
  const Panels& panels() const { return panels_; }
  const RowRounding& rounding() const { return rounding_; }  // the largest of any row; an exact kernel's rows lose nothing

  bool finite() const { return std::isfinite(rounding_.length); }  // whether all rows are, as select() expects

  // What the selection takes of each query's similarities with all rows of the pool. queries: count x dim, row-major.
  SparseRows select(const Selection& selection, const float* queries, std::int64_t count, int threads) const;

 private:
  const float* rows_;
  const TileKernel* kernel_;
  std::int64_t count_;
  std::int64_t dim_;
  Panels panels_;
  RowRounding rounding_;
};

// Scales each row to length 1 in place; norms in double, in the order of the dimensions. Rows of length 0 stay.
// Returns the first row that holds a value that is not finite, or -1.
std::int64_t normalize_rows(float* rows, std::int64_t count, std::int64_t dim, int threads);

}  // namespace polyvocab
