// AVX-512 with byte permutations and compression (VBMI, VBMI2). A block has characters of few pages, each of 64 code points
// that differ in the last byte of their UTF-8: all characters of a page are looked up at once.
#include <immintrin.h>

#include "core/splitter/block_characters.h"
#include "core/splitter/counted_bytes.h"

namespace polyvocab {

namespace {

__m512i load(const void* from) { return _mm512_loadu_si512(from); }
__m512i all(unsigned char byte) { return _mm512_set1_epi8(static_cast<char>(byte)); }

void read_characters(const CharacterKinds& kind_of, const unsigned char* block, BlockCharacters& out) {
  const __m512i text = load(block), second = load(block + 1), third = load(block + 2);
  const std::uint64_t leads = _mm512_cmpgt_epi8_mask(text, all(0xBF));  // signed: ASCII is above, continuations are not
  __m512i kinds = _mm512_permutex2var_epi8(load(kind_of.page(0)), text, load(kind_of.page(64)));
  for (std::uint64_t left = leads & _mm512_movepi8_mask(text); left != 0;) {
    const auto place = _tzcnt_u64(left);
    const unsigned char lead = block[place];
    const char32_t code = code_at(block + place);
    std::uint64_t alike = _mm512_mask_cmpeq_epi8_mask(left, text, all(lead));
    if (lead < 0xE0) {
      kinds = _mm512_mask_permutexvar_epi8(kinds, alike, second, load(kind_of.page(code)));
    } else if (lead < 0xF0) {
      alike = _mm512_mask_cmpeq_epi8_mask(alike, second, all(block[place + 1]));
      kinds = _mm512_mask_permutexvar_epi8(kinds, alike, third, load(kind_of.page(code)));
    } else {
      alike = std::uint64_t{1} << place;
      kinds = _mm512_mask_mov_epi8(kinds, alike, all(kind_of[code]));
    }
    left &= ~alike;
  }
  out.leads = leads;
  out.count = static_cast<std::size_t>(_mm_popcnt_u64(leads));
  _mm512_store_si512(out.places.data(), _mm512_maskz_compress_epi8(leads, load(counted_bytes.data())));
  _mm512_storeu_si512(out.kinds.data() + 1, _mm512_maskz_compress_epi8(leads, kinds));
}

}  // namespace

ReadCharacters* avx512_characters() {
  const bool runs_here = __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
                         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("bmi") &&
                         __builtin_cpu_supports("popcnt");
  return runs_here ? read_characters : nullptr;
}

}  // namespace polyvocab
