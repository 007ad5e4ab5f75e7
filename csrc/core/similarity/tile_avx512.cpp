// The tile for AVX-512: 14 x 32, twenty-eight accumulators in registers.
#include "core/similarity/tile.h"

#include <immintrin.h>

#include <bit>

namespace polyvocab {
namespace {

constexpr int rows = 14;
constexpr int cols = 32;

void multiply(const float* a, const float* b, std::int64_t dim, float* out) {
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
#pragma GCC unroll 14
  for (int r = 0; r < rows; ++r) {
    _mm512_storeu_ps(out + r * cols, left[r]);
    _mm512_storeu_ps(out + r * cols + 16, right[r]);
  }
}

int above(const float* z, int n, float threshold, std::int32_t* positions) {
  const __m512 limit = _mm512_set1_ps(threshold);
  int found = 0;
  for (int p = 0; p < n; p += 16) {
    const auto valid = static_cast<__mmask16>(n - p >= 16 ? 0xFFFF : (1U << (n - p)) - 1U);
    const __m512 values = _mm512_maskz_loadu_ps(valid, z + p);
    auto mask = static_cast<unsigned>(_mm512_mask_cmp_ps_mask(valid, values, limit, _CMP_GT_OQ));
    for (; mask != 0; mask &= mask - 1) positions[found++] = p + std::countr_zero(mask);
  }
  return found;
}

}  // namespace

const TileKernel* avx512_tile() {
  static constexpr TileKernel kernel{"avx512", rows, cols, multiply, above};
  return &kernel;
}

}  // namespace polyvocab
