// AVX-512 with compression of bytes (VBMI2): 64 bytes at once, each kind of byte as a mask of 64 bits.
#include <immintrin.h>

#include <cstring>

#include "core/unicode/utf8_kernels.h"

namespace polyvocab::utf8 {
namespace {

using Mask = std::uint64_t;

constexpr std::size_t block = 64;  // bytes
constexpr std::size_t behind = 3;  // bytes that a character goes on behind the one that it begins with

__m512i load(const char* from) { return _mm512_loadu_si512(from); }
__m512i bytes(unsigned value) { return _mm512_set1_epi8(static_cast<char>(value)); }
Mask lowest(std::size_t count) { return _bzhi_u64(~Mask{0}, static_cast<unsigned>(count)); }
Mask not_ascii(__m512i text) { return _mm512_movepi8_mask(text); }
Mask continuations(__m512i text) { return _mm512_cmplt_epi8_mask(text, bytes(0xC0)); }  // with a sign, 80..BF are the lowest
Mask at_least(__m512i text, unsigned value) { return _mm512_cmpge_epu8_mask(text, bytes(value)); }
Mask equal(__m512i text, unsigned value) { return _mm512_cmpeq_epi8_mask(text, bytes(value)); }

// Calls visit(at, count) for block after block of a text; at[count] and what follows, up to `behind` bytes after the block, can
// be read: it is zero where the text has ended.
template <class Visit>
inline void for_each_block(std::string_view text, Visit&& visit) {
  std::size_t at = 0;
  for (; at + block + behind <= text.size(); at += block) visit(text.data() + at, block);
  alignas(64) char end[3 * block] = {};
  const std::size_t left = text.size() - at;
  if (left > 0) std::memcpy(end, text.data() + at, left);
  for (std::size_t i = 0; i < left; i += block) visit(end + i, left - i < block ? left - i : block);
}

// Table 3-7 of the Unicode standard: where continuations must stand by the bytes before, and where they do; and the
// second bytes that are more restricted than 80..BF.
bool is_valid(std::string_view text) {
  Mask bad = 0;
  Mask open = 0;  // the places of the next block where a character of this one goes on
  for_each_block(text, [&](const char* at, std::size_t) {
    const __m512i here = load(at);
    const Mask beyond = not_ascii(here);
    if (beyond == 0) {
      bad |= open;
      open = 0;
      return;
    }
    const Mask goes_on = continuations(here);
    const Mask two = beyond & ~goes_on, three = at_least(here, 0xE0), four = at_least(here, 0xF0);  // bytes or more
    bad |= (two << 1 | three << 2 | four << 3 | open) ^ goes_on;
    open = two >> 63 | three >> 62 | four >> 61;
    bad |= equal(here, 0xC0) | equal(here, 0xC1) | at_least(here, 0xF5);
    const __m512i next = load(at + 1);
    const Mask from_a0 = at_least(next, 0xA0), from_90 = at_least(next, 0x90);
    bad |= equal(here, 0xE0) & ~from_a0;  // overlong
    bad |= equal(here, 0xED) & from_a0;   // surrogates
    bad |= equal(here, 0xF0) & ~from_90;  // overlong
    bad |= equal(here, 0xF4) & from_90;   // no code points
  });
  return (bad | open) == 0;
}

Measure measure(std::string_view text) {
  std::size_t characters = 0;
  __m512i highest = _mm512_setzero_si512();
  std::size_t at = 0;
  const auto add = [&](__m512i here, Mask inside) {
    characters += static_cast<std::size_t>(_mm_popcnt_u64(~continuations(here) & inside));
    highest = _mm512_max_epu8(highest, here);
  };
  for (; at + block <= text.size(); at += block) add(load(text.data() + at), ~Mask{0});
  if (at < text.size()) {
    const Mask inside = lowest(text.size() - at);
    add(_mm512_maskz_loadu_epi8(inside, text.data() + at), inside);
  }
  if (at_least(highest, 0xF0) != 0) return {characters, Width::ucs4};
  if (at_least(highest, 0xC4) != 0) return {characters, Width::ucs2};
  return {characters, at_least(highest, 0x80) != 0 ? Width::latin1 : Width::ascii};
}

// The bytes of the characters that begin in a block: rows[n] has the n-th byte of each.
template <unsigned most_bytes>
struct Characters {
  unsigned count;
  alignas(64) std::uint8_t rows[most_bytes][block];

