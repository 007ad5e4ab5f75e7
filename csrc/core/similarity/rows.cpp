#include "core/similarity/rows.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/parallel.h"
#include "core/similarity/sparsemax.h"

namespace polyvocab {
namespace {

// Packs `count` rows (fewer than `width` at the end of a matrix) dimension-major; what is missing is zero.
void pack(const float* rows, std::int64_t count, std::int64_t dim, int width, float* panel) {
  for (std::int64_t k = 0; k < dim; ++k) {
    for (int r = 0; r < width; ++r) panel[k * width + r] = r < count ? rows[r * dim + k] : 0.0F;
  }
}

std::int64_t panels_of(std::int64_t count, int width) { return (count + width - 1) / width; }

// Tiles of queries in a block: as many as stay in a second-level cache, so that the pool is read seldom.
int tiles_per_block(const TileKernel& kernel, std::int64_t dim) {
  constexpr std::int64_t bytes = 768 * 1024;
  const std::int64_t tile_bytes = kernel.rows * dim * static_cast<std::int64_t>(sizeof(float));
  return static_cast<int>(std::clamp<std::int64_t>(bytes / tile_bytes, 4, 64));
}

// One selection policy per query row sees the similarities of that row with the whole pool, tile by tile.
template <class Policy>
class BlockSelector {
 public:
  BlockSelector(const TileKernel& kernel, std::int64_t dim)
      : kernel_(kernel), dim_(dim), packed_(static_cast<std::size_t>(tiles_per_block(kernel, dim) * kernel.rows * dim)),
        thresholds_(static_cast<std::size_t>(tiles_per_block(kernel, dim) * kernel.rows)),
        policies_(thresholds_.size()) {}

  void select(const float* queries, std::int64_t count, const float* pool, std::int64_t pool_size, SparseRows& out) {
    const std::int64_t tiles = panels_of(count, kernel_.rows);
    for (std::int64_t t = 0; t < tiles; ++t) {
      const std::int64_t first = t * kernel_.rows;
      pack(queries + first * dim_, std::min<std::int64_t>(kernel_.rows, count - first), dim_, kernel_.rows,
           packed_.data() + first * dim_);
    }
    for (std::int64_t row = 0; row < tiles * kernel_.rows; ++row) {
      // What fills up the last tile finds nothing.
      const bool is_query = row < count;
      thresholds_[static_cast<std::size_t>(row)] =
          is_query ? policies_[static_cast<std::size_t>(row)].threshold() : std::numeric_limits<float>::infinity();
    }
    for (std::int64_t p = 0; p < panels_of(pool_size, kernel_.cols); ++p) {
      const std::int64_t column = p * kernel_.cols;
      const auto valid = static_cast<int>(std::min<std::int64_t>(kernel_.cols, pool_size - column));
      const std::uint32_t mask = valid == 32 ? ~0U : (1U << valid) - 1U;
      for (std::int64_t t = 0; t < tiles; ++t) {
        tile(t * kernel_.rows, pool + column * dim_, static_cast<std::int32_t>(column), mask);
      }
    }
    for (std::int64_t row = 0; row < count; ++row) {
      policies_[static_cast<std::size_t>(row)].finish(out.indices, out.weights);
      out.indptr.push_back(static_cast<std::int64_t>(out.indices.size()));
    }
  }

 private:
  void tile(std::int64_t first, const float* panel, std::int32_t column, std::uint32_t valid) {
    alignas(64) float z[max_tile_rows * max_tile_cols];
    std::uint32_t above[max_tile_rows];
    float* thresholds = thresholds_.data() + first;
    kernel_.multiply(packed_.data() + first * dim_, panel, dim_, thresholds, z, above);
    for (int r = 0; r < kernel_.rows; ++r) {
      std::uint32_t found = above[r] & valid;
      if (found == 0) continue;
      Policy& policy = policies_[static_cast<std::size_t>(first + r)];
      for (; found != 0; found &= found - 1) {
        const int c = std::countr_zero(found);
        policy.offer(column + c, z[r * kernel_.cols + c]);
      }
      thresholds[r] = policy.threshold();
    }
  }

  const TileKernel& kernel_;
  std::int64_t dim_;
  std::vector<float> packed_;
  std::vector<float> thresholds_;
  std::vector<Policy> policies_;
};

SparseRows join(std::vector<SparseRows>& parts) {
  SparseRows all;
  std::size_t rows = 0;
  std::size_t entries = 0;
  for (const auto& part : parts) {
    rows += part.indptr.size();
    entries += part.indices.size();
  }
  all.indptr.reserve(rows + 1);
  all.indices.reserve(entries);
  all.weights.reserve(entries);
  all.indptr.push_back(0);
  for (auto& part : parts) {
    const auto offset = static_cast<std::int64_t>(all.indices.size());
    for (const auto end : part.indptr) all.indptr.push_back(offset + end);
    all.indices.insert(all.indices.end(), part.indices.begin(), part.indices.end());
    all.weights.insert(all.weights.end(), part.weights.begin(), part.weights.end());
    part = {};
  }
  return all;
}

}  // namespace

PackedPool::PackedPool(const float* rows, std::int64_t count, std::int64_t dim, const TileKernel& kernel, int threads)
    : kernel_(&kernel), count_(count), dim_(dim) {
  if (count > std::numeric_limits<std::int32_t>::max()) throw std::length_error("a pool of 2^31 rows or more");
  const std::int64_t panels = panels_of(count, kernel.cols);
  panels_.resize(static_cast<std::size_t>(panels * kernel.cols * dim));
  parallel_blocks(panels, threads, [&](std::int64_t p) {
    const std::int64_t first = p * kernel.cols;
    pack(rows + first * dim, std::min<std::int64_t>(kernel.cols, count - first), dim, kernel.cols,
         panels_.data() + first * dim);
  });
}

SparseRows PackedPool::sparsemax(const float* queries, std::int64_t count, int threads) const {
  const std::int64_t block_rows = std::int64_t{tiles_per_block(*kernel_, dim_)} * kernel_->rows;
  const std::int64_t blocks = (count + block_rows - 1) / block_rows;
  std::vector<SparseRows> parts(static_cast<std::size_t>(blocks));
  parallel_blocks(blocks, threads, [&](std::int64_t block) {
    const std::int64_t first = block * block_rows;
    BlockSelector<SparsemaxRow> selector(*kernel_, dim_);
    selector.select(queries + first * dim_, std::min(block_rows, count - first), panels_.data(), count_,
                    parts[static_cast<std::size_t>(block)]);
  });
  return join(parts);
}

std::int64_t normalize_rows(float* rows, std::int64_t count, std::int64_t dim, int threads) {
  constexpr std::int64_t block_rows = 1024;
  std::atomic<std::int64_t> bad{count};
  parallel_blocks((count + block_rows - 1) / block_rows, threads, [&](std::int64_t block) {
    for (std::int64_t i = block * block_rows; i < std::min(count, (block + 1) * block_rows); ++i) {
      float* row = rows + i * dim;
      double square = 0.0;
      for (std::int64_t k = 0; k < dim; ++k) square += static_cast<double>(row[k]) * static_cast<double>(row[k]);
      if (!std::isfinite(square)) {
        for (std::int64_t seen = bad.load(); i < seen && !bad.compare_exchange_weak(seen, i);) {
        }
      } else if (square > 0.0) {
        const double scale = 1.0 / std::sqrt(square);
        for (std::int64_t k = 0; k < dim; ++k) row[k] = static_cast<float>(row[k] * scale);
      }
    }
  });
  return bad == count ? -1 : bad.load();
}

}  // namespace polyvocab
