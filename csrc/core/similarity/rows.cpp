#include "core/similarity/rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/parallel.h"

namespace polyvocab {
namespace {

std::int64_t panels_of(std::int64_t count, int width) { return (count + width - 1) / width; }

// Tiles of queries in a block: as many as stay in a second-level cache beside their candidates, so that the pool is read
// seldom, and so few that all threads have work.
std::int64_t tiles_per_block(const TileKernel& kernel, std::int64_t dim, std::int64_t tiles, int threads) {
  constexpr std::int64_t bytes = 1024 * 1024;
  const std::int64_t most = std::clamp<std::int64_t>(bytes / kernel.panel_bytes(kernel.rows, dim), 4, 64);
  const std::int64_t workers = thread_count(threads);
  const std::int64_t blocks = std::max<std::int64_t>(panels_of(tiles, static_cast<int>(most)), 1);
  const std::int64_t even = (blocks + workers - 1) / workers * workers;
  return std::max<std::int64_t>((tiles + even - 1) / even, 1);
}

// How many rows of the pool are multiplied again before the next: while all rows of a block have their turn with them they stay
// in a third-level cache, unless a row has so few `candidates` among them that most places of the chains' vectors are empty.
std::int64_t columns_at_once(std::int64_t dim, std::int64_t size, std::int64_t candidates) {
  constexpr std::int64_t bytes = 8 * 1024 * 1024;
  constexpr std::int64_t fewest = 16;
  const std::int64_t in_cache = bytes / (dim * static_cast<std::int64_t>(sizeof(float)));
  return std::max({in_cache, size * fewest / std::max<std::int64_t>(candidates, 1), std::int64_t{1}});
}

// What one selection takes of a block of queries: each row sees its similarities with the whole pool, tile by tile.
template <class S>
class Block {
 public:
  Block(const PackedPool& pool, const S& selection, const float* queries, std::int64_t count, bool absolute)
      : pool_(pool), kernel_(pool.kernel()), queries_(queries), absolute_(absolute), tiles_(panels_of(count, kernel_.rows)),
        packed_(tiles_, kernel_.panel_bytes(kernel_.rows, pool.dim())),
        thresholds_(static_cast<std::size_t>(tiles_ * kernel_.rows), std::numeric_limits<float>::infinity()),
        rows_(static_cast<std::size_t>(count)) {
    for (std::int64_t t = 0; t < tiles_; ++t) {
      const std::int64_t first = t * kernel_.rows;
      kernel_.pack_rows(query(first), std::min<std::int64_t>(kernel_.rows, count - first), pool.dim(), packed_[t]);
    }
    for (std::int64_t i = 0; i < count; ++i) {  // what fills up the last tile finds nothing
      rows_[at(i)].begin(selection, kernel_.exact ? 0.0 : 2.0 * margin(i));
      thresholds_[at(i)] = rows_[at(i)].threshold();
    }
  }

  void select(SparseRows& out) {
    if (kernel_.begin != nullptr) kernel_.begin();
    constexpr std::int64_t line_bytes = 64;
    const std::int64_t panels = panels_of(pool_.size(), kernel_.cols);
    const std::int64_t lines = (kernel_.panel_bytes(kernel_.cols, pool_.dim()) / line_bytes + tiles_ - 1) / tiles_;
    for (std::int64_t p = 0; p < panels; ++p) {
      const std::int64_t column = p * kernel_.cols;
      const auto valid = static_cast<std::int32_t>(std::min<std::int64_t>(kernel_.cols, pool_.size() - column));
      const auto* const next = static_cast<const char*>(pool_.panels()[std::min(p + 1, panels - 1)]);
      for (std::int64_t t = 0; t < tiles_; ++t) {  // each fetches its part of the next panel
        tile(t, pool_.panels()[p], {next + t * lines * line_bytes, lines}, static_cast<std::int32_t>(column), valid);
      }
    }
    if (kernel_.end != nullptr) kernel_.end();
    for (auto& row : rows_) row.shrink();
    if (!kernel_.exact) multiply_again();
    for (auto& row : rows_) row.finish(out);
  }

 private:
  static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
  const float* query(std::int64_t i) const { return queries_ + i * pool_.dim(); }
  double margin(std::int64_t i) const {
    return bfloat16_margin(bfloat16_rounding(query(i), pool_.dim()), pool_.rounding(), pool_.dim());
  }

