// The bfloat16 tile for AVX512-BF16: 14 x 32, twenty-eight accumulators in registers.
#include "core/similarity/pack.h"
#include "core/similarity/tile.h"
#include "core/similarity/tile_ends_avx512.h"

#include <immintrin.h>

namespace polyvocab {
namespace {

constexpr int rows = 14;
constexpr int cols = 32;

void multiply(const void* a_panel, const void* b_panel, std::int64_t dim, const float* thresholds, bool absolute,
              const Soon&, TileHits& hits) {
  const auto* const a = static_cast<const std::int32_t*>(a_panel);  // a pair each
  const auto* const b = static_cast<const std::int32_t*>(b_panel);
  __m512 left[rows];
  __m512 right[rows];
#pragma GCC unroll 14
  for (int r = 0; r < rows; ++r) left[r] = right[r] = _mm512_setzero_ps();
  for (std::int64_t pair = 0; pair < (dim + 1) / 2; ++pair) {
    const auto b_left = reinterpret_cast<__m512bh>(_mm512_loadu_si512(b + pair * cols));
    const auto b_right = reinterpret_cast<__m512bh>(_mm512_loadu_si512(b + pair * cols + 16));
#pragma GCC unroll 14
    for (int r = 0; r < rows; ++r) {
      const auto value = reinterpret_cast<__m512bh>(_mm512_set1_epi32(a[pair * rows + r]));
      left[r] = _mm512_dpbf16_ps(left[r], value, b_left);
      right[r] = _mm512_dpbf16_ps(right[r], value, b_right);
    }
  }
  end_tile(left, right, thresholds, absolute, hits);
}

}  // namespace

const TileKernel* bf16_avx512_tile() {
  static constexpr TileKernel kernel{"avx512bf16", rows, cols, false, bfloat16_panel_bytes, pack_bfloat16<rows>,
                                     pack_bfloat16<cols>, multiply};
  return &kernel;
}

}  // namespace polyvocab
