// The product of two small panels of row vectors: every similarity of the library begins here.
//
// Promises: an exact kernel gives out[r][c] = a_r . b_c as one chain of fused multiply-adds in the order of the dimensions,
// starting at +0. All of them compute this same chain, so their results are equal bit for bit. The others multiply bfloat16
// numbers and are several times as fast: what they give is within the margin of bfloat16.h of the chain, and only says which
// chains are worth computing. With `absolute` each out[r][c] is without its sign. Only what exceeds the threshold of its row
// is told.
// Expects: panels that the same kernel packed; at most 32 columns.
// Does not: know what the numbers mean, or keep any of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace polyvocab {

inline constexpr int max_tile_rows = 32;
inline constexpr int max_tile_cols = 32;

// The entries out[r][c] > thresholds[r], row by row, in the order of the columns. Kernels may write beyond `count`, up to the
// size of a tile and `spare` more.
struct TileHits {
  static constexpr int spare = 16;  // so that whole vectors can be written
  static constexpr int room = max_tile_rows * max_tile_cols + spare;
  int count = 0;
  alignas(64) std::int32_t rows[room];
  alignas(64) std::int32_t columns[room];
  alignas(64) float values[room];
};

// Memory that will be read after this tile: so many cache lines.
struct Soon {
  const char* memory;
  std::int64_t lines;
};

struct TileKernel {
  const char* name;
  int rows;  // rows of a tile, at most max_tile_rows
  int cols;  // columns of a tile, at most max_tile_cols
  bool exact;
  std::int64_t (*panel_bytes)(int width, std::int64_t dim);  // of the rows or columns of one tile
  // Packs `count` rows [dim], as the rows (the columns) of a tile; what is missing of a whole tile is zero.
  void (*pack_rows)(const float* rows, std::int64_t count, std::int64_t dim, void* panel);
  void (*pack_cols)(const float* rows, std::int64_t count, std::int64_t dim, void* panel);
  // thresholds: one per row. Sets `hits` anew. Kernels that outrun the memory fetch `soon` meanwhile.
  void (*multiply)(const void* a, const void* b, std::int64_t dim, const float* thresholds, bool absolute, const Soon& soon,
                   TileHits& hits);
  // What a thread does before the first and after the last tile; null where there is nothing to do.
  void (*begin)() = nullptr;
  void (*end)() = nullptr;
  // Kernels that multiply long rows in parts (null where there are none), all tiles of a block the first, then all the second:
  // how many parts rows of this length have; the sums [rows x cols] of parts 0 to `part` from those before it; what
  // multiply() says of the sums of all.
  std::int64_t (*parts)(std::int64_t dim) = nullptr;
  void (*add)(const void* a, const void* b, std::int64_t dim, std::int64_t part, const Soon& soon, float* sums) = nullptr;
  void (*compare)(const float* sums, const float* thresholds, bool absolute, TileHits& hits) = nullptr;
};

// One per instruction set, each in its own file; null where this build has none.
const TileKernel* generic_tile();
const TileKernel* avx2_tile();
const TileKernel* avx512_tile();
const TileKernel* bf16_generic_tile();
const TileKernel* bf16_avx512_tile();
const TileKernel* bf16_amx_tile();

// The fastest kernel that this machine can run, or the one with this name.
// Throws std::invalid_argument for a name that is unknown or that this machine cannot run.
const TileKernel& tile_kernel(const char* name = nullptr);

// The names of those that this machine can run, the fastest first.
std::vector<std::string> tile_kernels();

}  // namespace polyvocab
