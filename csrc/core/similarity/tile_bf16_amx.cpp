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
  auto* const out = static_cast<std::uint16_t*>(panel);
  std::memset(out, 0, static_cast<std::size_t>(panel_bytes(cols, dim)));
  for (std::int64_t c = 0; c < count; ++c) {
    for (std::int64_t s = 0; s < steps(dim); ++s) {
      std::uint16_t numbers[step] = {};
      to_bfloat16(from + c * dim + s * step, std::min<std::int64_t>(step, dim - s * step), numbers);
      std::uint16_t* const tile = out + (s * 2 + c / half) * half * step + c % half * 2;
      for (int pair = 0; pair < step / 2; ++pair) std::memcpy(tile + pair * step, numbers + pair * 2, 2 * sizeof(*numbers));
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

void multiply(const void* a_panel, const void* b_panel, std::int64_t dim, const float* thresholds, bool absolute,
              const Soon& soon, TileHits& hits) {
  const auto* a = static_cast<const char*>(a_panel);
  const auto* b = static_cast<const char*>(b_panel);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  const char* ahead = soon.memory;
  const std::int64_t lines = (soon.lines + steps(dim) - 1) / steps(dim);
  for (std::int64_t s = 0; s < steps(dim); ++s, a += 2 * tile_bytes, b += 2 * tile_bytes) {
    for (std::int64_t line = 0; line < lines; ++line, ahead += 64) _mm_prefetch(ahead, _MM_HINT_T1);
    _tile_loadd(4, a, 64);
    _tile_loadd(6, b, 64);
    _tile_loadd(5, a + tile_bytes, 64);
    _tile_loadd(7, b + tile_bytes, 64);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  alignas(64) float products[rows * cols];
  constexpr int stride = cols * sizeof(float);
  _tile_stored(0, products, stride);
  _tile_stored(1, products + half, stride);
  _tile_stored(2, products + half * cols, stride);
  _tile_stored(3, products + half * cols + half, stride);
  end_tile<rows>(products, thresholds, absolute, hits);
}

}  // namespace

const TileKernel* bf16_amx_tile() {
  static constexpr TileKernel kernel{"amx", rows, cols, false, panel_bytes, pack_rows, pack_cols, multiply, begin, end};
  return &kernel;
}

}  // namespace polyvocab
