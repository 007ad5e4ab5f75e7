// AVX-512 with byte permutations (VBMI): 64 windows at once, each table one register.
#include <immintrin.h>

#include "core/splitter/windows.h"

namespace polyvocab {

namespace {

__m512i load(const void* from) { return _mm512_loadu_si512(from); }

}  // namespace

struct WindowKernel::Avx512 {
  static Windows::Masks masks(const Windows& windows, __m512i before, __m512i here, __m512i behind) {
    const auto of_kinds = [](const Windows::OfKinds& values, __m512i kinds) {
      const __m128i few = _mm_load_si128(reinterpret_cast<const __m128i*>(values.data()));
      return _mm512_shuffle_epi8(_mm512_maskz_broadcast_i32x4(0xFFFF, few), kinds);
    };
    const Windows::Layout& layout = windows.layout_;
    const __m512i at = _mm512_add_epi8(of_kinds(layout.rows, before), of_kinds(layout.columns, here));
    const __m512i low_bit = of_kinds(layout.low_bits, behind), high_bit = of_kinds(layout.high_bits, behind);
    const __mmask64 all = ~__mmask64{0};  // the forms without a mask make g++ 12 warn of its own header
    const auto look_up = [&](const Windows::Table& table) -> std::uint64_t {
      const __m512i begin = load(table.low.data());
      if (layout.is_small) return _mm512_test_epi8_mask(_mm512_maskz_permutexvar_epi8(all, at, begin), low_bit);
      const __m512i low = _mm512_permutex2var_epi8(begin, at, load(table.low.data() + 64));
      const __m512i high = _mm512_permutex2var_epi8(load(table.high.data()), at, load(table.high.data() + 64));
      return _mm512_test_epi8_mask(low, low_bit) | _mm512_test_epi8_mask(high, high_bit);
    };
    const __m512i space = _mm512_set1_epi8(static_cast<char>(windows.kind_of_[' ']));
    return {look_up(windows.ends_), look_up(windows.unsure_), look_up(windows.first_ends_), look_up(windows.first_unsure_),
            _mm512_cmpeq_epi8_mask(here, space)};
  }

  static Windows::Masks of_bytes(const Windows& windows, const unsigned char* bytes) {
    const __m512i low = load(windows.kind_of_.data()), high = load(windows.kind_of_.data() + 64);
    const __m512i no_kind = _mm512_set1_epi8(WindowKinds::none);
    const auto kinds = [&](const unsigned char* at) {
      const __m512i text = load(at);
      return _mm512_mask_mov_epi8(_mm512_permutex2var_epi8(low, text, high), _mm512_movepi8_mask(text), no_kind);
    };
    return masks(windows, kinds(bytes), kinds(bytes + 1), kinds(bytes + 2));
  }

  static Windows::Masks of_kinds(const Windows& windows, const std::uint8_t* kinds) {
    return masks(windows, load(kinds), load(kinds + 1), load(kinds + 2));
  }
};

WindowKernel WindowKernel::avx512() {
  if (!__builtin_cpu_supports("avx512vbmi") || !__builtin_cpu_supports("avx512bw")) return {nullptr, nullptr};
  return {Avx512::of_bytes, Avx512::of_kinds};
}

}  // namespace polyvocab
