#include "core/similarity/query_block.h"

#include "core/parallel.h"

namespace polyvocab {

std::int64_t queries_per_block(const PackedPool& pool, std::int64_t count, int threads) {
  constexpr std::int64_t bytes = 1024 * 1024;
  const TileKernel& kernel = pool.kernel();
  const std::int64_t tiles = panels_of(count, kernel.rows);
  const std::int64_t most = std::clamp<std::int64_t>(bytes / kernel.panel_bytes(kernel.rows, pool.dim()), 4, 64);
  const std::int64_t workers = thread_count(threads);
  const std::int64_t blocks = std::max<std::int64_t>(panels_of(tiles, static_cast<int>(most)), 1);
  const std::int64_t even = (blocks + workers - 1) / workers * workers;
  return std::max<std::int64_t>((tiles + even - 1) / even, 1) * kernel.rows;
}

std::int64_t columns_at_once(const PackedPool& pool, std::int64_t candidates) {
  constexpr std::int64_t bytes = 8 * 1024 * 1024;
  constexpr std::int64_t fewest = 16;
  const std::int64_t in_cache = bytes / (pool.dim() * static_cast<std::int64_t>(sizeof(float)));
  return std::max({in_cache, pool.size() * fewest / std::max<std::int64_t>(candidates, 1), std::int64_t{1}});
}

}  // namespace polyvocab
