// The tile for AVX2 and FMA: 6 x 16, twelve accumulators in registers.
#include "core/similarity/pack.h"
#include "core/similarity/tile.h"

#include <immintrin.h>

#include <bit>

namespace polyvocab {
namespace {

constexpr int rows = 6;
constexpr int cols = 16;

void multiply(const void* a_panel, const void* b_panel, std::int64_t dim, const float* thresholds, bool absolute,
              const Soon&, TileHits& hits) {
  const auto* const a = static_cast<const float*>(a_panel);
  const auto* const b = static_cast<const float*>(b_panel);
  __m256 left[rows];
  __m256 right[rows];
  for (int r = 0; r < rows; ++r) left[r] = right[r] = _mm256_setzero_ps();
  for (std::int64_t k = 0; k < dim; ++k) {
    const __m256 b_left = _mm256_loadu_ps(b + k * cols);
    const __m256 b_right = _mm256_loadu_ps(b + k * cols + 8);
#pragma GCC unroll 6
    for (int r = 0; r < rows; ++r) {
      const __m256 value = _mm256_broadcast_ss(a + k * rows + r);
      left[r] = _mm256_fmadd_ps(value, b_left, left[r]);
      right[r] = _mm256_fmadd_ps(value, b_right, right[r]);
    }
  }
  const __m256 kept = _mm256_castsi256_ps(_mm256_set1_epi32(absolute ? 0x7FFFFFFF : -1));
  hits.count = 0;
  for (int r = 0; r < rows; ++r) {
    left[r] = _mm256_and_ps(left[r], kept);
    right[r] = _mm256_and_ps(right[r], kept);
    const __m256 limit = _mm256_broadcast_ss(thresholds + r);
    const auto low = static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(left[r], limit, _CMP_GT_OQ)));
    const auto high = static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(right[r], limit, _CMP_GT_OQ)));
    std::uint32_t above = low | high << 8;
    if (above == 0) continue;
    float products[cols];
    _mm256_storeu_ps(products, left[r]);
    _mm256_storeu_ps(products + 8, right[r]);
    for (; above != 0; above &= above - 1, ++hits.count) {
      const int c = std::countr_zero(above);
      hits.rows[hits.count] = r;
      hits.columns[hits.count] = c;
      hits.values[hits.count] = products[c];
    }
  }
}

}  // namespace

const TileKernel* avx2_tile() {
  static constexpr TileKernel kernel{"avx2", rows, cols, true, float_panel_bytes, pack_floats<rows>, pack_floats<cols>,
                                     multiply};
  return &kernel;
}

}  // namespace polyvocab