  void tile(std::int64_t t, const void* panel, const Soon& soon, std::int32_t column, std::int32_t columns) {
    TileHits hits;
    const std::int64_t first = t * kernel_.rows;
    float* const thresholds = thresholds_.data() + first;
    kernel_.multiply(packed_[t], panel, pool_.dim(), thresholds, absolute_, soon, hits);
    for (int i = 0; i < hits.count; ++i) {
      if (hits.columns[i] >= columns) continue;
      CandidateRow<S>& row = rows_[at(first + hits.rows[i])];
      if (row.offer(column + hits.columns[i], hits.values[i])) thresholds[hits.rows[i]] = row.threshold();
    }
  }

  // The exact products of what the margin left over.
  void multiply_again() {
    const ChainKernel chains = chain_kernel();
    std::vector<std::size_t> done(rows_.size(), 0);
    std::size_t candidates = 0;
    for (const auto& row : rows_) candidates += row.columns().size();
    const std::int64_t step =
        columns_at_once(pool_.dim(), pool_.size(), static_cast<std::int64_t>(candidates / rows_.size()));
    for (std::int64_t end = step; end - step < pool_.size(); end += step) {
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        const auto& columns = rows_[i].columns();
        std::size_t stop = done[i];
        while (stop < columns.size() && columns[stop] < end) ++stop;
        chains(query(static_cast<std::int64_t>(i)), pool_.rows(), pool_.dim(), columns.data() + done[i],
               static_cast<std::int64_t>(stop - done[i]), rows_[i].values().data() + done[i]);
        for (std::size_t e = done[i]; absolute_ && e < stop; ++e) rows_[i].values()[e] = std::fabs(rows_[i].values()[e]);
        done[i] = stop;
      }
    }
  }

  const PackedPool& pool_;
  const TileKernel& kernel_;
  const float* queries_;
  bool absolute_;
  std::int64_t tiles_;
  Panels packed_;
  std::vector<float> thresholds_;
  std::vector<CandidateRow<S>> rows_;
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

// The largest length and the largest loss of any row.
RowRounding largest_rounding(const float* rows, std::int64_t count, std::int64_t dim, int threads) {
  constexpr std::int64_t block_rows = 1024;
  std::vector<RowRounding> parts(static_cast<std::size_t>((count + block_rows - 1) / block_rows));
  const auto larger = [](const RowRounding& a, const RowRounding& b) {
    return RowRounding{std::max(a.length, b.length), std::max(a.lost, b.lost)};
  };
  parallel_blocks(static_cast<std::int64_t>(parts.size()), threads, [&](std::int64_t block) {
    RowRounding part;
    for (std::int64_t i = block * block_rows; i < std::min(count, (block + 1) * block_rows); ++i) {
      part = larger(part, bfloat16_rounding(rows + i * dim, dim));
    }
    parts[static_cast<std::size_t>(block)] = part;
  });
  RowRounding all;
  for (const auto& part : parts) all = larger(all, part);
  return all;
}

}  // namespace

PackedPool::PackedPool(const float* rows, std::int64_t count, std::int64_t dim, const TileKernel& kernel, int threads)
    : rows_(rows), kernel_(&kernel), count_(count), dim_(dim),
      panels_(panels_of(count, kernel.cols), kernel.panel_bytes(kernel.cols, dim)) {
  if (count > std::numeric_limits<std::int32_t>::max()) throw std::length_error("a pool of 2^31 rows or more");
  parallel_blocks(panels_of(count, kernel.cols), threads, [&](std::int64_t p) {
    const std::int64_t first = p * kernel.cols;
    kernel.pack_cols(rows + first * dim, std::min<std::int64_t>(kernel.cols, count - first), dim, panels_[p]);
  });
  if (!kernel.exact) rounding_ = largest_rounding(rows, count, dim, threads);
}

SparseRows PackedPool::select(const Selection& selection, const float* queries, std::int64_t count, int threads,
                              bool absolute) const {
  const std::int64_t tiles = panels_of(count, kernel_->rows);
  const std::int64_t block_rows = tiles_per_block(*kernel_, dim_, tiles, threads) * kernel_->rows;
  std::vector<SparseRows> parts(static_cast<std::size_t>((count + block_rows - 1) / block_rows));
  parallel_blocks(static_cast<std::int64_t>(parts.size()), threads, [&](std::int64_t block) {
    const std::int64_t first = block * block_rows;
    std::visit(
        [&](const auto& chosen) {
          Block(*this, chosen, queries + first * dim_, std::min(block_rows, count - first), absolute)
              .select(parts[static_cast<std::size_t>(block)]);
        },
        selection);
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
