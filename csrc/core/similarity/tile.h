// The product of two small panels of row vectors: every similarity of the library is computed here.
//
// Promises: out[r][c] = a_r . b_c as one chain of fused multiply-adds in the order of the dimensions, starting at +0.
// All kernels compute this same chain, so their results are equal bit for bit. Bit c of above[r] says whether
// out[r][c] > thresholds[r]; it is found while the products are still in registers.
// Expects: panels packed dimension-major, that is a[k * rows + r] and b[k * cols + c]; at most 32 columns.
// Does not: know what the numbers mean, or keep any of them.
#pragma once

#include <cstdint>

namespace polyvocab {

inline constexpr int max_tile_rows = 16;
inline constexpr int max_tile_cols = 32;

struct TileKernel {
  const char* name;
  int rows;  // rows of a tile, at most max_tile_rows
  int cols;  // columns of a tile, at most max_tile_cols
  // out: rows x cols, row-major; above: rows.
  void (*multiply)(const float* a, const float* b, std::int64_t dim, const float* thresholds, float* out,
                   std::uint32_t* above);
};

// One per instruction set, each in its own file; null where this build has none.
const TileKernel* generic_tile();
const TileKernel* avx2_tile();
const TileKernel* avx512_tile();

// The widest kernel that this machine can run, or the one with this name.
// Throws std::invalid_argument for a name that is unknown or that this machine cannot run.
const TileKernel& tile_kernel(const char* name = nullptr);

}  // namespace polyvocab
