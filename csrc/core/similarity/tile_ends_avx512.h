// How a tile of 32 columns ends with AVX-512; as tile_ends.h. To be included by files that are compiled for it.
#pragma once

#include <immintrin.h>

#include <bit>

#include "core/similarity/tile.h"

namespace polyvocab {

// products: rows x 32, row-major, at the beginning of a cache line. Few halves of rows have hits: first which, then those.
template <int rows>
inline void end_tile(const float* products, const float* thresholds, bool absolute, TileHits& hits) {
  constexpr int half = 16;
  const __m512i kept = _mm512_set1_epi32(absolute ? 0x7FFFFFFF : -1);
  const auto load = [&](int at) {
    return _mm512_castsi512_ps(_mm512_and_epi32(_mm512_load_si512(products + at * half), kept));
  };
  __mmask16 above[2 * rows];
  std::uint64_t some = 0;
#pragma GCC unroll 32
  for (int r = 0; r < rows; ++r) {
    const __m512 limit = _mm512_set1_ps(thresholds[r]);
    for (int at = 2 * r; at < 2 * r + 2; ++at) {
      above[at] = _mm512_cmp_ps_mask(load(at), limit, _CMP_GT_OQ);
      some |= static_cast<std::uint64_t>(above[at] != 0) << at;
    }
  }
  const __m512i lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  int count = 0;
  for (; some != 0; some &= some - 1) {  // whole vectors are written: there is room
    const int at = std::countr_zero(some);
    const __m512i columns = _mm512_add_epi32(lanes, _mm512_set1_epi32(at % 2 * half));
    _mm512_storeu_ps(hits.values + count, _mm512_maskz_compress_ps(above[at], load(at)));
    _mm512_storeu_si512(hits.columns + count, _mm512_maskz_compress_epi32(above[at], columns));
    _mm512_storeu_si512(hits.rows + count, _mm512_set1_epi32(at / 2));
    count += std::popcount(above[at]);
  }
  hits.count = count;
}

// left, right: the halves of each row's products, in registers.
template <int rows>
inline void end_tile(const __m512 (&left)[rows], const __m512 (&right)[rows], const float* thresholds, bool absolute,
                     TileHits& hits) {
  alignas(64) float products[rows * 32];
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r) {
    _mm512_store_ps(products + r * 32, left[r]);
    _mm512_store_ps(products + r * 32 + 16, right[r]);
  }
  end_tile<rows>(products, thresholds, absolute, hits);
}

}  // namespace polyvocab
