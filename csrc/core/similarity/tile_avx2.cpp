// The tile for AVX2 and FMA: 6 x 16, twelve accumulators in registers.
#include "core/similarity/tile.h"

#include <immintrin.h>

#include <bit>

namespace polyvocab {
namespace {

constexpr int rows = 6;
constexpr int cols = 16;

void multiply(const float* a, const float* b, std::int64_t dim, float* out) {
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
  for (int r = 0; r < rows; ++r) {
    _mm256_storeu_ps(out + r * cols, left[r]);
    _mm256_storeu_ps(out + r * cols + 8, right[r]);
  }
}

int above(const float* z, int n, float threshold, std::int32_t* positions) {
  const __m256 limit = _mm256_set1_ps(threshold);
  int found = 0;
  int p = 0;
  for (; p + 8 <= n; p += 8) {
    auto mask = static_cast<unsigned>(
        _mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(z + p), limit, _CMP_GT_OQ)));
    for (; mask != 0; mask &= mask - 1) positions[found++] = p + std::countr_zero(mask);
  }
  for (; p < n; ++p) {
    if (z[p] > threshold) positions[found++] = p;
  }
  return found;
}

}  // namespace

const TileKernel* avx2_tile() {
  static constexpr TileKernel kernel{"avx2", rows, cols, multiply, above};
  return &kernel;
}

}  // namespace polyvocab
