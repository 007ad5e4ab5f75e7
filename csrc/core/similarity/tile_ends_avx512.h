// How a tile in registers of AVX-512 ends; as tile_ends.h. To be included by files that are compiled for it.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace polyvocab {

// left, right: the halves of each row's 32 products.
template <int rows>
inline void end_tile(const __m512 (&left)[rows], const __m512 (&right)[rows], const float* thresholds, bool absolute,
                     float* out, std::uint32_t* above) {
  constexpr int cols = 32;
  const __m512i kept = _mm512_set1_epi32(absolute ? 0x7FFFFFFF : -1);
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r) {
    const __m512 low = _mm512_castsi512_ps(_mm512_and_epi32(_mm512_castps_si512(left[r]), kept));
    const __m512 high = _mm512_castsi512_ps(_mm512_and_epi32(_mm512_castps_si512(right[r]), kept));
    const __m512 limit = _mm512_set1_ps(thresholds[r]);
    above[r] = static_cast<std::uint32_t>(_mm512_cmp_ps_mask(low, limit, _CMP_GT_OQ)) |
               static_cast<std::uint32_t>(_mm512_cmp_ps_mask(high, limit, _CMP_GT_OQ)) << 16;
    _mm512_storeu_ps(out + r * cols, low);
    _mm512_storeu_ps(out + r * cols + 16, high);
  }
}

}  // namespace polyvocab
