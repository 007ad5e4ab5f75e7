// Chains for AVX-512: a lane is a row of the pool, so that each lane adds in the order of the dimensions.
#include "core/similarity/chains.h"

#include <immintrin.h>

#include <algorithm>

namespace polyvocab {
namespace {

constexpr int lanes = 16;

// Four dimensions of sixteen rows: sums += query[0..3] * them, one after the other.
inline __m512 add_four(const float* const* rows, std::int64_t k, const float* query, __m512 sums) {
  // part i holds rows i, i + 4, i + 8, i + 12: after the transposition of each 4 x 4 lane e of quarter g is row e + 4g.
  __m512 part[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    __m512 four = _mm512_castps128_ps512(_mm_loadu_ps(rows[i] + k));
    four = _mm512_mask_broadcast_f32x4(four, 0x00F0, _mm_loadu_ps(rows[i + 4] + k));
    four = _mm512_mask_broadcast_f32x4(four, 0x0F00, _mm_loadu_ps(rows[i + 8] + k));
    part[i] = _mm512_mask_broadcast_f32x4(four, 0xF000, _mm_loadu_ps(rows[i + 12] + k));
  }
  const __m512d low01 = _mm512_castps_pd(_mm512_unpacklo_ps(part[0], part[1]));
  const __m512d low23 = _mm512_castps_pd(_mm512_unpacklo_ps(part[2], part[3]));
  const __m512d high01 = _mm512_castps_pd(_mm512_unpackhi_ps(part[0], part[1]));
  const __m512d high23 = _mm512_castps_pd(_mm512_unpackhi_ps(part[2], part[3]));
  sums = _mm512_fmadd_ps(_mm512_set1_ps(query[k]), _mm512_castpd_ps(_mm512_unpacklo_pd(low01, low23)), sums);
  sums = _mm512_fmadd_ps(_mm512_set1_ps(query[k + 1]), _mm512_castpd_ps(_mm512_unpackhi_pd(low01, low23)), sums);
  sums = _mm512_fmadd_ps(_mm512_set1_ps(query[k + 2]), _mm512_castpd_ps(_mm512_unpacklo_pd(high01, high23)), sums);
  return _mm512_fmadd_ps(_mm512_set1_ps(query[k + 3]), _mm512_castpd_ps(_mm512_unpackhi_pd(high01, high23)), sums);
}

// Groups of sixteen side by side: one alone would wait for each of its sums.
template <int groups>
void chains(const float* query, const float* pool, std::int64_t dim, const std::int32_t* columns, std::int64_t count,
            float* out) {
  const float* rows[groups * lanes];
  for (int i = 0; i < groups * lanes; ++i) rows[i] = pool + columns[std::min<std::int64_t>(i, count - 1)] * dim;
  __m512 sums[groups];
  for (int g = 0; g < groups; ++g) sums[g] = _mm512_setzero_ps();
  std::int64_t k = 0;
  for (; k + 4 <= dim; k += 4) {
#pragma GCC unroll 2
    for (int g = 0; g < groups; ++g) sums[g] = add_four(rows + g * lanes, k, query, sums[g]);
  }
  for (; k < dim; ++k) {
    for (int g = 0; g < groups; ++g) {
      alignas(64) float values[lanes];
      for (int i = 0; i < lanes; ++i) values[i] = rows[g * lanes + i][k];
      sums[g] = _mm512_fmadd_ps(_mm512_set1_ps(query[k]), _mm512_load_ps(values), sums[g]);
    }
  }
  for (int g = 0; g < groups; ++g) {
    const std::int64_t left = std::min<std::int64_t>(count - g * lanes, lanes);
    _mm512_mask_storeu_ps(out + g * lanes, static_cast<__mmask16>((1U << left) - 1U), sums[g]);
  }
}

void all_chains(const float* query, const float* pool, std::int64_t dim, const std::int32_t* columns, std::int64_t count,
                float* out) {
  for (; count > lanes; columns += 2 * lanes, out += 2 * lanes, count -= 2 * lanes) {
    chains<2>(query, pool, dim, columns, std::min<std::int64_t>(count, 2 * lanes), out);
  }
  if (count > 0) chains<1>(query, pool, dim, columns, count, out);
}

}  // namespace

ChainKernel avx512_chains() { return all_chains; }

}  // namespace polyvocab
