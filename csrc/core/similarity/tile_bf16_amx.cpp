// The bfloat16 tile for AMX: 32 x 32, two by two tile registers of sums.
#include "core/similarity/pack.h"
#include "core/similarity/tile.h"
#include "core/similarity/tile_ends_avx512.h"

#include <immintrin.h>

#include <algorithm>

namespace polyvocab {
namespace {

constexpr int rows = 32;
constexpr int cols = 32;
constexpr int half = 16;        // of the rows or columns: what a register holds
constexpr int step = 32;        // dimensions of one multiplication
constexpr int tile_bytes = 1024;  // of a register

std::int64_t steps(std::int64_t dim) { return (dim + step - 1) / step; }

void to_bfloat16(const float* from, std::int64_t count, std::uint16_t* to) {
  for (std::int64_t k = 0; k < count; ++k) to[k] = polyvocab::to_bfloat16(from[k]);
}

std::int64_t panel_bytes(int, std::int64_t dim) { return steps(dim) * 2 * tile_bytes; }

// Rows: of each step first the upper sixteen, then the lower, each row's dimensions side by side.
void pack_rows(const float* from, std::int64_t count, std::int64_t dim, void* panel) {
  auto* const out = static_cast<std::uint16_t*>(panel);
  std::memset(out, 0, static_cast<std::size_t>(panel_bytes(rows, dim)));
  for (std::int64_t r = 0; r < count; ++r) {
    for (std::int64_t s = 0; s < steps(dim); ++s) {
      to_bfloat16(from + r * dim + s * step, std::min<std::int64_t>(step, dim - s * step), out + (s * rows + r) * step);
    }
  }
}

// Columns: of each step first the left sixteen, then the right, in pairs of dimensions.
void pack_cols(const float* from, std::int64_t count, std::int64_t dim, void* panel) {
  const __m512i columns = _mm512_mullo_epi32(_mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
                                             _mm512_set1_epi32(step / 2));
  auto* out = static_cast<char*>(panel);
  for (std::int64_t s = 0; s < steps(dim); ++s) {
    for (std::int64_t first = 0; first < cols; first += half, out += tile_bytes) {
      alignas(64) std::uint16_t numbers[half * step] = {};
      for (std::int64_t c = first; c < std::min<std::int64_t>(first + half, count); ++c) {
        const std::int64_t dims = std::min<std::int64_t>(step, dim - s * step);
        to_bfloat16(from + c * dim + s * step, dims, numbers + (c - first) * step);
      }
      for (int pair = 0; pair < step / 2; ++pair) {
        const __m512i pairs = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), 0xFFFF, columns, numbers + pair * 2, 4);
        _mm512_store_si512(out + pair * 64, pairs);
      }
    }
  }
}

// The layout of all registers: 16 rows of 64 bytes.
struct alignas(64) Shape {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

void begin() {
  static const Shape shape;
  // The compiler does not know that the instruction reads all of it.
  asm volatile("ldtilecfg %0" : : "m"(shape) : "memory");
}

void end() { _tile_release(); }

constexpr int stride = cols * sizeof(float);  // of sums

// The part of the columns' panel that all tiles of a block need in turn stays in a first-level cache, beside what passes
// through it of the rows' panels.
std::int64_t parts(std::int64_t dim) {
  constexpr std::int64_t most = 20;  // steps
  return std::max<std::int64_t>((steps(dim) + most - 1) / most, 1);
}

void clear_registers() {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
}

void load_registers(const float* sums) {
  _tile_loadd(0, sums, stride);
  _tile_loadd(1, sums + half, stride);
  _tile_loadd(2, sums + half * cols, stride);
  _tile_loadd(3, sums + half * cols + half, stride);
}

void store_registers(float* sums) {
  _tile_stored(0, sums, stride);
  _tile_stored(1, sums + half, stride);
  _tile_stored(2, sums + half * cols, stride);
  _tile_stored(3, sums + half * cols + half, stride);
}

// Registers 0 to 3 += the products of so many steps.
void add_steps(const char* a, const char* b, std::int64_t count, const Soon& soon) {
  const char* ahead = soon.memory;
  const std::int64_t lines = (soon.lines + count - 1) / count;
  for (std::int64_t s = 0; s < count; ++s, a += 2 * tile_bytes, b += 2 * tile_bytes) {
    for (std::int64_t line = 0; line < lines; ++line, ahead += 64) _mm_prefetch(ahead, _MM_HINT_T1);
    _tile_stream_loadd(4, a, 64);  // each tile has other rows: they would only drive the columns out of the cache
    _tile_loadd(6, b, 64);
    _tile_stream_loadd(5, a + tile_bytes, 64);
    _tile_loadd(7, b + tile_bytes, 64);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
}

void add(const void* a, const void* b, std::int64_t dim, std::int64_t part, const Soon& soon, float* sums) {
  const std::int64_t from = part * steps(dim) / parts(dim);
  const std::int64_t to = (part + 1) * steps(dim) / parts(dim);
  part == 0 ? clear_registers() : load_registers(sums);
  const std::int64_t skipped = from * 2 * tile_bytes;
  add_steps(static_cast<const char*>(a) + skipped, static_cast<const char*>(b) + skipped, to - from, soon);
  store_registers(sums);
}

void multiply(const void* a, const void* b, std::int64_t dim, const float* thresholds, bool absolute, const Soon& soon,
              TileHits& hits) {
  clear_registers();
  add_steps(static_cast<const char*>(a), static_cast<const char*>(b), steps(dim), soon);
  alignas(64) float products[rows * cols];
  store_registers(products);
  end_tile<rows>(products, thresholds, absolute, hits);
}

}  // namespace

const TileKernel* bf16_amx_tile() {
  static constexpr TileKernel kernel{"amx", rows, cols, false, panel_bytes, pack_rows, pack_cols, multiply, begin, end,
                                     parts, add, end_tile<rows>};
  return &kernel;
}

}  // namespace polyvocab
