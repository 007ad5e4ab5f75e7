// AVX-512 with compression of bytes (VBMI2): the numbers of all bits at once, widened sixteen at a time.
#include <immintrin.h>

#include <array>

#include "core/splitter/counted_bytes.h"
#include "core/splitter/places.h"

namespace polyvocab {

namespace {

std::size_t write_places(std::uint64_t bits, std::uint32_t first, std::uint32_t* out) {
  const __m512i numbers = _mm512_load_si512(counted_bytes.data());
  const __m512i base = _mm512_set1_epi32(static_cast<int>(first)), places = _mm512_maskz_compress_epi8(bits, numbers);
  const auto count = static_cast<std::size_t>(_mm_popcnt_u64(bits));
  alignas(64) std::array<std::uint8_t, 64> narrow;
  _mm512_store_si512(narrow.data(), places);
  for (std::size_t at = 0; at < count; at += 16) {
    const __m128i sixteen = _mm_load_si128(reinterpret_cast<const __m128i*>(narrow.data() + at));
    _mm512_storeu_si512(out + at, _mm512_add_epi32(base, _mm512_maskz_cvtepu8_epi32(0xFFFF, sixteen)));
  }
  return count;
}

}  // namespace

WritePlaces* avx512_places() {
  const bool runs_here =
      __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("popcnt");
  return runs_here ? write_places : nullptr;
}

}  // namespace polyvocab
