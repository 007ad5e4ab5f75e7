// Similarity of many query rows with a pool of rows, selected row by row into a sparse matrix (CSR).
//
// Promises: the dense matrix never exists: memory is the packed pool, one block of queries per thread and the result.
// The result is the same for every number of threads and every tile kernel.
// Expects: finite values; unit rows where the caller wants cosines.
#pragma once

#include <cstdint>
#include <vector>

#include "core/similarity/tile.h"

namespace polyvocab {

struct SparseRows {
  std::vector<std::int64_t> indptr;  // rows + 1
  std::vector<std::int32_t> indices;
  std::vector<float> weights;
};

// The pool, copied once into the order in which a tile kernel reads it.
class PackedPool {
 public:
  PackedPool(const float* rows, std::int64_t count, std::int64_t dim, const TileKernel& kernel, int threads);

  std::int64_t size() const { return count_; }
  std::int64_t dim() const { return dim_; }
  const TileKernel& kernel() const { return *kernel_; }

  // sparsemax of each query's similarities with all rows of the pool. queries: count x dim, row-major.
  SparseRows sparsemax(const float* queries, std::int64_t count, int threads) const;

 private:
  const TileKernel* kernel_;
  std::int64_t count_;
  std::int64_t dim_;
  std::vector<float> panels_;
};

// Scales each row to length 1 in place; norms in double, in the order of the dimensions. Rows of length 0 stay.
// Returns the first row that holds a value that is not finite, or -1.
std::int64_t normalize_rows(float* rows, std::int64_t count, std::int64_t dim, int threads);

}  // namespace polyvocab
