#include "core/similarity/rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/parallel.h"
#include "core/similarity/query_block.h"

namespace polyvocab {
namespace {

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

RowRounding larger(const RowRounding& a, const RowRounding& b) {
  return {std::max(a.length, b.length), std::max(a.lost, b.lost)};
}

}  // namespace

PackedPool::PackedPool(const float* rows, std::int64_t count, std::int64_t dim, const TileKernel& kernel, int threads)
    : rows_(rows), kernel_(&kernel), count_(count), dim_(dim),
      panels_(panels_of(count, kernel.cols), kernel.panel_bytes(kernel.cols, dim)) {
  if (count > std::numeric_limits<std::int32_t>::max()) throw std::length_error("a pool of 2^31 rows or more");
  std::vector<RowRounding> roundings(static_cast<std::size_t>(panels_of(count, kernel.cols)));
  parallel_blocks(std::ssize(roundings), threads, [&](std::int64_t p) {
    const std::int64_t first = p * kernel.cols;
    const std::int64_t mine = std::min<std::int64_t>(kernel.cols, count - first);
    kernel.pack_cols(rows + first * dim, mine, dim, panels_[p]);
    RowRounding& rounding = roundings[static_cast<std::size_t>(p)];
    for (std::int64_t i = first; i < first + mine; ++i) {
      RowRounding row = bfloat16_rounding(rows + i * dim, dim);
      if (!std::isfinite(row.length)) row.length = std::numeric_limits<double>::infinity();  // not lost, as NaN would be
      rounding = larger(rounding, row);
    }
    if (kernel.exact) rounding.lost = 0.0;
  });
  for (const auto& rounding : roundings) rounding_ = larger(rounding_, rounding);
}

SparseRows PackedPool::select(const Selection& selection, const float* queries, std::int64_t count, int threads) const {
  const std::int64_t rows = queries_per_block(*this, count, threads);
  std::vector<SparseRows> parts(static_cast<std::size_t>((count + rows - 1) / rows));
  parallel_blocks(static_cast<std::int64_t>(parts.size()), threads, [&](std::int64_t block) {
    const std::int64_t first = block * rows;
    const std::int64_t mine = std::min(rows, count - first);
    std::visit(
        [&](const auto& chosen) {
          QueryBlock(*this, chosen, mine).select(queries + first * dim_, mine, parts[static_cast<std::size_t>(block)]);
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