  Characters(const char* at, std::size_t size) {
    const Mask begins = ~continuations(load(at)) & lowest(size);
    count = static_cast<unsigned>(_mm_popcnt_u64(begins));
    for (unsigned n = 0; n < most_bytes; ++n) {
      _mm512_store_si512(rows[n], _mm512_maskz_compress_epi8(begins, load(at + n)));
    }
  }
};

void widen_to_latin1(std::string_view text, std::uint8_t* out) {
  for_each_block(text, [&](const char* at, std::size_t size) {
    const Characters<2> all(at, size);
    const __m512i first = _mm512_load_si512(all.rows[0]), second = _mm512_load_si512(all.rows[1]);
    // 110000ab 10cdefgh: the shift is of 16 bits, but what it takes from another byte is masked out.
    const __m512i high = _mm512_and_si512(_mm512_slli_epi16(first, 6), bytes(0xC0));
    const __m512i two = _mm512_or_si512(high, _mm512_and_si512(second, bytes(0x3F)));
    _mm512_mask_storeu_epi8(out, lowest(all.count), _mm512_mask_mov_epi8(first, not_ascii(first), two));
    out += all.count;
  });
}

void widen_to_ucs2(std::string_view text, std::uint16_t* out) {
  constexpr unsigned lanes = 32;
  const __m512i six_bits = _mm512_set1_epi16(0x3F), five_bits = _mm512_set1_epi16(0x1F);
  for_each_block(text, [&](const char* at, std::size_t size) {
    const Characters<3> all(at, size);
    for (unsigned from = 0; from < all.count; from += lanes) {
      const auto take = [&](unsigned n) {
        const auto* half = reinterpret_cast<const __m256i*>(all.rows[n] + from);
        return _mm512_maskz_cvtepu8_epi16(~__mmask32{0}, _mm256_load_si256(half));
      };
      const auto at_least = [](__m512i codes, short value) {
        return _mm512_cmpge_epu16_mask(codes, _mm512_set1_epi16(value));
      };
      const __m512i first = take(0), second = _mm512_and_si512(take(1), six_bits), third = _mm512_and_si512(take(2), six_bits);
      const __m512i two = _mm512_or_si512(_mm512_slli_epi16(_mm512_and_si512(first, five_bits), 6), second);
      const __m512i high = _mm512_slli_epi16(first, 12);  // only four bits of it are left
      const __m512i three = _mm512_or_si512(_mm512_or_si512(high, _mm512_slli_epi16(second, 6)), third);
      __m512i codes = _mm512_mask_mov_epi16(first, at_least(first, 0x80), two);
      codes = _mm512_mask_mov_epi16(codes, at_least(first, 0xE0), three);
      const unsigned count = all.count - from < lanes ? all.count - from : lanes;
      _mm512_mask_storeu_epi16(out, static_cast<__mmask32>(lowest(count)), codes);
      out += count;
    }
  });
}

void widen_to_ucs4(std::string_view text, std::uint32_t* out) {
  constexpr unsigned lanes = 16;
  constexpr __mmask16 every = 0xFFFF;
  for_each_block(text, [&](const char* at, std::size_t size) {
    const Characters<4> all(at, size);
    for (unsigned from = 0; from < all.count; from += lanes) {
      // Some bits of the n-th byte, shifted to their place.
      const auto take = [&](unsigned n, int bits, unsigned shift) {
        const auto* quarter = reinterpret_cast<const __m128i*>(all.rows[n] + from);
        const __m512i bytes = _mm512_maskz_cvtepu8_epi32(every, _mm_load_si128(quarter));
        return _mm512_maskz_slli_epi32(every, _mm512_and_si512(bytes, _mm512_set1_epi32(bits)), shift);
      };
      const auto either = [](__m512i a, __m512i b) { return _mm512_or_si512(a, b); };
      const auto at_least = [](__m512i codes, int value) { return _mm512_cmpge_epu32_mask(codes, _mm512_set1_epi32(value)); };
      const __m512i first = take(0, 0xFF, 0);
      const __m512i two = either(take(0, 0x1F, 6), take(1, 0x3F, 0));
      const __m512i three = either(either(take(0, 0x0F, 12), take(1, 0x3F, 6)), take(2, 0x3F, 0));
      const __m512i four = either(either(take(0, 0x07, 18), take(1, 0x3F, 12)), either(take(2, 0x3F, 6), take(3, 0x3F, 0)));
      __m512i codes = _mm512_mask_mov_epi32(first, at_least(first, 0x80), two);
      codes = _mm512_mask_mov_epi32(codes, at_least(first, 0xE0), three);
      codes = _mm512_mask_mov_epi32(codes, at_least(first, 0xF0), four);
      const unsigned count = all.count - from < lanes ? all.count - from : lanes;
      _mm512_mask_storeu_epi32(out, static_cast<__mmask16>(lowest(count)), codes);
      out += count;
    }
  });
}

// Sixteen characters at once, each in the 32 bits that its bytes have room in; of those the ones that are there are kept.
template <class Character>
std::optional<std::size_t> narrow(std::span<const Character> characters, char* out) {
  constexpr std::size_t lanes = 16;
  constexpr __mmask16 every = 0xFFFF;
  const auto all = [](unsigned value) { return _mm512_set1_epi32(static_cast<int>(value)); };
  const auto either = [](__m512i a, __m512i b) { return _mm512_or_si512(a, b); };
  char* at = out;
  __mmask16 surrogates = 0;
  for (std::size_t from = 0; from < characters.size(); from += lanes) {
    const std::size_t count = characters.size() - from < lanes ? characters.size() - from : lanes;
    const auto inside = static_cast<__mmask16>(lowest(count));
    const Character* const source = characters.data() + from;
    __m512i codes;
    if constexpr (sizeof(Character) == 1) codes = _mm512_maskz_cvtepu8_epi32(every, _mm_maskz_loadu_epi8(inside, source));
    if constexpr (sizeof(Character) == 2) codes = _mm512_maskz_cvtepu16_epi32(every, _mm256_maskz_loadu_epi16(inside, source));
    if constexpr (sizeof(Character) == 4) codes = _mm512_maskz_loadu_epi32(inside, source);
    const auto at_least = [&](unsigned value) { return _mm512_cmpge_epu32_mask(codes, all(value)); };
    const __mmask16 two = at_least(0x80);
    if (two == 0) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(at), _mm512_maskz_cvtepi32_epi8(every, codes));
      at += count;
      continue;
    }
    // Byte n of a character, if it is its last but `behind`: six bits of the code under a mark.
    const auto six_bits = [&](unsigned behind, unsigned n) {
      const __m512i bits = _mm512_and_si512(_mm512_maskz_srli_epi32(every, codes, 6 * behind), all(0x3F));
      return _mm512_maskz_slli_epi32(every, either(bits, all(0x80)), 8 * n);
    };
    const auto first = [&](unsigned behind, unsigned mark) {
      return either(_mm512_maskz_srli_epi32(every, codes, 6 * behind), all(mark));
    };
    __m512i spelt = _mm512_mask_mov_epi32(codes, two, either(first(1, 0xC0), six_bits(0, 1)));
    if constexpr (sizeof(Character) > 1) {
      spelt = _mm512_mask_mov_epi32(spelt, at_least(0x800), either(either(first(2, 0xE0), six_bits(1, 1)), six_bits(0, 2)));
      surrogates |= at_least(0xD800) & static_cast<__mmask16>(~at_least(0xE000));
    }
    if constexpr (sizeof(Character) > 2) {
      const __m512i four = either(either(first(3, 0xF0), six_bits(2, 1)), either(six_bits(1, 2), six_bits(0, 3)));
      spelt = _mm512_mask_mov_epi32(spelt, at_least(0x10000), four);
    }
    // Only the first byte of a character may be zero.
    const Mask is_there = (_mm512_test_epi8_mask(spelt, spelt) | 0x1111111111111111) & lowest(4 * count);
    _mm512_storeu_si512(at, _mm512_maskz_compress_epi8(is_there, spelt));
    at += _mm_popcnt_u64(is_there);
  }
  if (surrogates != 0) return {};
  return static_cast<std::size_t>(at - out);
}

constexpr Kernels avx512{"avx512", is_valid, measure, widen_to_latin1, widen_to_ucs2, widen_to_ucs4,
                         narrow<std::uint8_t>, narrow<std::uint16_t>, narrow<std::uint32_t>};

}  // namespace

const Kernels* avx512_kernels() {
  const bool runs_here = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                         __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("bmi2") &&
                         __builtin_cpu_supports("popcnt");
  return runs_here ? &avx512 : nullptr;
}

}  // namespace polyvocab::utf8
