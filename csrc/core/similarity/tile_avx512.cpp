// The tile for AVX-512: 14 x 32, twenty-eight accumulators in registers.
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
  const auto* const a = static_cast<const float*>(a_panel);
  const auto* const b = static_cast<const float*>(b_panel);
  __m512 left[rows];
  __m512 right[rows];
#pragma GCC unroll 14
  for (int r = 0; r < rows; ++r) left[r] = right[r] = _mm512_setzero_ps();
  for (std::int64_t k = 0; k < dim; ++k) {
    const __m512 b_left = _mm512_loadu_ps(b + k * cols);
    const __m512 b_right = _mm512_loadu_ps(b + k * cols + 16);
#pragma GCC unroll 14
    for (int r = 0; r < rows; ++r) {
      const __m512 value = _mm512_set1_ps(a[k * rows + r]);
      left[r] = _mm512_fmadd_ps(value, b_left, left[r]);
      right[r] = _mm512_fmadd_ps(value, b_right, right[r]);
    }
  }
  end_tile(left, right, thresholds, absolute, hits);
}

}  // namespace

const TileKernel* avx512_tile() {
  static constexpr TileKernel kernel{"avx512", rows, cols, true, float_panel_bytes, pack_floats<rows>, pack_floats<cols>,
                                     multiply};
  return &kernel;
}

}  // namespace polyvocab
